// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Decoding and printing of instructions. */
#include <string.h>
#include "insn.h"

static const ZydisDecoder *decoder(bool wide)
{
	static ZydisDecoder decoders[2];
	static bool ready;

	if (!ready) {
		ZydisDecoderInit(&decoders[0], ZYDIS_MACHINE_MODE_LONG_COMPAT_32,
				 ZYDIS_STACK_WIDTH_32);
		ZydisDecoderInit(&decoders[1], ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
		ready = true;
	}
	return &decoders[wide];
}

bool insn_decode_brief(const u8 *bytes, u64 size, u64 addr, bool wide, struct insn *insn)
{
	insn->addr = addr;
	insn->bytes = bytes;
	insn->wide = wide;
	return bytes && ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder(wide), &insn->context,
								   bytes, size, &insn->raw));
}

bool insn_operands(struct insn *insn)
{
	return ZYAN_SUCCESS(ZydisDecoderDecodeOperands(decoder(insn->wide), &insn->context,
						       &insn->raw, insn->operands,
						       insn->raw.operand_count));
}

bool insn_decode(const u8 *bytes, u64 size, u64 addr, bool wide, struct insn *insn)
{
	return insn_decode_brief(bytes, size, addr, wide, insn) && insn_operands(insn);
}

bool insn_at(const struct image *image, u64 addr, struct insn *insn)
{
	const struct image_area *area = image_area_at(image, addr);

	return area && area->data &&
	       insn_decode(area->data + (addr - area->addr), area->size - (addr - area->addr), addr,
			   image->wide, insn);
}

/* From the raw fields, which are there without operands, too. */
bool insn_target(const struct insn *insn, u64 *target)
{
	if (!insn->raw.raw.imm[0].is_relative)
		return false;
	*target = insn_next(insn) + (u64)insn->raw.raw.imm[0].value.s;
	if (!insn->wide)
		*target = (u32)*target;
	return true;
}

bool insn_memory(const struct insn *insn, u64 *addr)
{
	for (u8 i = 0; i < insn->raw.operand_count_visible; i++) {
		const ZydisDecodedOperand *operand = insn->operands + i;
		ZyanU64 where;

		if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    operand->mem.index == ZYDIS_REGISTER_NONE &&
		    (operand->mem.base == ZYDIS_REGISTER_NONE ||
		     operand->mem.base == ZYDIS_REGISTER_RIP) &&
		    ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&insn->raw, operand, insn->addr,
							  &where))) {
			*addr = where;
			return true;
		}
	}
	return false;
}

u32 insn_immediates(const struct insn *insn, u64 *values)
{
	u32 count = 0;

	for (int i = 0; i < 2; i++) {
		u64 value = insn->raw.raw.imm[i].value.u;

		if (insn->raw.raw.imm[i].size < 32 || insn->raw.raw.imm[i].is_relative)
			continue;
		if (!insn->wide)
			value = (u32)value;
		else if (insn->raw.raw.imm[i].size == 32 && insn->raw.operand_width == 64)
			value = (u64)(s64)(s32)value;
		values[count++] = value;
	}
	return count;
}

bool insn_displacement(const struct insn *insn, u64 *addr)
{
	const ZydisDecodedInstructionRaw *raw = &insn->raw.raw;

	if (raw->disp.size < 32)
		return false;
	*addr = (u64)raw->disp.value;
	if (insn->wide && !raw->modrm.mod && raw->modrm.rm == 5)
		*addr += insn_next(insn);
	if (!insn->wide)
		*addr = (u32)*addr;
	return true;
}

bool insn_is_nop(const struct insn *insn)
{
	return insn->raw.mnemonic == ZYDIS_MNEMONIC_NOP;
}

bool insn_is_padding(const struct insn *insn)
{
	const ZydisDecodedOperand *to = insn->operands, *from = insn->operands + 1;
	bool lea = insn->raw.mnemonic == ZYDIS_MNEMONIC_LEA;

	if (insn_is_nop(insn) || insn->raw.mnemonic == ZYDIS_MNEMONIC_INT3)
		return true;
	if (lea)
		return from->mem.base == to->reg.value && !from->mem.disp.value &&
		       from->mem.index == ZYDIS_REGISTER_NONE;
	return insn->raw.mnemonic == ZYDIS_MNEMONIC_XCHG &&
	       to->type == ZYDIS_OPERAND_TYPE_REGISTER && from->type == to->type &&
	       from->reg.value == to->reg.value;
}

const char *insn_format(const struct image *image, const struct insn *insn, char *text, size_t size)
{
	static ZydisFormatter formatter;
	static bool ready;
	char name[160];
	size_t len;
	u64 addr;

	if (!ready) {
		ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT);
		ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, false);
		ready = true;
	}
	if (!ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter, &insn->raw, insn->operands,
							  insn->raw.operand_count_visible, text,
							  size, insn->addr, NULL)))
		snprintf(text, size, "?");
	if (!image || (!insn_target(insn, &addr) && !insn_memory(insn, &addr)) ||
	    !image_symbol_below(image, addr))
		return text;
	len = strlen(text);
	snprintf(text + len, size - len, " <%s>", image_where(image, addr, name, sizeof(name)));
	return text;
}

const char *insn_hex(const u8 *bytes, u32 len, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (u32 i = 0; i < len && at + 4 < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%02x", i ? " " : "", bytes[i]);
	return text;
}
