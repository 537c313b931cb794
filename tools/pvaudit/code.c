// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Following the flow of control, and the map of what was found. */
#include <stdlib.h>
#include <string.h>
#include "code.h"

#define INLINE_DATA	256	/* bytes that a call may be made to go over */

u8 *code_map(const struct code *code, u64 addr)
{
	for (u32 i = 0; i < code->nr_areas; i++) {
		const struct image_area *area = code->areas[i].area;

		if (addr >= area->addr && addr - area->addr < area->size)
			return code->areas[i].map + (addr - area->addr);
	}
	return NULL;
}

void code_add(struct code_list *list, u64 addr, bool wide)
{
	list->roots = image_grow(list->roots, list->count, sizeof(*list->roots));
	list->roots[list->count++] = (struct code_root) { addr, wide };
}

bool code_insn(const struct code *code, u64 addr, struct insn *insn)
{
	const struct image_area *area = image_area_at(code->image, addr);
	const u8 *map = code_map(code, addr);

	return map && *map & CODE_START &&
	       insn_decode(area->data + (addr - area->addr), area->size - (addr - area->addr),
			   addr, code->image->wide ^ !!(*map & CODE_NARROW), insn);
}

bool code_is_end(const struct insn *insn)
{
	switch (insn->raw.mnemonic) {
	case ZYDIS_MNEMONIC_JMP:
	case ZYDIS_MNEMONIC_RET:
	case ZYDIS_MNEMONIC_IRET:
	case ZYDIS_MNEMONIC_IRETD:
	case ZYDIS_MNEMONIC_IRETQ:
	case ZYDIS_MNEMONIC_SYSRET:
	case ZYDIS_MNEMONIC_SYSEXIT:
	case ZYDIS_MNEMONIC_UIRET:
	case ZYDIS_MNEMONIC_RSM:
		return true;
	default:
		return false;
	}
}

/*
 * To another context, or to this one with other segments: often to what stands behind it, whose
 * address was pushed. No data is there that instructions before it would have to go around.
 */
static bool is_far_end(const struct insn *insn)
{
	switch (insn->raw.mnemonic) {
	case ZYDIS_MNEMONIC_JMP:
		return !insn->raw.raw.imm[0].size && insn->raw.raw.modrm.reg == 5;
	case ZYDIS_MNEMONIC_RET:
		return (insn->raw.opcode & ~1) == 0xca;
	default:
		return code_is_end(insn);
	}
}

/* A far jump to a constant: from 32-bit code, where addresses may still be physical. */
static bool far_target(const struct code *code, const struct insn *insn, struct code_root *root)
{
	u64 addr = insn->raw.raw.imm[0].value.u;

	if (insn->wide || insn->raw.mnemonic != ZYDIS_MNEMONIC_JMP || !insn->raw.raw.imm[1].size)
		return false;
	root->addr = addr;
	root->wide = code->image->wide;
	return code_map(code, addr) || image_virtual(code->image, addr, &root->addr);
}

bool code_taken(const struct insn *insn, u64 *addr)
{
	const ZydisDecodedInstructionRaw *raw = &insn->raw.raw;

	return insn->raw.mnemonic == ZYDIS_MNEMONIC_LEA && !raw->modrm.mod && raw->modrm.rm == 5 &&
	       insn_displacement(insn, addr);
}

/* Constants in an instruction may be addresses of code. */
static void see_constants(struct code *code, const struct insn *insn)
{
	u32 count;
	u64 values[2], addr;

	count = insn_immediates(insn, values);
	while (count--)
		if (code_map(code, values[count]))
			code_add(&code->maybe, values[count], insn->wide);
	if (code_taken(insn, &addr) && code_map(code, addr))
		code_add(&code->maybe, addr, insn->wide);
}

bool code_target(const struct code *code, const struct insn *insn, struct code_root *root)
{
	root->wide = insn->wide;
	return insn_target(insn, &root->addr) || far_target(code, insn, root);
}

