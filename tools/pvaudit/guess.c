// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What is left when all that is known has been followed: addresses that are taken somewhere, which
 * may be code's or data's, and bytes within functions that nothing leads to.
 */
#include <string.h>
#include "code.h"

#define LONGEST		4096	/* instructions in a row: longer ones are no code */

/*
 * Would it be code? Instructions that end in a jump or a return before they run into anything else;
 * into known instructions they may run if no function begins there.
 */
static bool looks_like_code(const struct code *code, const struct code_root *root)
{
	const struct image_area *area = image_area_at(code->image, root->addr);
	const struct image_symbol *symbol;
	u64 at = root->addr - area->addr;
	const u8 *map = code_map(code, root->addr);
	struct insn insn;

	for (u32 n = 0; n < LONGEST && at < area->size; n++) {
		if (map[0] & CODE_START) {
			symbol = image_symbol_below(code->image, area->addr + at);
			return n && !(symbol && symbol->addr == area->addr + at);
		}
		if (map[0] & (CODE_BODY | CODE_DATA) ||
		    !insn_decode_brief(area->data + at, area->size - at, area->addr + at,
				       root->wide, &insn))
			return false;
		/* Two bytes of zero are an instruction, and no compiler's. */
		if (!area->data[at] && !area->data[at + 1])
			return false;
		for (u32 i = 1; i < insn.raw.length; i++)
			if (map[i] & (CODE_START | CODE_DATA))
				return false;
		if (code_is_end(&insn) || insn.raw.mnemonic == ZYDIS_MNEMONIC_UD2)
			return true;
		at += insn.raw.length;
		map += insn.raw.length;
	}
	/* What an object file's section ends with may go on in another's. */
	return code->image->object && at == area->size;
}

void code_add_labels(struct code *code)
{
	for (u32 i = 0; code->image->object && i < code->image->nr_symbols; i++) {
		const struct image_symbol *symbol = code->image->symbols + i;
		struct code_root root = { symbol->addr, code->image->wide };
		const u8 *map = code_map(code, symbol->addr);

		if (symbol->kind == IMAGE_LABEL && symbol->global && map &&
		    !(*map & (CODE_START | CODE_BODY | CODE_DATA)) &&
		    looks_like_code(code, &root)) {
			code_add(&code->todo, root.addr, root.wide);
			code_follow(code);
		}
	}
}

void code_try(struct code *code)
{
	while (code->maybe.done < code->maybe.count) {
		struct code_root root = code->maybe.roots[code->maybe.done++];
		const u8 *map = code_map(code, root.addr);

		if (map && !(*map & (CODE_START | CODE_BODY | CODE_DATA)) &&
		    looks_like_code(code, &root)) {
			code_add(&code->todo, root.addr, root.wide);
			code_follow(code);
		}
	}
}

/* Within a function that is not known to the end? Elsewhere a distance is a guess too many. */
static bool within_function(const struct code *code, u64 addr)
{
	const struct image_symbol *function = image_function(code->image, addr);

	return function && function->size && function->kind == IMAGE_FUNC;
}

/* A word of data that is, or that may be one between known instructions: then it is none itself. */
static bool is_table(struct code *code, u64 addr, u32 size)
{
	u8 *map = code_map(code, addr);

	for (u32 i = 0; map && i < size; i++)
		if (map[i] & (CODE_START | CODE_BODY))
			return false;
	if (map)
		memset(map, CODE_DATA, size);
	return true;
}

/* Pointers in data, and distances as Linux's tables have them. */
static void add_pointers_of(struct code *code, const struct image_area *area)
{
	const struct image *image = code->image;
	u32 width = image->wide ? 8 : 4;

	for (u64 at = 0; at + 4 <= area->size; at += 4) {
		u64 value, addr = area->addr + at;
		const u8 *map;

		if (at % width == 0 && image_pointer(image, addr, &value) &&
		    code_map(code, value) && is_table(code, addr, width))
			code_add(&code->maybe, value, image->wide);
		if (area->exec)
			continue;
		image_word(image, addr, 4, &value);
		value = addr + (u64)(s64)(s32)value;
		map = code_map(code, value);
		if (map && !(*map & (CODE_START | CODE_BODY)) && within_function(code, value))
			code_add(&code->maybe, value, image->wide);
	}
}

void code_add_pointers(struct code *code)
{
	const struct image *image = code->image;

	for (u32 i = 0; i < image->nr_areas; i++)
		if (image->areas[i].data)
			add_pointers_of(code, image->areas + i);
	/* Where nothing else says it, text begins with code. */
	for (u32 i = 0; i < code->nr_areas && (image->object || !image->nr_symbols); i++)
		code_add(&code->maybe, code->areas[i].area->addr, image->wide);
	/* Within a function a label says nothing: what is code there is jumped to. */
	for (u32 i = 0; i < image->nr_symbols; i++)
		if (image->symbols[i].kind == IMAGE_LABEL &&
		    !within_function(code, image->symbols[i].addr))
			code_add(&code->maybe, image->symbols[i].addr, image->wide);
}

static bool is_padding(const u8 *bytes, u64 size, u64 addr, bool wide)
{
	struct insn insn;

	for (u64 at = 0; at < size; at += insn.raw.length) {
		insn.raw.length = 1;
		if (bytes[at] && bytes[at] != 0xcc &&
		    (!insn_decode(bytes + at, size - at, addr + at, wide, &insn) ||
		     !insn_is_padding(&insn)))
			return false;
	}
	return true;
}

/* A run of bytes in a function that nothing leads to: instructions to its very end, or data. */
static void sweep_gap(struct code *code, u64 addr, u64 size, u8 *map)
{
	const u8 *bytes = image_at(code->image, addr, size);
	struct insn insn;
	u64 at = 0;

	if (!bytes || is_padding(bytes, size, addr, code->image->wide))
		return;
	code->loose_gaps++;
	code->loose_bytes += size;
	while (at < size && insn_decode_brief(bytes + at, size - at, addr + at, code->image->wide,
					      &insn))
		at += insn.raw.length;
	if (at != size)
		return;
	for (at = 0; at < size; at += insn.raw.length) {
		insn_decode_brief(bytes + at, size - at, addr + at, code->image->wide, &insn);
		memset(map + at, CODE_BODY | CODE_LOOSE, insn.raw.length);
		map[at] = CODE_START | CODE_LOOSE;
	}
}

void code_sweep(struct code *code)
{
	const struct image *image = code->image;

	for (u32 i = 0; i < image->nr_symbols; i++) {
		const struct image_symbol *symbol = image->symbols + i;
		u8 *map = symbol->kind == IMAGE_FUNC ? code_map(code, symbol->addr) : NULL;
		u64 start;

		if (!map || !image_at(image, symbol->addr, symbol->size))
			continue;
		for (u64 at = 0; at < symbol->size; at++) {
			for (start = at; at < symbol->size &&
			     !(map[at] & (CODE_START | CODE_BODY | CODE_DATA)); at++)
				;
			if (at > start)
				sweep_gap(code, symbol->addr + start, at - start, map + start);
		}
	}
}
