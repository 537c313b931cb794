// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Calls through the table of ops that are no sites: they stay indirect for ever. From each
 * instruction that names the table the ways are followed on which a register has its address or
 * what a slot holds, up to a call or a jump by it.
 */
#include <string.h>
#include "audit.h"

#define NR_REGS		16
#define FAR_ENOUGH	256	/* instructions that are looked at from one beginning */

/** struct value - what a register has. @any: the op is computed. */
struct value {
	enum { NOTHING, TABLE, FUNCTION } what;
	u64 addr;
	bool any;
};

/** struct place - where a way is to be gone on with. @pushed: the stack's top. */
struct place {
	u64 addr;
	struct value regs[NR_REGS], pushed;
};

/** struct seen - a place that was come to. @what: which registers had what then, two bits each. */
struct seen {
	u64 addr, what;
};

/** struct walk - from one beginning. */
struct walk {
	struct audit *audit;
	bool loose;
	struct seen seen[FAR_ENOUGH];
	u32 nr_seen;
	struct place places[FAR_ENOUGH];
	u32 nr_places;
};

static u64 table_size(const struct image *image)
{
	return (u64)image->nr_ops * (image->wide ? 8 : 4);
}

static bool in_table(const struct image *image, u64 addr)
{
	return image->table && addr >= image->table && addr - image->table < table_size(image);
}

/* The number of a general register of any width, NR_REGS for others. */
static u32 number_of(ZydisRegister reg)
{
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);

	return ZydisRegisterGetClass(whole) == ZYDIS_REGCLASS_GPR64 ? (u32)ZydisRegisterGetId(whole)
								    : NR_REGS;
}

static struct value value_of(const struct place *place, ZydisRegister reg)
{
	u32 number = number_of(reg);

	return number < NR_REGS ? place->regs[number] : (struct value) { };
}

/* The address of a memory operand, if it is one that has to do with the table. */
static struct value address_of(const struct image *image, const struct place *place,
			       const struct insn *insn, const ZydisDecodedOperand *operand)
{
	struct value value = value_of(place, operand->mem.base);
	bool indexed = operand->mem.index != ZYDIS_REGISTER_NONE;

	if (value.what == TABLE) {
		value.addr += (u64)operand->mem.disp.value;
		value.any |= indexed;
		return value;
	}
	value = value_of(place, operand->mem.index);
	if (value.what == TABLE)
		return (struct value) { TABLE, value.addr, true };
	value = (struct value) { TABLE, (u64)operand->mem.disp.value, indexed };
	if (operand->mem.base == ZYDIS_REGISTER_RIP)
		value.addr += insn_next(insn);
	else if (operand->mem.base != ZYDIS_REGISTER_NONE)
		value.any = true;
	if (!insn->wide)
		value.addr = (u32)value.addr;
	return in_table(image, value.addr) ? value : (struct value) { };
}

static struct value operand_value(const struct image *image, const struct place *place,
				  const struct insn *insn, const ZydisDecodedOperand *operand)
{
	struct value value = { };

	if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER)
		return value_of(place, operand->reg.value);
	if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
		value.addr = operand->imm.value.u;
		value.what = in_table(image, value.addr) ? TABLE : NOTHING;
	} else if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY) {
		value = address_of(image, place, insn, operand);
		if (value.what == TABLE)
			value.what = value.any || in_table(image, value.addr) ? FUNCTION : NOTHING;
	}
	return value;
}

/* The register that a compiler's thunk jumps by: the end of its name. */
static struct value thunk_value(const struct image *image, const struct place *place, u64 addr)
{
	static const char *const names[] = { "__x86_indirect_", "__llvm_retpoline_",
					     "__llvm_lvi_thunk_" };
	const struct image_symbol *symbol = image_symbol_below(image, addr);
	const struct image_symbol *end = image->symbols + image->nr_symbols;

