// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * DWARF, by libdw. Which unit an address is in we note ourselves, from the units' ranges:
 * .debug_aranges, by which libdw finds it, is not always there (clang makes none).
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include "source.h"

struct range {
	u64 start, end;
	Dwarf_Off unit;
};

struct source {
	Dwarf *dwarf;
	struct range *ranges;
	u32 nr_ranges;
};

static int by_start(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

static void add_unit(struct source *source, Dwarf_Die *unit)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(unit, at, &base, &start, &end)) > 0) {
		/* Sections that were dropped by the linker lie at 0. */
		if (!start || end <= start)
			continue;
		source->ranges = image_grow(source->ranges, source->nr_ranges,
					    sizeof(*source->ranges));
		source->ranges[source->nr_ranges++] = (struct range) {
			start, end, dwarf_dieoffset(unit),
		};
	}
}

struct source *source_open(const struct image *image)
{
	struct source *source = image_alloc(1, sizeof(*source));
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;

	source->dwarf = dwarf_begin_elf(image->elf, DWARF_C_READ, NULL);
	if (!source->dwarf) {
		free(source);
		return NULL;
	}
	while (!dwarf_get_units(source->dwarf, unit, &unit, NULL, NULL, &die, NULL))
		add_unit(source, &die);
	if (source->nr_ranges)
		qsort(source->ranges, source->nr_ranges, sizeof(*source->ranges), by_start);
	return source;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	dwarf_end(source->dwarf);
	free(source->ranges);
	free(source);
}

bool source_line(struct source *source, u64 addr, const char **file, u32 *line)
{
	u32 low = 0, high = source ? source->nr_ranges : 0;
	Dwarf_Line *row;
	Dwarf_Die die;
	int number;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (source->ranges[mid].start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || addr >= source->ranges[low - 1].end ||
	    !dwarf_offdie(source->dwarf, source->ranges[low - 1].unit, &die))
		return false;
	row = dwarf_getsrc_die(&die, addr);
	*file = row ? dwarf_linesrc(row, NULL, NULL) : NULL;
	if (!*file || dwarf_lineno(row, &number) || number <= 0)
		return false;
	*line = (u32)number;
	return true;
}