void code_see_jump(struct code *code, u64 from, u64 to)
{
	u8 *map = code_map(code, to);

	if (map && *map & CODE_SITE) {
		code->jumps = image_grow(code->jumps, code->nr_jumps, sizeof(*code->jumps));
		code->jumps[code->nr_jumps++] = (struct code_jump) { from, to };
	}
}

static void see_jump(struct code *code, const struct insn *insn)
{
	struct code_root root;
	u8 *map;

	if (!code_target(code, insn, &root))
		return;
	map = code_map(code, root.addr);
	if (!map)
		return;
	code_see_jump(code, insn->addr, root.addr);
	if (!(*map & CODE_START))
		code_add(&code->todo, root.addr, root.wide);
}

/*
 * A call ahead, to a pop: what lies between is data, whose address it takes. The call to the very
 * next instruction, which asks for its own address, goes on there by its target.
 */
static bool goes_over_data(const struct code *code, const struct insn *insn)
{
	const u8 *bytes;
	u64 to;

	if (insn->raw.mnemonic != ZYDIS_MNEMONIC_CALL || !insn_target(insn, &to) ||
	    to - insn_next(insn) - 1 >= INLINE_DATA)
		return false;
	bytes = image_at(code->image, to, 2);
	return bytes && (bytes[insn->wide && bytes[0] == 0x41] & 0xf8) == 0x58;
}

/* Does it lie over what is something else already? Two instructions are noted. */
static bool clashes(struct code *code, u64 at, const u8 *map, u32 len)
{
	struct code_clash clash = { at, at };
	u32 i;

	if (map[0] & CODE_DATA)
		return true;
	if (map[0] & CODE_BODY) {
		do
			clash.insn--;
		while (!(*--map & CODE_START));
	} else {
		for (i = 1; i < len && !(map[i] & (CODE_START | CODE_DATA)); i++)
			;
		if (i >= len)
			return false;
		if (map[i] & CODE_DATA)
			return true;
		clash.to += i;
	}
	if (code->guessing)
		return true;
	code->clashes = image_grow(code->clashes, code->nr_clashes, sizeof(*code->clashes));
	code->clashes[code->nr_clashes++] = clash;
	return true;
}

bool code_is_forced(const u8 *bytes, u64 size)
{
	return size >= CODE_FORCED && (!memcmp(bytes, "\x0f\x0bxen", CODE_FORCED) ||
				       !memcmp(bytes, "\x0f\x0bkvm", CODE_FORCED));
}

static void see_unknown(struct code *code, u64 addr)
{
	for (u32 i = 0; i < code->nr_unknown; i++)
		if (code->unknown[i] == addr)
			return;
	code->unknown = image_grow(code->unknown, code->nr_unknown, sizeof(*code->unknown));
	code->unknown[code->nr_unknown++] = addr;
}

/*
 * What is younger than this Zydis is of the groups of system instructions, mostly (lkgs, wrmsrns,
 * erets ...): how long it is shows all the same. 0: it does not.
 */
static u32 unknown_length(const u8 *bytes, u64 size)
{
	u32 at = 0;

	while (at < 4 && at < size && (bytes[at] == 0x66 || bytes[at] == 0xf0 ||
				       bytes[at] == 0xf2 || bytes[at] == 0xf3))
		at++;
	return at + 3 <= size && bytes[at] == 0x0f && bytes[at + 1] <= 1 && bytes[at + 2] >= 0xc0
		? at + 3 : 0;
}

/*
 * Does a function end behind a call or `ud2`? Then these are taken not to come back: what is there
 * may be data.
 */
static bool ends_function(const struct code *code, const struct insn *insn)
{
	const struct image_symbol *symbol;

	if (insn->raw.mnemonic != ZYDIS_MNEMONIC_CALL && insn->raw.mnemonic != ZYDIS_MNEMONIC_UD2)
		return false;
	symbol = image_function(code->image, insn->addr);
	return symbol && symbol->kind == IMAGE_FUNC && symbol->size &&
	       insn_next(insn) == symbol->addr + symbol->size;
}