	for (; symbol && symbol < end && symbol->addr == addr; symbol++)
		for (u32 i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			for (u32 reg = 0; !strncmp(symbol->name, names[i], strlen(names[i])) &&
			     reg < NR_REGS; reg++) {
				const char *name = ZydisRegisterGetString(
					(image->wide ? ZYDIS_REGISTER_RAX : ZYDIS_REGISTER_EAX) +
					reg);

				if (!strcmp(strrchr(symbol->name, '_') + 1, name))
					return place->regs[reg];
			}
	return (struct value) { };
}

static void report(struct walk *walk, u64 addr, const struct value *value)
{
	const struct image *image = walk->audit->image;
	struct finding *finding;

	for (u32 i = walk->audit->nr_findings; i--;)
		if (walk->audit->findings[i].addr == addr &&
		    walk->audit->findings[i].rule == RULE_INDIRECT_CALL)
			return;
	finding = audit_add(walk->audit, RULE_INDIRECT_CALL, addr);
	finding->loose = walk->loose;
	if (value->any)
		snprintf(finding->detail, sizeof(finding->detail), "the op is computed");
	else
		finding->op = (int)((value->addr - image->table) / (image->wide ? 8 : 4));
}

/* A call, a jump or a return: by what the table has? */
static void see_transfer(struct walk *walk, const struct place *place, const struct insn *insn)
{
	const struct image *image = walk->audit->image;
	struct value value;
	u64 to;

	if (insn->raw.mnemonic == ZYDIS_MNEMONIC_RET)
		value = place->pushed;
	else if (insn_target(insn, &to))
		value = thunk_value(image, place, to);
	else
		value = operand_value(image, place, insn, insn->operands);
	if (value.what == FUNCTION && !audit_at_site(image, insn->addr, NULL))
		report(walk, insn->addr, &value);
}

/* The table's address with something added or taken away, or added to something. */
static struct value sum_of(const struct image *image, const struct place *place,
			   const struct insn *insn)
{
	struct value value = operand_value(image, place, insn, insn->operands);
	struct value change = operand_value(image, place, insn, insn->operands + 1);
	bool add = insn->raw.mnemonic == ZYDIS_MNEMONIC_ADD;

	if (!add && insn->raw.mnemonic != ZYDIS_MNEMONIC_SUB)
		return (struct value) { };
	if (value.what == TABLE && insn->operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
		value.addr += add ? insn->operands[1].imm.value.u : -insn->operands[1].imm.value.u;
	} else if (value.what == TABLE) {
		value.any = true;
	} else {
		value = add && change.what == TABLE ? change : (struct value) { };
		value.any = true;
	}
	return value;
}

/* What registers have behind the instruction. False: nothing that matters. */
static bool step(const struct image *image, struct place *place, const struct insn *insn)
{
	const ZydisDecodedOperand *to = insn->operands, *from = insn->operands + 1;
	ZydisMnemonic what = insn->raw.mnemonic;
	struct value value = { }, other = { };
	bool holds = false, may = insn->raw.meta.category == ZYDIS_CATEGORY_CMOV;
	u32 target = NR_REGS;

	place->pushed.what = NOTHING;
	if (what == ZYDIS_MNEMONIC_PUSH)
		place->pushed = operand_value(image, place, insn, to);
	if (to->type == ZYDIS_OPERAND_TYPE_REGISTER && insn->raw.operand_count_visible > 1)
		target = number_of(to->reg.value);
	if (target < NR_REGS && (what == ZYDIS_MNEMONIC_MOV || what == ZYDIS_MNEMONIC_XCHG || may))
		value = operand_value(image, place, insn, from);
	else if (target < NR_REGS && what == ZYDIS_MNEMONIC_LEA)
		value = address_of(image, place, insn, from);
	else if (target < NR_REGS)
		value = sum_of(image, place, insn);
	if (target < NR_REGS && may && !value.what)
		value = place->regs[target];
	if (target < NR_REGS && what == ZYDIS_MNEMONIC_XCHG)
		other = place->regs[target];
	for (u32 i = 0; i < insn->raw.operand_count; i++)
		if (insn->operands[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    insn->operands[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE &&
		    number_of(insn->operands[i].reg.value) < NR_REGS)
			place->regs[number_of(insn->operands[i].reg.value)].what = NOTHING;
	if (target < NR_REGS && value.what)
		place->regs[target] = value;
	if (other.what && from->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	    number_of(from->reg.value) < NR_REGS)
		place->regs[number_of(from->reg.value)] = other;
	/* A function keeps rbx, rbp and r12 to r15; of i386 ebx, ebp, esi and edi. */
	for (u32 reg = 0; reg < NR_REGS; reg++) {
		if (what == ZYDIS_MNEMONIC_CALL && !((insn->wide ? 0xf028 : 0xe8) >> reg & 1))
			place->regs[reg].what = NOTHING;
		holds |= place->regs[reg].what;
	}
	return holds || place->pushed.what;
}

/* A place is gone on with once more if a way to it brings what no other brought. */
static void add_place(struct walk *walk, const struct place *place, u64 addr)
{
	u64 what = (u64)place->pushed.what << 2 * NR_REGS;

	for (u32 reg = 0; reg < NR_REGS; reg++)
		what |= (u64)place->regs[reg].what << 2 * reg;
	for (u32 i = 0; i < walk->nr_seen; i++)
		if (walk->seen[i].addr == addr && !(what & ~walk->seen[i].what))
			return;
	if (walk->nr_seen == FAR_ENOUGH)
		return;
	walk->seen[walk->nr_seen++] = (struct seen) { addr, what };
	walk->places[walk->nr_places] = *place;
	walk->places[walk->nr_places++].addr = addr;
}

static void see_place(struct walk *walk)
{
	struct place place = walk->places[--walk->nr_places];
	const struct code *code = walk->audit->code;
	struct insn insn;
	u64 to;

	if (!code_insn(code, place.addr, &insn))
		return;
	if (insn.raw.mnemonic == ZYDIS_MNEMONIC_CALL || insn.raw.mnemonic == ZYDIS_MNEMONIC_JMP ||
	    insn.raw.mnemonic == ZYDIS_MNEMONIC_RET)
		see_transfer(walk, &place, &insn);
	if (!step(code->image, &place, &insn))
		return;
	if (insn.raw.mnemonic != ZYDIS_MNEMONIC_CALL && insn_target(&insn, &to))
		add_place(walk, &place, to);
	if (!code_is_end(&insn))
		add_place(walk, &place, insn_next(&insn));
}

/* A constant of the instruction's that lies in the table. */
static bool names_table(const struct image *image, const struct insn *insn)
{
	u64 values[2], addr;
	u32 count = insn_immediates(insn, values);

	while (count--)
		if (in_table(image, values[count]))
			return true;
	return insn_displacement(insn, &addr) && in_table(image, addr);
}

static void see_insn(const struct insn *insn, u8 flags, void *arg)
{
	struct walk *walk = arg;
	struct place start = { };

	if (!names_table(walk->audit->image, insn))
		return;
	walk->loose = flags & CODE_LOOSE;
	walk->nr_seen = walk->nr_places = 0;
	add_place(walk, &start, insn->addr);
	while (walk->nr_places)
		see_place(walk);
}

void audit_calls(struct audit *audit)
{
	static struct walk walk;

	walk.audit = audit;
	if (audit->image->table)
		code_each(audit->code, see_insn, &walk);
}
