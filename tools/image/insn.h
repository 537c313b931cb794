/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Instructions, by Zydis. */
#ifndef TOOLS_INSN_H
#define TOOLS_INSN_H

#include <Zydis/Zydis.h>
#include "image.h"

/**
 * struct insn - one instruction.
 * @bytes: @raw.length of them, wherever they were read
 * @wide: decoded as 64-bit code, else 32-bit
 */
struct insn {
	u64 addr;
	const u8 *bytes;
	bool wide;
	ZydisDecoderContext context;
	ZydisDecodedInstruction raw;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

/** insn_decode() - @bytes as they would be run at @addr; false if that is no instruction. */
bool insn_decode(const u8 *bytes, u64 size, u64 addr, bool wide, struct insn *insn);

/** insn_decode_brief() - the same without the operands, which insn_operands() adds. */
bool insn_decode_brief(const u8 *bytes, u64 size, u64 addr, bool wide, struct insn *insn);
bool insn_operands(struct insn *insn);

/** insn_at() - the instruction at an address of the image, of its width. */
bool insn_at(const struct image *image, u64 addr, struct insn *insn);

/** insn_next() - the address behind. */
static inline u64 insn_next(const struct insn *insn)
{
	return insn->addr + insn->raw.length;
}

/** insn_target() - where a relative jump or call leads; false for any other instruction. */
bool insn_target(const struct insn *insn, u64 *target);

/** insn_memory() - the constant address of a memory operand (relative to rip, or plain). */
bool insn_memory(const struct insn *insn, u64 *addr);

/**
 * insn_immediates() - the constants of at least 32 bits that it has, as it takes them.
 * @values: up to two
 *
 * Return: how many.
 */
u32 insn_immediates(const struct insn *insn, u64 *values);

/** insn_displacement() - the address that a memory operand begins with; false if it has none. */
bool insn_displacement(const struct insn *insn, u64 *addr);

/** insn_is_nop() - does it nothing but take room? */
bool insn_is_nop(const struct insn *insn);

/** insn_is_padding() - is it what compilers fill with: a nop, or a register put into itself? */
bool insn_is_padding(const struct insn *insn);

/** insn_format() - AT&T syntax, targets with names where @image (or NULL) has them. */
const char *insn_format(const struct image *image, const struct insn *insn, char *text,
			size_t size);

/** insn_hex() - "0f 01 f8"; returns @text. */
const char *insn_hex(const u8 *bytes, u32 len, char *text, size_t size);

#endif /* TOOLS_INSN_H */
