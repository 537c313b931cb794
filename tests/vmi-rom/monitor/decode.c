// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Which instruction is it? After Intel's manual, volume 2: 2.1 and the maps of appendix A. */
#include "decode.h"

#define NO		0xff

struct bytes {
	const u8 *at;
	u32 left;
	bool missing;			/* more were wanted than there are */
};

struct prefixes {
	u8 segment;			/* NO: the default one */
	bool size16;
	bool addr16;
	bool rep;
	bool lock;
};

static u8 take(struct bytes *b)
{
	if (!b->left) {
		b->missing = true;
		return 0;
	}
	b->left--;
	return *b->at++;
}

static u32 take_disp(struct bytes *b, u32 len)
{
	u32 val = 0;

	for (u32 i = 0; i < len; i++)
		val |= (u32)take(b) << (8 * i);
	return len == 1 ? (u32)(s32)(s8)val : val;
}

static bool prefix(u8 byte, struct prefixes *p)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		p->segment = byte >> 3 & 3;
		return true;
	case 0x64:
	case 0x65:
		p->segment = byte & 7;
		return true;
	case 0x66:
		p->size16 = true;
		return true;
	case 0x67:
		p->addr16 = true;
		return true;
	case 0xf0:
		p->lock = true;
		return true;
	case 0xf2:
	case 0xf3:
		p->rep = true;
		return true;
	default:
		return false;
	}
}

static void memory16(struct bytes *b, struct m_insn *insn, u8 mod, u8 rm)
{
	static const u8 bases[] = { M_EBX, M_EBX, M_EBP, M_EBP, M_ESI, M_EDI, M_EBP, M_EBX };
	static const u8 indices[] = { M_ESI, M_EDI, M_ESI, M_EDI };

	insn->base = bases[rm];
	insn->index = rm < 4 ? indices[rm] : M_NO_REG;
	if (!mod && rm == 6)
		insn->base = M_NO_REG;
	insn->disp = take_disp(b, insn->base == M_NO_REG ? 2 : mod);
	insn->segment = insn->base == M_EBP ? M_SS : M_DS;
}

static void memory32(struct bytes *b, struct m_insn *insn, u8 mod, u8 rm)
{
	insn->base = rm;
	insn->index = M_NO_REG;
	if (rm == 4) {
		u8 sib = take(b);

		insn->scale = sib >> 6;
		insn->index = sib >> 3 & 7;
		insn->base = sib & 7;
		if (insn->index == M_ESP)
			insn->index = M_NO_REG;
	}
	if (!mod && insn->base == M_EBP)
		insn->base = M_NO_REG;
	insn->disp = take_disp(b, mod == 1 ? 1 : mod == 2 || insn->base == M_NO_REG ? 4 : 0);
	insn->segment = insn->base == M_EBP || insn->base == M_ESP ? M_SS : M_DS;
}

static void operand(struct bytes *b, const struct prefixes *p, struct m_insn *insn, u8 modrm)
{
	u8 mod = modrm >> 6;

	insn->has_rm = true;
	insn->reg = modrm >> 3 & 7;
	insn->rm = modrm & 7;
	insn->mem = mod != 3;
	if (!insn->mem)
		return;
	if (p->addr16)
		memory16(b, insn, mod, insn->rm);
	else
		memory32(b, insn, mod, insn->rm);
}

/* Control and debug registers: ModRM's mode is not looked at, it is always two registers. */
static u8 special_register(struct bytes *b, struct m_insn *insn, u8 code)
{
	u8 modrm = take(b);

	insn->has_rm = true;
	insn->reg = modrm >> 3 & 7;
	insn->rm = modrm & 7;
	insn->size = 4;
	if (!(code & 1) && insn->reg != 0 && insn->reg != 2 && insn->reg != 3 && insn->reg != 4)
		return NO;
	return (u8)(M_MOV_FROM_CR + (code & 1) * 2 + (code >> 1 & 1));
}

/* Groups 6 (0F 00) and 7 (0F 01): ModRM's middle says which. */
static u8 group(struct bytes *b, const struct prefixes *p, struct m_insn *insn, u8 code)
{
	static const u8 in_memory[2][8] = {
		{ M_SLDT, M_STR, M_LLDT, M_LTR, NO, NO, NO, NO },
		{ M_SGDT, M_SIDT, M_LGDT, M_LIDT, M_SMSW, NO, M_LMSW, M_INVLPG },
	};

	operand(b, p, insn, take(b));
	/* With two registers the second group has other instructions instead of four. */
	if (code && !insn->mem && insn->reg != 4 && insn->reg != 6)
		return NO;
	return in_memory[code][insn->reg];
}

static u8 two_bytes(struct bytes *b, const struct prefixes *p, struct m_insn *insn)
{
	u8 code = take(b);

	switch (code) {
	case 0x00:
	case 0x01:
		return group(b, p, insn, code);
	case 0x06:
		return M_CLTS;
	case 0x08:
		return M_INVD;
	case 0x09:
		return M_WBINVD;
	case 0x20 ... 0x23:
		return special_register(b, insn, code);
	case 0x30:
		return M_WRMSR;
	case 0x31:
		return M_RDTSC;
	case 0x32:
		return M_RDMSR;
	case 0x33:
		return M_RDPMC;
	case 0x35:
		return M_SYSEXIT;
	case 0xb2:
		operand(b, p, insn, take(b));
		return insn->mem ? M_LSS : NO;
	default:
		return NO;
	}
}

