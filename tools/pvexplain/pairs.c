// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Do two functions execute the same, after patching? All ways through both are walked in step: each
 * instruction of the one must be the other's but for nops and for prefixes that change nothing.
 * What no way leads to, as the cold call behind a gate that is a nop, does not count.
 */
#include <stdlib.h>
#include <string.h>
#include "explain.h"

#define MAX_WAYS	512

/* A function, and what of it is reached: instructions, nops apart, and bytes of both. */
struct walked {
	u64 addr, size;
	u8 *bytes;
	u32 insns, nops, length;
};

struct walk {
	const struct image *image;
	struct walked side[2];
	u64 ways[MAX_WAYS][2];
	u32 nr_ways;
	char why[256];
};

static bool decode(const struct walk *walk, const struct walked *f, u64 at, struct insn *insn)
{
	u64 offset = at - f->addr;

	return offset < f->size &&
	       insn_decode(f->bytes + offset, f->size - offset, at, walk->image->wide, insn);
}

static bool within(const struct walked *f, u64 at)
{
	return at - f->addr < f->size;
}

static bool add_way(struct walk *walk, u64 a, u64 b)
{
	for (u32 i = 0; i < walk->nr_ways; i++)
		if (walk->ways[i][0] == a && walk->ways[i][1] == b)
			return true;
	if (walk->nr_ways == MAX_WAYS) {
		snprintf(walk->why, sizeof(walk->why), "more than %u ways", MAX_WAYS);
		return false;
	}
	walk->ways[walk->nr_ways][0] = a;
	walk->ways[walk->nr_ways++][1] = b;
	return true;
}

/* The same number, or the same place in each: that of a frame to return by, which is a way then. */
static bool same_number(struct walk *walk, u64 a, u64 b)
{
	if (!walk->image->wide) {
		a = (u32)a;
		b = (u32)b;
	}
	return a == b ||
	       (within(walk->side, a) && within(walk->side + 1, b) && add_way(walk, a, b));
}

/* What an operand means. A segment that changes nothing is none. */
static bool same_operand(struct walk *walk, const ZydisDecodedOperand *a,
			 const ZydisDecodedOperand *b, u64 next_a, u64 next_b)
{
	ZydisRegister one = a->mem.segment, other = b->mem.segment;
	bool far = one == ZYDIS_REGISTER_FS || one == ZYDIS_REGISTER_GS ||
		   other == ZYDIS_REGISTER_FS || other == ZYDIS_REGISTER_GS;
	u64 disp_a, disp_b;

	if (a->type != b->type || a->size != b->size)
		return false;
	switch (a->type) {
	case ZYDIS_OPERAND_TYPE_REGISTER:
		return a->reg.value == b->reg.value;
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		return a->imm.is_relative || same_number(walk, a->imm.value.u, b->imm.value.u);
	case ZYDIS_OPERAND_TYPE_MEMORY:
		disp_a = (u64)a->mem.disp.value;
		disp_b = (u64)b->mem.disp.value;
		if (a->mem.base == ZYDIS_REGISTER_RIP) {
			disp_a += next_a;
			disp_b += next_b;
		}
		return a->mem.base == b->mem.base && a->mem.index == b->mem.index &&
		       a->mem.scale == b->mem.scale && (!far || one == other) &&
		       same_number(walk, disp_a, disp_b);
	default:
		return a->ptr.segment == b->ptr.segment && a->ptr.offset == b->ptr.offset;
	}
}

static bool same_insn(struct walk *walk, const struct insn *a, const struct insn *b)
{
	const u32 matter = ZYDIS_ATTRIB_HAS_LOCK | ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPNE;

	if (a->raw.mnemonic != b->raw.mnemonic || a->raw.operand_width != b->raw.operand_width ||
	    a->raw.operand_count_visible != b->raw.operand_count_visible ||
	    (a->raw.attributes ^ b->raw.attributes) & matter)
		return false;
	for (u8 i = 0; i < a->raw.operand_count_visible; i++)
		if (!same_operand(walk, a->operands + i, b->operands + i, insn_next(a),
				  insn_next(b)))
			return false;
	return true;
}

static bool differ(struct walk *walk, const struct insn *a, const struct insn *b)
{
	char one[160], other[160];

	insn_format(walk->image, a, one, sizeof(one));
	insn_format(walk->image, b, other, sizeof(other));
	snprintf(walk->why, sizeof(walk->why), "\"%.100s\" against \"%.100s\"", one, other);
	return false;
}

/* The next instruction that does something. */
static bool next(struct walk *walk, u32 side, u64 *at, struct insn *insn)
{
	for (;;) {
		if (!decode(walk, walk->side + side, *at, insn)) {
			snprintf(walk->why, sizeof(walk->why), "no instruction at 0x%llx", *at);
			return false;
		}
		if (!insn_is_nop(insn))
			break;
		*at = insn_next(insn);
	}
	return true;
}

static bool ends(const struct insn *insn)
{
	return insn->raw.meta.category == ZYDIS_CATEGORY_RET ||
	       insn->raw.mnemonic == ZYDIS_MNEMONIC_IRETQ ||
	       insn->raw.mnemonic == ZYDIS_MNEMONIC_IRETD ||
	       insn->raw.mnemonic == ZYDIS_MNEMONIC_SYSRET ||
	       insn->raw.mnemonic == ZYDIS_MNEMONIC_UD2;
}

