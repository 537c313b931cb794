// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Who refers to whom, symbol by symbol; what is reached through a backend's registration, and by no
 * other way, is a backend's.
 */
#include <stdlib.h>
#include <string.h>
#include "native.h"

#define NOBODY	0xffffffffU	/* an address of no symbol */

struct edge {
	u32 from, to;
};

struct region {
	u64 start, end;
};

struct native {
	const struct code *code;
	struct edge *edges;
	u32 nr_edges;
	u32 *first;		/* of each symbol's edges, once they are sorted */
	bool *registry, *inside, *outside;
	u32 *queue, queued;
	struct region *regions;
	u32 nr_regions;
	u64 start, end;		/* of the symbol looked up last, which is @last */
	u32 last;
};

static u32 symbol_of(struct native *native, u64 addr)
{
	const struct image *image = native->code->image;
	const struct image_symbol *symbol;

	if (addr >= native->start && addr < native->end)
		return native->last;
	symbol = image_function(image, addr);
	if (!symbol)
		symbol = image_object(image, addr);
	if (!symbol)
		return NOBODY;
	native->start = symbol->addr;
	native->end = symbol->addr + symbol->size;
	native->last = (u32)(symbol - image->symbols);
	return native->last;
}

static void add_edge(struct native *native, u32 from, u64 target)
{
	u64 start = native->start, end = native->end;
	u32 last = native->last, to = symbol_of(native, target);

	/* Where the reference stands will be asked again sooner than where it leads. */
	native->start = start;
	native->end = end;
	native->last = last;
	if (to == NOBODY || to == from)
		return;
	native->edges = image_grow(native->edges, native->nr_edges, sizeof(*native->edges));
	native->edges[native->nr_edges++] = (struct edge) { from, to };
}

/* Jumps, and whatever else may be an address. */
static void see_insn(const struct insn *insn, u8 flags, void *arg)
{
	struct native *native = arg;
	const struct image *image = native->code->image;
	u32 from = symbol_of(native, insn->addr);
	u64 values[2], target;
	u32 count;

	(void)flags;
	if (insn_target(insn, &target)) {
		if (target < native->start || target >= native->end)
			add_edge(native, from, target);
		return;
	}
	count = insn_immediates(insn, values);
	while (count--)
		if (image_area_at(image, values[count]))
			add_edge(native, from, values[count]);
	if (insn_displacement(insn, &target) && image_area_at(image, target))
		add_edge(native, from, target);
}

static void see_data(struct native *native, const struct image_area *area)
{
	const struct image *image = native->code->image;
	u32 width = image->wide ? 8 : 4;
	u64 value;

	for (u64 at = 0; at + width <= area->size; at += width) {
		const struct image_symbol *function;
		u32 from;

		if (!image_pointer(image, area->addr + at, &value) || !image_area_at(image, value))
			continue;
		from = symbol_of(native, area->addr + at);
		function = image_function(image, value);
		/* A switch's table has no symbol, and leads into its own function. */
		if (from != NOBODY || !function || function->addr == value)
			add_edge(native, from, value);
	}
}

/* Records of backends, forms of ops and the table: what they lead to is a backend's. */
static void find_registry(struct native *native)
{
	const struct image *image = native->code->image;
	u32 width = image->wide ? 8 : 4;
	u64 start = 0, end = 0, record;

	image_table(image, IMAGE_BACKENDS, &start, &end);
	for (u64 at = start; at < end; at += width) {
		const struct image_symbol *symbol;

		if (!image_pointer(image, at, &record))
			break;
		symbol = image_object(image, record);
		if (symbol)
			native->registry[symbol - image->symbols] = true;
	}
	for (u32 i = 0; i < image->nr_symbols; i++) {
		const char *name = image->symbols[i].name;
		size_t len = strlen(name);

		if (image->symbols[i].kind == IMAGE_OBJECT &&
		    ((len > 6 && !strcmp(name + len - 6, "_forms")) ||
		     !strcmp(name, "pvops_table")))
			native->registry[i] = true;
	}
}

static int by_from(const void *left, const void *right)
{
	const struct edge *a = left, *b = right;

	return a->from < b->from ? -1 : a->from > b->from;
}

