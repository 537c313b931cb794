// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Sites that run before there is a table of ops: in what direct calls and jumps lead to from the
 * image's entries, short of pvops_guest_main(), with the records of boot protocols that an entry
 * hands on; and from the backends' detect() and init(), which the table waits for.
 */
#include <stdlib.h>
#include <string.h>
#include "audit.h"

#define RECORD_MOST	256	/* bytes of a record of a boot protocol */

/** struct early - @why: of each symbol: what leads there, NULL: nothing. @queue: @count of them. */
struct early {
	const struct image *image;
	const char **why;
	u32 *queue, count;
};

static const char from_enter[] = "called by pvops_boot_enter(), on the way to pvops_guest_main()";
static const char from_entry[] = "on the way from an entry of the image to pvops_boot_enter()";
static const char from_record[] = "led to by the boot protocol's record that an entry hands on";
static const char from_backend[] = "led to by a backend's detect() or init()";

static void reach(struct early *early, u64 addr, const char *why)
{
	const struct image_symbol *symbol = image_function(early->image, addr);
	u32 i;

	if (!symbol || !strcmp(symbol->name, "pvops_guest_main"))
		return;
	i = (u32)(symbol - early->image->symbols);
	if (early->why[i])
		return;
	early->why[i] = why;
	early->queue[early->count++] = i;
}

/* Functions that a record has, which code on the way from an entry has the address of. */
static void reach_record(struct early *early, u64 addr)
{
	const struct image_symbol *record = image_object(early->image, addr);
	u32 width = early->image->wide ? 8 : 4;
	u64 to;

	if (!record || record->addr != addr || record->size > RECORD_MOST)
		return;
	for (u64 at = 0; at + width <= record->size; at += width)
		if (image_pointer(early->image, addr + at, &to) && to) {
			const struct image_symbol *symbol = image_function(early->image, to);

			if (symbol && symbol->addr == to)
				reach(early, to, from_record);
		}
}

/* A label has no size: up to the next symbol. */
static u64 end_of(const struct image *image, const struct image_symbol *symbol)
{
	const struct image_symbol *next = symbol, *end = image->symbols + image->nr_symbols;
	const struct image_area *area = image_area_at(image, symbol->addr);

	if (!area)
		return symbol->addr;
	if (symbol->size)
		return image_at(image, symbol->addr, symbol->size) ? symbol->addr + symbol->size
								   : symbol->addr;
	while (next < end && next->addr == symbol->addr)
		next++;
	return next < end && next->addr - area->addr < area->size ? next->addr
								  : area->addr + area->size;
}

static void follow(struct early *early, const struct code *code, u32 number)
{
	const struct image_symbol *symbol = early->image->symbols + number;
	const char *why = early->why[number];
	u64 end = end_of(early->image, symbol), values[3];
	struct code_root to;
	struct insn insn;

	for (u64 at = symbol->addr; at < end; at++) {
		u32 count = 0;

		if (!code_insn(code, at, &insn))
			continue;
		if (code_target(code, &insn, &to)) {
			reach(early, to.addr, why);
		} else if (why == from_entry) {
			count = insn_immediates(&insn, values);
			count += insn_displacement(&insn, values + count);
		}
		while (count--)
			reach_record(early, values[count]);
	}
}

/* Both run before the table has anything; detect is the sixth pointer's field, init the next. */
static void reach_backends(struct early *early)
{
	const struct image *image = early->image;
	u32 width = image->wide ? 8 : 4;
	u64 detect = image->wide ? 40 : 24, start, end, record, to;

	if (!image_table(image, IMAGE_BACKENDS, &start, &end))
		return;
	for (u64 at = start; at < end && image_pointer(image, at, &record); at += width)
		for (u32 i = 0; i < 2; i++)
			if (image_pointer(image, record + detect + i * width, &to) && to)
				reach(early, to, from_backend);
}

void audit_early(struct audit *audit)
{
	const struct image *image = audit->image;
	const struct image_symbol *enter = image_symbol(image, "pvops_boot_enter");
	struct early early = {
		image, image_alloc(image->nr_symbols, sizeof(*early.why)),
		image_alloc(image->nr_symbols, sizeof(*early.queue)), 0,
	};
	u32 done = 0;

	if (enter && image_symbol(image, "pvops_guest_main")) {
		reach(&early, enter->addr, from_enter);
		for (; done < early.count; done++)
			follow(&early, audit->code, early.queue[done]);
		for (u32 i = 0; i < audit->code->entries.count; i++)
			reach(&early, audit->code->entries.roots[i].addr, from_entry);
	}
	reach_backends(&early);
	for (; done < early.count; done++)
		follow(&early, audit->code, early.queue[done]);
	for (u32 i = 0; i < image->nr_sites; i++) {
		const struct image_symbol *symbol = image_function(image, image->sites[i].addr);
		const char *why = symbol ? early.why[symbol - image->symbols] : NULL;
		struct finding *finding;

		if (!why)
			continue;
		finding = audit_add(audit, RULE_SITE_EARLY, image->sites[i].addr);
		finding->op = (int)image->sites[i].op;
		snprintf(finding->detail, sizeof(finding->detail), "%s() is %s", symbol->name, why);
	}
	free(early.why);
	free(early.queue);
}