/* One way, from where it begins to where both return or a place they have been at. */
static bool walk_on(struct walk *walk, u64 a, u64 b)
{
	for (;;) {
		struct insn one, other;
		u64 to_a, to_b;

		if (!next(walk, 0, &a, &one) || !next(walk, 1, &b, &other))
			return false;
		if (!same_insn(walk, &one, &other))
			return differ(walk, &one, &other);
		a = insn_next(&one);
		b = insn_next(&other);
		if (ends(&one))
			return true;
		if (insn_target(&one, &to_a) && insn_target(&other, &to_b)) {
			bool away = one.raw.mnemonic == ZYDIS_MNEMONIC_CALL ||
				    !within(walk->side, to_a) || !within(walk->side + 1, to_b);

			if (away && to_a != to_b)
				return differ(walk, &one, &other);
			if (!away && !add_way(walk, to_a, to_b))
				return false;
		}
		if (one.raw.mnemonic == ZYDIS_MNEMONIC_JMP)
			return true;
	}
}

static bool same_functions(struct walk *walk)
{
	walk->nr_ways = 0;
	add_way(walk, walk->side[0].addr, walk->side[1].addr);
	for (u32 i = 0; i < walk->nr_ways; i++)
		if (!walk_on(walk, walk->ways[i][0], walk->ways[i][1]))
			return false;
	return true;
}

/* All that is reached from the beginning, each instruction once. */
static void count(struct walk *walk, struct walked *f)
{
	bool *seen = image_alloc(f->size, sizeof(*seen));
	struct insn insn;
	u64 at, to;

	walk->nr_ways = 0;
	add_way(walk, f->addr, 0);
	for (u32 i = 0; i < walk->nr_ways; i++)
		for (at = walk->ways[i][0]; decode(walk, f, at, &insn); at = insn_next(&insn)) {
			if (seen[at - f->addr])
				break;
			seen[at - f->addr] = true;
			f->length += insn.raw.length;
			if (insn_is_nop(&insn))
				f->nops++;
			else
				f->insns++;
			if (insn_target(&insn, &to) && within(f, to) &&
			    insn.raw.mnemonic != ZYDIS_MNEMONIC_CALL && !add_way(walk, to, 0))
				break;
			if (ends(&insn) || insn.raw.mnemonic == ZYDIS_MNEMONIC_JMP)
				break;
		}
	free(seen);
}

static bool compare(const struct world *world, const struct backend *backend,
		    const struct image_symbol *const symbols[2], const char *name, bool json,
		    u32 nr)
{
	struct walk walk = { .image = world->image };
	bool same;

	for (u32 i = 0; i < 2; i++) {
		struct walked *f = walk.side + i;

		f->addr = symbols[i]->addr;
		f->size = function_size(world->image, symbols[i]);
		f->bytes = function_bytes(world, backend, f->addr, f->size);
		if (f->bytes)
			count(&walk, f);
		else
			f->size = 0;
	}
	same = same_functions(&walk);
	if (json) {
		printf("%s {\"name\": ", nr ? ",\n" : "");
		json_text(stdout, name);
		printf(", \"same\": %s, \"instructions\": [%u, %u], \"nops\": [%u, %u], "
		       "\"bytes\": [%u, %u]}", same ? "true" : "false", walk.side[0].insns,
		       walk.side[1].insns, walk.side[0].nops, walk.side[1].nops,
		       walk.side[0].length, walk.side[1].length);
	} else {
		printf("%-36s%6u%6u%6u%8u%6u  %s%s\n", name, walk.side[0].insns,
		       walk.side[1].insns, walk.side[1].nops, walk.side[0].length,
		       walk.side[1].length, same ? "same" : "differs: ", same ? "" : walk.why);
	}
	free(walk.side[0].bytes);
	free(walk.side[1].bytes);
	return same;
}

bool print_pairs(const struct world *world, const struct backend *backend, const char *one,
		 const char *other, bool json)
{
	const struct image *image = world->image;
	size_t len = strlen(one);
	u32 nr = 0, same = 0;

	if (json)
		printf("[");
	else
		printf("%-36s%12s%6s%14s\n%-36s%6.5s%6.5s%6s%8.5s%6.5s\n", "", "instructions", "",
		       "bytes", "function", one, other, "nops", one, other);
	for (u32 i = 0; i < image->nr_symbols; i++) {
		const struct image_symbol *pair[2] = { image->by_name[i] };
		char name[200];

		if (pair[0]->kind != IMAGE_FUNC || strncmp(pair[0]->name, one, len))
			continue;
		snprintf(name, sizeof(name), "%s%s", other, pair[0]->name + len);
		pair[1] = image_symbol(image, name);
		if (!pair[1])
			continue;
		same += compare(world, backend, pair, pair[0]->name + len, json, nr);
		nr++;
	}
	if (json)
		printf("]\n");
	else
		printf("%u of %u pairs execute the same on %s, nops apart\n", same, nr,
		       backend->name);
	return nr && same == nr;
}