static u8 port(struct bytes *b, struct m_insn *insn, u8 code)
{
	if (!(code & 1))
		insn->size = 1;
	insn->by_imm = code < 0xe8;
	if (insn->by_imm)
		insn->imm = take(b);
	return code & 2 ? M_OUT : M_IN;
}

static u8 string_port(struct m_insn *insn, u8 code)
{
	if (!(code & 1))
		insn->size = 1;
	/* INS has ES always; OUTS what a prefix says. */
	insn->segment = code & 2 ? M_DS : M_ES;
	return code & 2 ? M_OUTS : M_INS;
}

static u8 one_byte(struct bytes *b, const struct prefixes *p, struct m_insn *insn, u8 code)
{
	switch (code) {
	case 0x0f:
		return two_bytes(b, p, insn);
	case 0x17:
		return M_POP_SS;
	case 0x6c ... 0x6f:
		return string_port(insn, code);
	case 0x8e:
		operand(b, p, insn, take(b));
		return insn->reg == M_SS ? M_MOV_SS : NO;
	case 0xca:
		insn->imm = (u16)take_disp(b, 2);
		return M_LRET;
	case 0xcb:
		return M_LRET;
	case 0xcf:
		return M_IRET;
	case 0xe4 ... 0xe7:
	case 0xec ... 0xef:
		return port(b, insn, code);
	case 0xf4:
		return M_HLT;
	case 0xfa:
		return M_CLI;
	case 0xfb:
		return M_STI;
	default:
		return NO;
	}
}

bool m_decode(const u8 *bytes, u32 nr, struct m_insn *insn)
{
	struct bytes b = { bytes, nr < M_INSN_MAX ? nr : M_INSN_MAX, false };
	struct prefixes p = { .segment = NO };
	u8 code;

	*insn = (struct m_insn){ .base = M_NO_REG, .index = M_NO_REG };
	do
		code = take(&b);
	while (!b.missing && prefix(code, &p));
	/* LOCK goes with none of them: #UD comes before #GP. */
	if (p.lock)
		return false;
	insn->size = p.size16 ? 2 : 4;
	insn->addr16 = p.addr16;
	insn->rep = p.rep;
	insn->kind = one_byte(&b, &p, insn, code);
	insn->len = (u8)(b.at - bytes);
	if (p.segment != NO && (insn->mem || insn->kind == M_OUTS))
		insn->segment = p.segment;
	return insn->kind != NO && !b.missing;
}

static const char *const names[M_NR_KINDS] = {
	[M_CLI] = "cli", [M_STI] = "sti", [M_HLT] = "hlt", [M_CLTS] = "clts", [M_INVD] = "invd",
	[M_WBINVD] = "wbinvd", [M_INVLPG] = "invlpg", [M_LGDT] = "lgdt", [M_LIDT] = "lidt",
	[M_LLDT] = "lldt", [M_LTR] = "ltr", [M_LMSW] = "lmsw", [M_SGDT] = "sgdt",
	[M_SIDT] = "sidt", [M_SLDT] = "sldt", [M_STR] = "str", [M_SMSW] = "smsw",
	[M_MOV_SS] = "mov %ss", [M_POP_SS] = "pop %ss", [M_LSS] = "lss", [M_IRET] = "iret",
	[M_LRET] = "lret", [M_SYSEXIT] = "sysexit", [M_RDMSR] = "rdmsr", [M_WRMSR] = "wrmsr",
	[M_RDPMC] = "rdpmc", [M_RDTSC] = "rdtsc", [M_IN] = "in", [M_OUT] = "out", [M_INS] = "ins",
	[M_OUTS] = "outs",
};

const char *m_name(const struct m_insn *insn)
{
	static const char *const crs[] = { "mov %cr0", "", "mov %cr2", "mov %cr3", "mov %cr4" };
	static const char *const drs[] = {
		"mov %dr0", "mov %dr1", "mov %dr2", "mov %dr3",
		"mov %dr4", "mov %dr5", "mov %dr6", "mov %dr7",
	};

	if (insn->kind == M_MOV_FROM_CR || insn->kind == M_MOV_TO_CR)
		return crs[insn->reg];
	if (insn->kind == M_MOV_FROM_DR || insn->kind == M_MOV_TO_DR)
		return drs[insn->reg];
	return names[insn->kind];
}

u32 m_offset(const struct m_insn *insn, const u32 gpr[8])
{
	u32 at = insn->disp;

	if (insn->base != M_NO_REG)
		at += gpr[insn->base];
	if (insn->index != M_NO_REG)
		at += gpr[insn->index] << insn->scale;
	return insn->addr16 ? at & 0xffff : at;
}
