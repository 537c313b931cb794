// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Tables that a jump goes by: of addresses, or of distances; in data, or between instructions. */
#include "code.h"

/** struct table - one that is being read. @limit: where the first code that it leads to begins. */
struct table {
	struct code *code;
	const struct insn *insn;
	const struct image_symbol *function;
	u64 limit;
};

/* One of its words is read: it leads into the function that reads it, or the table is at an end. */
static bool take(struct table *table, u64 at, u32 size, u64 target)
{
	struct code *code = table->code;
	u8 *map = code_map(code, at);

	if (at >= table->limit || !code_map(code, target) ||
	    image_function(code->image, target) != table->function)
		return false;
	for (u32 i = 0; map && i < size; i++)
		if (map[i] & (CODE_START | CODE_BODY))
			return false;
	for (u32 i = 0; map && i < size; i++)
		map[i] |= CODE_DATA;
	if (target > at && target < table->limit)
		table->limit = target;
	code_add(&code->maybe, target, table->insn->wide);
	return true;
}

/*
 * `jmp *table(, index, 8)`, or `mov` of the same for a jump by a register: addresses. Without an
 * index it is one, and looked at if it stands between instructions. What a jump itself goes by is
 * as good as a jump to each.
 */
static void see_addresses(struct code *code, const struct insn *insn)
{
	const ZydisDecodedInstructionRaw *raw = &insn->raw.raw;
	u32 width = insn->wide ? 8 : 4;
	struct table table = { code, insn, image_function(code->image, insn->addr), ~0ULL };
	bool jump = insn->raw.mnemonic == ZYDIS_MNEMONIC_JMP;
	bool index = !raw->modrm.mod && raw->modrm.rm == 4 && raw->sib.base == 5 &&
		     raw->sib.index != 4 && 1U << raw->sib.scale == width;
	u64 at, target;

	if (!insn_displacement(insn, &at) || (!index && !code_map(code, at)))
		return;
	for (; image_word(code->image, at, width, &target) && take(&table, at, width, target);
	     at += width) {
		if (jump)
			code_see_jump(code, insn->addr, target);
		if (!index)
			return;
	}
}

/*
 * A switch of position-independent code: `lea table(%rip), reg` and, soon after it, `movslq
 * (reg, index, 4)`: distances from the table, as long as they lead into this function.
 */
static void see_distances(struct code *code, const struct insn *insn, u64 start)
{
	struct table table = { code, insn, image_function(code->image, insn->addr), ~0ULL };
	u64 distance;

	for (u64 at = start; image_word(code->image, at, 4, &distance) &&
	     take(&table, at, 4, start + (u64)(s64)(s32)distance); at += 4)
		;
}

void code_see_table(struct code *code, const struct insn *insn, u64 *taken)
{
	if (insn->raw.mnemonic == ZYDIS_MNEMONIC_JMP || insn->raw.mnemonic == ZYDIS_MNEMONIC_MOV)
		see_addresses(code, insn);
	code_taken(insn, taken);
	if (insn->raw.mnemonic != ZYDIS_MNEMONIC_MOVSXD || insn->raw.raw.sib.scale != 2 || !*taken)
		return;
	see_distances(code, insn, *taken);
	*taken = 0;
}
