// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Looking instructions up in the list. */
#include <string.h>
#include "sensitive.h"

#define ROW_ANY(name, mnemonic, from, to, write, far, prefix, ...)			\
	{ name, ZYDIS_MNEMONIC_##mnemonic, ZYDIS_REGISTER_##from, ZYDIS_REGISTER_##to,	\
	  write, far, prefix, __VA_ARGS__ },
#define ROW(name, mnemonic, ...) \
	ROW_ANY(name, mnemonic, NONE, NONE, false, false, 0, __VA_ARGS__)
#define ROW_PREFIX(name, mnemonic, prefix, ...) \
	ROW_ANY(name, mnemonic, NONE, NONE, false, false, prefix, __VA_ARGS__)
#define ROW_FAR(name, mnemonic, ...) \
	ROW_ANY(name, mnemonic, NONE, NONE, false, true, 0, __VA_ARGS__)
#define ROW_READ(name, mnemonic, from, to, ...) \
	ROW_ANY(name, mnemonic, from, to, false, false, 0, __VA_ARGS__)
#define ROW_WRITE(name, mnemonic, from, to, ...) \
	ROW_ANY(name, mnemonic, from, to, true, false, 0, __VA_ARGS__)

static const struct sensitive rows[] = {
#include "sensitive.tbl"
};

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct sensitive *sensitive_rows(u32 *count)
{
	*count = NR_ROWS;
	return rows;
}

/* The first row of a mnemonic, plus 1; the others of it follow. */
static u8 first_row[ZYDIS_MNEMONIC_MAX_VALUE + 1];

static void make_index(void)
{
	for (u32 i = NR_ROWS; i--;)
		first_row[rows[i].mnemonic] = (u8)(i + 1);
}

static bool has_register(const struct insn *insn, const struct sensitive *row)
{
	for (u8 i = 0; i < insn->raw.operand_count_visible; i++) {
		const ZydisDecodedOperand *operand = insn->operands + i;

		if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    operand->reg.value >= row->first && operand->reg.value <= row->last &&
		    row->write == !!(operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
			return true;
	}
	return false;
}

static bool has_prefix(const struct insn *insn, u8 prefix)
{
	for (u8 i = 0; i < insn->raw.raw.prefix_count; i++)
		if (insn->raw.raw.prefixes[i].value == prefix)
			return true;
	return !prefix;
}

const struct sensitive *sensitive_of(struct insn *insn)
{
	const struct sensitive *row;
	bool far = insn->raw.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;

	if (!first_row[rows[0].mnemonic])
		make_index();
	if (!first_row[insn->raw.mnemonic])
		return NULL;
	row = rows + first_row[insn->raw.mnemonic] - 1;
	if (row->first != ZYDIS_REGISTER_NONE && !insn_operands(insn))
		return NULL;
	for (; row < rows + NR_ROWS && row->mnemonic == insn->raw.mnemonic; row++)
		if ((!row->far || far) && has_prefix(insn, row->prefix) &&
		    (row->first == ZYDIS_REGISTER_NONE || has_register(insn, row)))
			return row;
	return NULL;
}

const char *sensitive_host(enum host host)
{
	static const char *const names[NR_HOSTS] = {
		"pv64", "pv32", "umip", "svm", "vtx", "snp", "tdx",
	};

	return names[host];
}

const char *sensitive_effect(char effect)
{
	switch (effect) {
	case EFFECT_SAME:
		return "as on bare hardware";
	case EFFECT_TRAP:
		return "traps, done by the host";
	case EFFECT_WRONG:
		return "silently wrong";
	case EFFECT_GP:
		return "#GP";
	case EFFECT_UD:
		return "#UD";
	default:
		return "#VC or #VE";
	}
}

u32 sensitive_hosts(const char *words)
{
	static const struct {
		const char *name;
		u32 hosts;
	} sets[] = {
		{ "pv", 1 << HOST_PV64 | 1 << HOST_PV32 }, { "umip", 1 << HOST_UMIP },
		{ "svm", 1 << HOST_SVM }, { "vtx", 1 << HOST_VTX },
		{ "hvm", 1 << HOST_SVM | 1 << HOST_VTX },
		{ "confidential", 1 << HOST_SNP | 1 << HOST_TDX },
		{ "all", (1 << NR_HOSTS) - 1 },
	};
	u32 hosts = 0;

	while (*words) {
		size_t len = strcspn(words, ",");
		u32 found = 0;

		for (u32 i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
			if (strlen(sets[i].name) == len && !strncmp(sets[i].name, words, len))
				found = sets[i].hosts;
		if (!found)
			return 0;
		hosts |= found;
		words += len + (words[len] == ',');
	}
	return hosts;
}
