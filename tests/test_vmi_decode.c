// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The monitor's decoder of sensitive instructions against Zydis: all opcodes of one and two bytes
 * with all of ModRM, behind every one and every two prefixes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <Zydis/Zydis.h>
#include "vmi-rom/monitor/decode.h"

static ZydisDecoder decoder;
static u32 seen[M_NR_KINDS];

static const struct {
	ZydisMnemonic mnemonic;
	u8 kind;
} claims[] = {
	{ ZYDIS_MNEMONIC_CLI, M_CLI }, { ZYDIS_MNEMONIC_STI, M_STI },
	{ ZYDIS_MNEMONIC_HLT, M_HLT }, { ZYDIS_MNEMONIC_CLTS, M_CLTS },
	{ ZYDIS_MNEMONIC_INVD, M_INVD }, { ZYDIS_MNEMONIC_WBINVD, M_WBINVD },
	{ ZYDIS_MNEMONIC_INVLPG, M_INVLPG },
	{ ZYDIS_MNEMONIC_LGDT, M_LGDT }, { ZYDIS_MNEMONIC_LIDT, M_LIDT },
	{ ZYDIS_MNEMONIC_LLDT, M_LLDT }, { ZYDIS_MNEMONIC_LTR, M_LTR },
	{ ZYDIS_MNEMONIC_LMSW, M_LMSW }, { ZYDIS_MNEMONIC_SGDT, M_SGDT },
	{ ZYDIS_MNEMONIC_SIDT, M_SIDT }, { ZYDIS_MNEMONIC_SLDT, M_SLDT },
	{ ZYDIS_MNEMONIC_STR, M_STR }, { ZYDIS_MNEMONIC_SMSW, M_SMSW },
	{ ZYDIS_MNEMONIC_LSS, M_LSS }, { ZYDIS_MNEMONIC_IRET, M_IRET },
	{ ZYDIS_MNEMONIC_IRETD, M_IRET }, { ZYDIS_MNEMONIC_SYSEXIT, M_SYSEXIT },
	{ ZYDIS_MNEMONIC_RDMSR, M_RDMSR }, { ZYDIS_MNEMONIC_WRMSR, M_WRMSR },
	{ ZYDIS_MNEMONIC_RDPMC, M_RDPMC }, { ZYDIS_MNEMONIC_RDTSC, M_RDTSC },
	{ ZYDIS_MNEMONIC_IN, M_IN }, { ZYDIS_MNEMONIC_OUT, M_OUT },
	{ ZYDIS_MNEMONIC_INSB, M_INS }, { ZYDIS_MNEMONIC_INSW, M_INS },
	{ ZYDIS_MNEMONIC_INSD, M_INS }, { ZYDIS_MNEMONIC_OUTSB, M_OUTS },
	{ ZYDIS_MNEMONIC_OUTSW, M_OUTS }, { ZYDIS_MNEMONIC_OUTSD, M_OUTS },
};

static bool is(const ZydisDecodedOperand *op, ZydisRegister first)
{
	return op->type == ZYDIS_OPERAND_TYPE_REGISTER && op->reg.value >= first &&
	       op->reg.value < first + 8;
}

/* The kind that Zydis' answer is; M_NR_KINDS: none of ours. */
static u8 kind_of(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops)
{
	switch (z->mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
		if (is(ops, ZYDIS_REGISTER_CR0))
			return M_MOV_TO_CR;
		if (is(ops + 1, ZYDIS_REGISTER_CR0))
			return M_MOV_FROM_CR;
		if (is(ops, ZYDIS_REGISTER_DR0))
			return M_MOV_TO_DR;
		if (is(ops + 1, ZYDIS_REGISTER_DR0))
			return M_MOV_FROM_DR;
		return ops->type == ZYDIS_OPERAND_TYPE_REGISTER &&
		       ops->reg.value == ZYDIS_REGISTER_SS ? M_MOV_SS : M_NR_KINDS;
	case ZYDIS_MNEMONIC_POP:
		return ops->type == ZYDIS_OPERAND_TYPE_REGISTER &&
		       ops->reg.value == ZYDIS_REGISTER_SS ? M_POP_SS : M_NR_KINDS;
	case ZYDIS_MNEMONIC_RET:
		return z->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ? M_LRET : M_NR_KINDS;
	default:
		for (u32 i = 0; i < sizeof(claims) / sizeof(*claims); i++)
			if (claims[i].mnemonic == z->mnemonic)
				return claims[i].kind;
		return M_NR_KINDS;
	}
}

