// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Every opcode that Zydis decodes, with each ModRM byte and the prefixes that make another
 * instruction of it: is there a row for it? A line a mnemonic: its category, how many encodings
 * have none, how many of those are privileged, and the first of these.
 */
#include <stdio.h>
#include <string.h>
#include "sensitive.h"

static struct {
	bool seen;
	ZydisInstructionCategory category;
	u32 without, privileged;
	u8 first[16];
} all[ZYDIS_MNEMONIC_MAX_VALUE + 1];

static void look(const u8 *bytes, u32 size, bool wide)
{
	struct insn insn;
	ZydisMnemonic what;

	if (!insn_decode(bytes, size, 0x1000, wide, &insn))
		return;
	what = insn.raw.mnemonic;
	all[what].seen = true;
	all[what].category = insn.raw.meta.category;
	if (sensitive_of(&insn))
		return;
	all[what].without++;
	if (insn.raw.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED && !all[what].privileged++)
		memcpy(all[what].first, bytes, sizeof(all[what].first));
}

/* The last two bytes of the opcode, whatever they are. */
static void look_from(const u8 *bytes, u32 len)
{
	u8 code[20] = { };

	memcpy(code, bytes, len);
	for (u32 last = 0; last < 65536; last++) {
		code[len] = (u8)(last >> 8);
		code[len + 1] = (u8)last;
		look(code, sizeof(code), true);
		look(code, sizeof(code), false);
	}
}

static void legacy(void)
{
	static const u8 prefixes[] = { 0, 0x66, 0xf2, 0xf3 }, wide[] = { 0, 0x48 };
	static const u8 maps[][2] = { { 0, 0 }, { 0x0f, 0 }, { 0x0f, 0x38 }, { 0x0f, 0x3a } };

	for (u32 i = 0; i < sizeof(prefixes) * sizeof(wide) * 4; i++) {
		u8 parts[] = { prefixes[i % 4], wide[i / 4 % 2], maps[i / 8][0], maps[i / 8][1] };
		u8 bytes[4];
		u32 len = 0;

		for (u32 n = 0; n < sizeof(parts); n++)
			if (parts[n])
				bytes[len++] = parts[n];
		look_from(bytes, len);
	}
}

/* VEX, by map, width, length, prefix, and with a second source or without. */
static void vex(void)
{
	for (u32 i = 0; i < 3 * 32; i++) {
		u8 last = (u8)((i & 1) << 7 | (i & 2) << 1 | (i >> 2 & 3) | (i & 16 ? 0x78 : 0));
		u8 bytes[] = { 0xc4, (u8)(0xe1 + i / 32), last };

		look_from(bytes, sizeof(bytes));
	}
}

int main(void)
{
	char hex[64];

	legacy();
	vex();
	for (u32 i = 0; i <= ZYDIS_MNEMONIC_MAX_VALUE; i++)
		if (all[i].seen)
			printf("%s\t%s\t%u\t%u\t%s\n", ZydisMnemonicGetString(i),
			       ZydisCategoryGetString(all[i].category), all[i].without,
			       all[i].privileged, insn_hex(all[i].first, 16, hex, sizeof(hex)));
	return 0;
}
