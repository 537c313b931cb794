// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Linux's tables of its text: alternatives (struct alt_instr), jump labels (struct jump_entry) and
 * exceptions (struct exception_table_entry), as version 6.12 has them.
 */
#include "linux.h"

#define ALT_SIZE	14	/* s32 original, s32 replacement, u32 flags, u8 and u8 lengths */
#define JUMP_SIZE	16	/* s32 code, s32 target, s64 key */
#define EX_SIZE		12	/* s32 instruction, s32 fixup, s32 kind */

/* A distance from where it stands. */
static bool distant(const struct image *image, u64 at, u64 *addr)
{
	u64 distance;

	if (!image_word(image, at, 4, &distance))
		return false;
	*addr = at + (u64)(s64)(s32)distance;
	return true;
}

struct alternative {
	u64 original, replacement;
	u64 original_len, replacement_len;
};

static bool alternative_at(const struct image *image, u64 at, struct alternative *alt)
{
	return distant(image, at, &alt->original) && distant(image, at + 4, &alt->replacement) &&
	       image_word(image, at + 12, 1, &alt->original_len) &&
	       image_word(image, at + 13, 1, &alt->replacement_len);
}

/* Replacements stand one behind the other, with no symbol. */
static void add_alternatives(struct code *code)
{
	const struct image_area *table = image_area_named(code->image, ".altinstructions");
	struct alternative alt;
	struct insn insn;

	if (!table || table->size % ALT_SIZE)
		return;
	for (u64 at = table->addr; at < table->addr + table->size; at += ALT_SIZE) {
		if (!alternative_at(code->image, at, &alt))
			return;
		code_add(&code->todo, alt.original + alt.original_len, code->image->wide);
		while (alt.replacement_len && insn_at(code->image, alt.replacement, &insn) &&
		       insn.raw.length <= alt.replacement_len) {
			code_add(&code->todo, alt.replacement, code->image->wide);
			alt.replacement += insn.raw.length;
			alt.replacement_len -= insn.raw.length;
		}
	}
}

/* Behind a jump that may become a nop; where a nop may come to lead is found by its distance. */
static void add_jump_labels(struct code *code)
{
	u64 start, end, addr;
	struct insn insn;

	if (!image_span(code->image, "__jump_table", "__start___jump_table",
			"__stop___jump_table", &start, &end) || end < start || !code->image->wide)
		return;
	for (u64 at = start; end - at >= JUMP_SIZE; at += JUMP_SIZE)
		if (distant(code->image, at, &addr) && insn_at(code->image, addr, &insn))
			code_add(&code->todo, insn_next(&insn), true);
}

static void add_exceptions(struct code *code)
{
	const struct image_area *table = image_area_named(code->image, "__ex_table");
	u64 addr;

	for (u64 at = 0; table && table->size - at >= EX_SIZE; at += EX_SIZE)
		if (distant(code->image, table->addr + at + 4, &addr))
			code_add(&code->maybe, addr, code->image->wide);
}

void linux_add_roots(struct code *code)
{
	add_alternatives(code);
	add_jump_labels(code);
	add_exceptions(code);
}

u64 linux_original(const struct image *image, u64 addr)
{
	const struct image_area *table = image_area_named(image, ".altinstructions");
	const struct image_area *area = image_area_at(image, addr);
	struct alternative alt;

	if (!table || area != image_area_named(image, ".altinstr_replacement"))
		return addr;
	for (u64 at = 0; table->size - at >= ALT_SIZE; at += ALT_SIZE)
		if (alternative_at(image, table->addr + at, &alt) && addr >= alt.replacement &&
		    addr - alt.replacement < alt.replacement_len)
			return alt.original;
	return addr;
}
