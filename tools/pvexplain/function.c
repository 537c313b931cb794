// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* A function as it will be executed, on several hosts side by side. */
#include <stdlib.h>
#include <string.h>
#include "explain.h"

#define WIDTH		44	/* of a column */
#define MAX_LINES	16	/* instructions in place of one site */

u64 function_size(const struct image *image, const struct image_symbol *symbol)
{
	const struct image_area *area = image_area_at(image, symbol->addr);
	u64 end;

	if (symbol->size || !area)
		return symbol->size;
	/* Up to the next one. */
	end = area->addr + area->size;
	for (u32 i = (u32)(symbol - image->symbols); i < image->nr_symbols; i++)
		if (image->symbols[i].addr > symbol->addr)
			return (image->symbols[i].addr < end ? image->symbols[i].addr : end) -
			       symbol->addr;
	return end - symbol->addr;
}

bool function_named(const struct image *image, const char *name, u64 *addr, u64 *size)
{
	const struct image_symbol *symbol = image_symbol(image, name);
	char *rest;
	u64 at;

	if (!symbol) {
		at = strtoull(name, &rest, 0);
		if (*rest || rest == name)
			return false;
		symbol = image_function(image, at);
	}
	if (!symbol || symbol->kind == IMAGE_OBJECT)
		return false;
	*addr = symbol->addr;
	*size = function_size(image, symbol);
	return *size && image_at(image, *addr, *size);
}

u8 *function_bytes(const struct world *world, const struct backend *backend, u64 addr, u64 size)
{
	const struct image *image = world->image;
	const u8 *before = image_at(image, addr, size);
	u8 *bytes;

	if (!before)
		return NULL;
	bytes = image_alloc(size, 1);
	memcpy(bytes, before, size);
	for (u32 i = site_from(image, addr); backend && i < image->nr_sites; i++) {
		const struct image_site *site = image->sites + i;

		if (site->addr - addr >= size)
			break;
		if (site->len <= size - (site->addr - addr) &&
		    backend->shapes[i] != PVOPS_SHAPE_TABLE)
			memcpy(bytes + (site->addr - addr), site_bytes(world, backend, i),
			       site->len);
	}
	return bytes;
}

/* Columns: the function before patching, then once for all backends that it is the same on. */
struct column {
	char title[WIDTH];
	char also[200];
	u8 *bytes;
};

static u32 make_columns(const struct world *world, u64 addr, u64 size,
			struct backend *const *chosen, u32 nr, struct column *columns)
{
	u32 used = 1;

	columns[0] = (struct column) { .title = "before patching" };
	columns[0].bytes = function_bytes(world, NULL, addr, size);
	for (u32 i = 0; i < nr; i++) {
		u8 *bytes = function_bytes(world, chosen[i], addr, size);
		u32 at = 1;

		while (at < used && memcmp(columns[at].bytes, bytes, size))
			at++;
		if (at == used) {
			columns[used] = (struct column) { .bytes = bytes };
			snprintf(columns[used].title, sizeof(columns[used].title), "%s",
				 chosen[i]->name);
			used++;
		} else {
			size_t len = strlen(columns[at].also);

			snprintf(columns[at].also + len, sizeof(columns[at].also) - len, "%s%s",
				 len ? ", " : "", chosen[i]->name);
			free(bytes);
		}
	}
	return used;
}

struct line {
	char text[160];
};

/* Instructions of [from, to) of a column; one that goes beyond is taken whole. */
static u32 disassemble(const struct image *image, const struct column *column, u64 addr, u64 size,
		       u64 from, u64 to, struct line *lines)
{
	u32 nr = 0;

	/* A site may go beyond the function that it begins in. */
	to = to < addr + size ? to : addr + size;
	while (from < to && nr < MAX_LINES) {
		from += insn_text(image, column->bytes + (from - addr), size - (from - addr), from,
				  lines[nr].text, sizeof(lines[nr].text));
		nr++;
	}
	return nr;
}

/* Where what a site changes ends: a lead's prefixes go before the instruction behind it. */
static u64 site_end(const struct image *image, const struct image_site *site)
{
	struct insn insn;

	if (site->kind == PVOPS_SITE_LEAD && insn_at(image, site->addr + site->len, &insn))
		return insn_next(&insn);
	return site->addr + site->len;
}

/* One row, or as many as the site needs in the column where it is longest. */
static void print_rows(const struct image *image, const struct column *columns, u32 nr, u64 addr,
		       u64 size, u64 from, u64 to, bool site)
{
	struct line lines[nr][MAX_LINES];
	u32 counts[nr], rows = 1;

	for (u32 i = 0; i < nr; i++) {
		counts[i] = disassemble(image, columns + i, addr, size, from, to, lines[i]);
		rows = counts[i] > rows ? counts[i] : rows;
	}
	for (u32 row = 0; row < rows; row++) {
		char where[20] = "";

		if (!row)
			snprintf(where, sizeof(where), "%llx", from);
		printf("%18s %c", where, site ? '>' : ' ');
		for (u32 i = 0; i < (site ? nr : 1); i++)
			printf(" %-*s", i + 1 < nr && site ? WIDTH : 0,
			       row < counts[i] ? lines[i][row].text : "");
		printf("\n");
	}
}

bool print_function(const struct world *world, const char *name, struct backend *const *chosen,
		    u32 nr)
{
	const struct image *image = world->image;
	struct column columns[nr + 1];
	u64 addr, size, at;
	u32 used, site;

	if (!function_named(image, name, &addr, &size))
		return false;
	used = make_columns(world, addr, size, chosen, nr, columns);
	printf("%s: %llu bytes\n", name, size);
	for (u32 i = 0; i < used; i++)
		if (columns[i].also[0])
			printf("as on %s: on %s\n", columns[i].title, columns[i].also);
	printf("%20s", "");
	for (u32 i = 0; i < used; i++)
		printf(" %-*s", i + 1 < used ? WIDTH : 0, columns[i].title);
	printf("\n");
	site = site_from(image, addr);
	for (at = addr; at < addr + size;) {
		struct insn insn;
		u64 end;

		while (site < image->nr_sites && image->sites[site].addr < at)
			site++;
		if (site < image->nr_sites && image->sites[site].addr == at) {
			end = site_end(image, image->sites + site);
			print_rows(image, columns, used, addr, size, at, end, true);
		} else {
			end = insn_at(image, at, &insn) ? insn_next(&insn) : at + 1;
			print_rows(image, columns, used, addr, size, at, end, false);
		}
		at = end;
	}
	for (u32 i = 0; i < used; i++)
		free(columns[i].bytes);
	return true;
}