static void reach(struct native *native, bool *reached, u32 symbol)
{
	if (symbol == NOBODY || reached[symbol])
		return;
	reached[symbol] = true;
	native->queue[native->queued++] = symbol;
}

/* From what is in the queue; from outside a registration leads nowhere. */
static void follow(struct native *native, bool *reached)
{
	for (u32 done = 0; done < native->queued; done++) {
		u32 from = native->queue[done];

		if (reached == native->outside && native->registry[from])
			continue;
		for (u32 i = native->first[from]; i < native->nr_edges &&
		     native->edges[i].from == from; i++)
			reach(native, reached, native->edges[i].to);
	}
	native->queued = 0;
}

static void reach_inside(struct native *native)
{
	for (u32 i = 0; i < native->code->image->nr_symbols; i++)
		if (native->registry[i])
			reach(native, native->inside, i);
	follow(native, native->inside);
}

/* From what nobody refers to, or what is referred to from where there is no symbol. */
static void reach_outside(struct native *native)
{
	const struct image *image = native->code->image;
	bool *referred = image_alloc(image->nr_symbols, sizeof(*referred));

	for (u32 i = 0; i < native->nr_edges; i++) {
		if (native->edges[i].from == NOBODY)
			reach(native, native->outside, native->edges[i].to);
		else
			referred[native->edges[i].to] = true;
	}
	for (u32 i = 0; i < image->nr_symbols; i++)
		if (!referred[i])
			reach(native, native->outside, i);
	free(referred);
	reach(native, native->outside, symbol_of(native, image->entry));
	follow(native, native->outside);
}

static void find_regions(struct native *native)
{
	const struct image *image = native->code->image;
	u64 start = 0, end = 0, from, to;

	image_table(image, IMAGE_NATIVE, &start, &end);
	for (u64 at = start; at + 8 <= end; at += 8) {
		if (!image_word(image, at, 4, &from) || !image_word(image, at + 4, 4, &to))
			break;
		native->regions = image_grow(native->regions, native->nr_regions,
					     sizeof(*native->regions));
		native->regions[native->nr_regions++] = (struct region) {
			at + (u64)(s64)(s32)from, at + 4 + (u64)(s64)(s32)to,
		};
	}
}

struct native *native_find(const struct code *code)
{
	const struct image *image = code->image;
	struct native *native = image_alloc(1, sizeof(*native));

	native->code = code;
	native->first = image_alloc(image->nr_symbols, sizeof(*native->first));
	native->registry = image_alloc(image->nr_symbols, sizeof(*native->registry));
	native->inside = image_alloc(image->nr_symbols, sizeof(*native->inside));
	native->outside = image_alloc(image->nr_symbols, sizeof(*native->outside));
	native->queue = image_alloc(image->nr_symbols, sizeof(*native->queue));
	find_regions(native);
	find_registry(native);
	code_each(code, see_insn, native);
	for (u32 i = 0; i < image->nr_areas; i++)
		if (!image->areas[i].exec && image->areas[i].data)
			see_data(native, image->areas + i);
	if (native->nr_edges)
		qsort(native->edges, native->nr_edges, sizeof(*native->edges), by_from);
	for (u32 i = native->nr_edges; i--;)
		if (native->edges[i].from != NOBODY)
			native->first[native->edges[i].from] = i;
	reach_inside(native);
	reach_outside(native);
	return native;
}

void native_free(struct native *native)
{
	free(native->edges);
	free(native->first);
	free(native->registry);
	free(native->inside);
	free(native->outside);
	free(native->queue);
	free(native->regions);
	free(native);
}

bool native_at(const struct native *native, u64 addr)
{
	const struct image *image = native->code->image;
	const struct image_symbol *symbol = image_function(image, addr);
	const u8 *before = image_at(image, addr - CODE_FORCED, CODE_FORCED);

	for (u32 i = 0; i < native->nr_regions; i++)
		if (addr >= native->regions[i].start && addr < native->regions[i].end)
			return true;
	if (symbol && native->inside[symbol - image->symbols] &&
	    !native->outside[symbol - image->symbols])
		return true;
	/* Emulated, by who is asked to. */
	return before && code_is_forced(before, CODE_FORCED);
}