static void follow(struct code *code, const struct code_root *root)
{
	const struct image_area *area = image_area_at(code->image, root->addr);
	u8 *map = code_map(code, root->addr);
	u64 at = root->addr, table = 0;
	struct insn insn;

	if (!map)
		return;
	while (at - area->addr < area->size && !(*map & CODE_START)) {
		const u8 *bytes = area->data + (at - area->addr);
		u64 size = area->size - (at - area->addr);

		if (!(*map & CODE_BODY) &&
		    !insn_decode_brief(bytes, size, at, root->wide, &insn)) {
			see_unknown(code, at);
			size = unknown_length(bytes, size);
			if (size)
				code_add(&code->maybe, at + size, root->wide);
			break;
		}
		if (code_is_forced(bytes, size))
			insn.raw.length = CODE_FORCED;
		if (clashes(code, at, map, *map & CODE_BODY ? 1 : insn.raw.length))
			break;
		map[0] |= CODE_START | (code->guessing ? CODE_GUESS : 0);
		for (u32 i = 1; i < insn.raw.length; i++)
			map[i] |= CODE_BODY;
		if (root->wide != code->image->wide)
			map[0] |= CODE_NARROW;
		code->bytes += insn.raw.length;
		see_jump(code, &insn);
		see_constants(code, &insn);
		code_see_table(code, &insn, &table);
		/* Patched, a gate may be nothing. */
		if (code_is_end(&insn) && !(insn.raw.length > 1 && map[1] & CODE_SITE)) {
			if (is_far_end(&insn))
				code_add(&code->maybe, insn_next(&insn), insn.wide);
			break;
		}
		if (ends_function(code, &insn))
			code_add(&code->maybe, insn_next(&insn), insn.wide);
		if (goes_over_data(code, &insn) || ends_function(code, &insn))
			break;
		map += insn.raw.length;
		at = insn_next(&insn);
	}
}

void code_follow(struct code *code)
{
	while (code->todo.done < code->todo.count) {
		/* The list may move. */
		struct code_root root = code->todo.roots[code->todo.done++];

		follow(code, &root);
	}
	code->todo.done = code->todo.count = 0;
}

void code_each(const struct code *code,
	       void (*see)(const struct insn *insn, u8 flags, void *arg), void *arg)
{
	for (u32 i = 0; i < code->nr_areas; i++) {
		const struct image_area *area = code->areas[i].area;
		const u8 *map = code->areas[i].map;
		struct insn insn;

		for (u64 at = 0; at < area->size; at++)
			if (map[at] & CODE_START &&
			    insn_decode_brief(area->data + at, area->size - at, area->addr + at,
					      code->image->wide ^ !!(map[at] & CODE_NARROW), &insn))
				see(&insn, map[at], arg);
	}
}

struct code *code_find(const struct image *image)
{
	struct code *code = image_alloc(1, sizeof(*code));

	code->image = image;
	code->areas = image_alloc(image->nr_areas, sizeof(*code->areas));
	for (u32 i = 0; i < image->nr_areas; i++)
		if (image->areas[i].exec && image->areas[i].data)
			code->areas[code->nr_areas++] = (struct code_area) {
				image->areas + i, image_alloc(image->areas[i].size, 1),
			};
	code_add_roots(code);
	code_follow(code);
	code_add_labels(code);
	code->guessing = true;
	code_add_pointers(code);
	code_try(code);
	code_sweep(code);
	return code;
}

void code_free(struct code *code)
{
	for (u32 i = 0; i < code->nr_areas; i++)
		free(code->areas[i].map);
	free(code->areas);
	free(code->entries.roots);
	free(code->todo.roots);
	free(code->maybe.roots);
	free(code->jumps);
	free(code->clashes);
	free(code->unknown);
	free(code);
}
