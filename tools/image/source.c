// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * DWARF, by libdw. Which unit an address is in we note ourselves, from the units' ranges:
 * .debug_aranges, by which libdw finds it, is not always there (clang makes none).
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>
#include "source.h"

struct range {
	u64 start, end;
	Dwarf_Off unit;
};

/* A file's name as the compiler was told it, and without "/../". */
struct name {
	const char *told;
	char *plain;
};

struct source {
	Dwarf *dwarf;
	struct name *names;
	u32 nr_names;
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

	if (!image->no_lines)
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
	for (u32 i = 0; i < source->nr_names; i++)
		free(source->names[i].plain);
	free(source->names);
	free(source->ranges);
	free(source);
}

/* "a/b/../c" becomes "a/c": headers are included by such names. */
static const char *plain(struct source *source, const char *told)
{
	char *name, *up, *before;

	for (u32 i = source->nr_names; i--;)
		if (source->names[i].told == told)
			return source->names[i].plain;
	name = strdup(told);
	while (name && (up = strstr(name, "/../"))) {
		*up = '\0';
		before = strrchr(name, '/');
		memmove(before ? before : name, before ? up + 3 : up + 4,
			strlen(before ? up + 3 : up + 4) + 1);
	}
	source->names = image_grow(source->names, source->nr_names, sizeof(*source->names));
	source->names[source->nr_names++] = (struct name) { told, name };
	return name;
}

/* The line that has no number, as code put together from several has, goes by the one before it. */
static Dwarf_Line *numbered(Dwarf_Die *unit, Dwarf_Line *row)
{
	Dwarf_Lines *lines;
	Dwarf_Addr addr, at;
	size_t count;
	int number;

	if (!row || dwarf_lineno(row, &number) || number > 0 || dwarf_lineaddr(row, &addr) ||
	    dwarf_getsrclines(unit, &lines, &count))
		return row;
	for (size_t i = 0; i < count; i++) {
		Dwarf_Line *line = dwarf_onesrcline(lines, i);

		if (dwarf_lineaddr(line, &at) || at > addr)
			break;
		if (!dwarf_lineno(line, &number) && number > 0)
			row = line;
	}
	return row;
}

bool source_line(struct source *source, u64 addr, const char **file, u32 *line)
{
	Dwarf_Line *row;
	Dwarf_Die die;
	int number;
	u32 count;

	if (!source || !source->nr_ranges)
		return false;
	count = image_before(&source->ranges->start, source->nr_ranges, sizeof(*source->ranges),
			     addr);
	if (!count || addr >= source->ranges[count - 1].end ||
	    !dwarf_offdie(source->dwarf, source->ranges[count - 1].unit, &die))
		return false;
	row = numbered(&die, dwarf_getsrc_die(&die, addr));
	*file = row ? dwarf_linesrc(row, NULL, NULL) : NULL;
	if (!*file || dwarf_lineno(row, &number) || number <= 0)
		return false;
	*file = plain(source, *file);
	*line = (u32)number;
	return true;
}