/* The names are those of the mnemonics, in the assembler's words for those that have two. */
static void check_name(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
		       const struct m_insn *insn)
{
	const char *mnemonic = ZydisMnemonicGetString(z->mnemonic), *name = m_name(insn);
	char want[32];

	switch (insn->kind) {
	case M_MOV_TO_CR:
	case M_MOV_TO_DR:
	case M_MOV_SS:
	case M_POP_SS:
		snprintf(want, sizeof(want), "%s %%%s", mnemonic,
			 ZydisRegisterGetString(ops->reg.value));
		break;
	case M_MOV_FROM_CR:
	case M_MOV_FROM_DR:
		snprintf(want, sizeof(want), "%s %%%s", mnemonic,
			 ZydisRegisterGetString(ops[1].reg.value));
		break;
	case M_LRET:
		snprintf(want, sizeof(want), "l%s", mnemonic);
		break;
	case M_WBINVD:
		strcpy(want, "wbinvd");
		break;
	default:
		/* insd, iretd: the width is not part of the name. */
		assert_memory_equal(name, mnemonic, strlen(name));
		return;
	}
	assert_string_equal(name, want);
}

static void check_memory(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *op,
			 const struct m_insn *insn)
{
	static const u32 gpr[8] = {
		0x12345678, 0xfedcba98, 0xc0001000, 0x7fffffff, 0xc0ffeee0, 0x80000001, 0x22222222,
		3,
	};
	ZydisRegisterContext context = { .values = { 0 } };
	ZyanU64 address;
	u32 mask = insn->addr16 ? 0xffff : ~0U;

	for (u32 i = 0; i < 8; i++) {
		context.values[ZYDIS_REGISTER_EAX + i] = gpr[i];
		context.values[ZYDIS_REGISTER_AX + i] = gpr[i] & 0xffff;
	}
	assert_int_equal(op->mem.segment - ZYDIS_REGISTER_ES, insn->segment);
	assert_true(ZYAN_SUCCESS(ZydisCalcAbsoluteAddressEx(z, op, 0, &context, &address)));
	assert_int_equal((u32)address & mask, m_offset(insn, gpr));
}

static void check_operands(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
			   const struct m_insn *insn)
{
	const ZydisDecodedOperand *op = ops;

	switch (insn->kind) {
	case M_IN:
	case M_OUT:
		op = ops + (insn->kind == M_IN);
		assert_int_equal(op->type == ZYDIS_OPERAND_TYPE_IMMEDIATE, insn->by_imm);
		if (insn->by_imm)
			assert_int_equal(op->imm.value.u, insn->imm);
		assert_int_equal(ops[insn->kind == M_OUT].size / 8, insn->size);
		return;
	case M_INS:
	case M_OUTS:
		op = ops + (insn->kind == M_OUTS);
		assert_int_equal(op->mem.segment - ZYDIS_REGISTER_ES, insn->segment);
		assert_int_equal(op->size / 8, insn->size);
		assert_int_equal(insn->rep, !!(z->attributes & (ZYDIS_ATTRIB_HAS_REP |
								ZYDIS_ATTRIB_HAS_REPNE)));
		return;
	case M_LRET:
		if (insn->len > 1 && ops->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
			assert_int_equal(ops->imm.value.u, insn->imm);
		return;
	case M_MOV_TO_CR:
	case M_MOV_TO_DR:
		op = ops + 1;
		break;
	case M_LSS:
	case M_MOV_SS:
		op = ops + 1;
		break;
	default:
		break;
	}
	if (!insn->has_rm)
		return;
	assert_int_equal(op->type == ZYDIS_OPERAND_TYPE_MEMORY, insn->mem);
	if (insn->mem)
		check_memory(z, op, insn);
	else
		assert_int_equal(ZydisRegisterGetId(op->reg.value), insn->rm);
}

/* Both about the same bytes; @nr of them are there. */
static void compare(const u8 *bytes, u32 nr)
{
	ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction z;
	struct m_insn insn;
	bool ours = m_decode(bytes, nr, &insn), theirs;

	theirs = ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, nr, &z, ops)) &&
		 kind_of(&z, ops) != M_NR_KINDS;
	if (ours != theirs || (ours && (insn.len != z.length || insn.kind != kind_of(&z, ops)))) {
		fprintf(stderr, "%02x %02x %02x %02x %02x %02x %02x: ", bytes[0], bytes[1],
			bytes[2], bytes[3], bytes[4], bytes[5], bytes[6]);
		fprintf(stderr, "ours %s %u, Zydis %s %u\n", ours ? m_name(&insn) : "none",
			insn.len, theirs ? ZydisMnemonicGetString(z.mnemonic) : "none", z.length);
		fail();
	}
	if (!ours)
		return;
	seen[insn.kind]++;
	check_name(&z, ops, &insn);
	check_operands(&z, ops, &insn);
	for (u32 less = 0; less < z.length; less++)
		assert_false(m_decode(bytes, less, &insn));
}

/* What comes behind ModRM: a SIB byte, and what a displacement is made of. */
static void tails(u8 *bytes, u32 at, bool all)
{
	static const u8 few[] = { 0x00, 0x24, 0x25, 0x6c, 0xff };

	memset(bytes + at, 0x91, M_INSN_MAX + 1 - at);
	if ((bytes[at - 1] & 7) != 4 || bytes[at - 1] >= 0xc0) {
		compare(bytes, M_INSN_MAX);
		return;
	}
	for (u32 i = 0; i < (all ? 256 : sizeof(few)); i++) {
		bytes[at] = all ? (u8)i : few[i];
		bytes[at + 1] = (u8)(i * 37);
		compare(bytes, M_INSN_MAX);
	}
}

static void opcodes(u8 *bytes, u32 at, bool all)
{
	for (u32 code = 0; code < 512; code++) {
		u32 end = at;

		if (code > 255)
			bytes[end++] = 0x0f;
		bytes[end++] = (u8)code;
		for (u32 modrm = 0; modrm < 256; modrm++) {
			bytes[end] = (u8)modrm;
			tails(bytes, end + 1, all);
		}
	}
}

static const u8 prefixes[] = {
	0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3,
};

static void without_prefix(void **state)
{
	u8 bytes[2 * M_INSN_MAX];

	memset(bytes, 0, sizeof(bytes));
	opcodes(bytes, 0, true);
	for (u32 kind = 0; kind < M_NR_KINDS; kind++)
		assert_true(seen[kind]);
}

static void with_one_prefix(void **state)
{
	u8 bytes[2 * M_INSN_MAX];

	for (u32 i = 0; i < sizeof(prefixes); i++) {
		bytes[0] = prefixes[i];
		opcodes(bytes, 1, prefixes[i] == 0x67);
	}
}

static void with_two_prefixes(void **state)
{
	u8 bytes[2 * M_INSN_MAX];

	for (u32 i = 0; i < sizeof(prefixes); i++)
		for (u32 j = 0; j < sizeof(prefixes); j++) {
			bytes[0] = prefixes[i];
			bytes[1] = prefixes[j];
			opcodes(bytes, 2, false);
		}
}

/* The sixteenth byte is a fault of its own. */
static void too_long(void **state)
{
	u8 bytes[2 * M_INSN_MAX];
	struct m_insn insn;

	memset(bytes, 0x26, sizeof(bytes));
	bytes[M_INSN_MAX - 1] = 0xfa;
	compare(bytes, sizeof(bytes));
	assert_true(m_decode(bytes, sizeof(bytes), &insn) && insn.len == M_INSN_MAX);
	bytes[M_INSN_MAX - 1] = 0x26;
	bytes[M_INSN_MAX] = 0xfa;
	assert_false(m_decode(bytes, sizeof(bytes), &insn));
	compare(bytes, sizeof(bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_prefix),
		cmocka_unit_test(with_one_prefix),
		cmocka_unit_test(with_two_prefixes),
		cmocka_unit_test(too_long),
	};

	if (ZYAN_FAILED(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LEGACY_32,
					 ZYDIS_STACK_WIDTH_32)))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
