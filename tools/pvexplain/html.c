// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * One page: page.html, with the data in the place that it has for them. What a reader looks at is
 * made by the page's own script.
 *
 * Texts are numbers into one list of them, for most are there many times. A function is a list of
 * rows: [0, address, text]; [1, address, op, texts: before, then one a backend]; [2, how many
 * instructions are left out]: those that are not near a site.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "explain.h"

#define NEAR	4		/* instructions before and behind a site */

extern const char page_start[], page_end[];
asm(".pushsection .rodata\n"
    "page_start:\n"
    ".incbin \"" PAGE "\"\n"
    "page_end:\n"
    ".popsection");

static const char place[] = "/*DATA*/null";

/* Texts that have been written, by a hash; open addressing. */
struct texts {
	char **list;
	u32 nr;
	u32 *slots;
	u32 nr_slots;
};

static u32 hash(const char *text)
{
	u32 value = 2166136261U;

	for (; *text; text++)
		value = (value ^ (u8)*text) * 16777619U;
	return value;
}

static void rehash(struct texts *texts)
{
	free(texts->slots);
	texts->nr_slots = texts->nr_slots ? 2 * texts->nr_slots : 4096;
	texts->slots = image_alloc(texts->nr_slots, sizeof(u32));
	for (u32 i = 0; i < texts->nr; i++) {
		u32 at = hash(texts->list[i]) % texts->nr_slots;

		while (texts->slots[at])
			at = (at + 1) % texts->nr_slots;
		texts->slots[at] = i + 1;
	}
}

/* The number of a text. */
static u32 number(struct texts *texts, const char *text)
{
	u32 at;

	if (2 * texts->nr >= texts->nr_slots)
		rehash(texts);
	at = hash(text) % texts->nr_slots;
	for (; texts->slots[at]; at = (at + 1) % texts->nr_slots)
		if (!strcmp(texts->list[texts->slots[at] - 1], text))
			return texts->slots[at] - 1;
	texts->list = image_grow(texts->list, texts->nr, sizeof(char *));
	texts->list[texts->nr] = image_alloc(strlen(text) + 1, 1);
	strcpy(texts->list[texts->nr++], text);
	texts->slots[at] = texts->nr;
	return texts->nr - 1;
}

struct page {
	const struct world *world;
	struct backend *const *chosen;
	u32 nr;
	struct texts texts;
	FILE *file;
};

static u32 text_of_site(struct page *page, const struct backend *backend, u32 nr)
{
	char text[512];

	return number(&page->texts, site_text(page->world, backend, nr, text, sizeof(text)));
}

static u32 bytes_of_site(struct page *page, const struct backend *backend, u32 nr)
{
	const u8 *bytes = site_bytes(page->world, backend, nr);
	char hex[64];

	return number(&page->texts, insn_hex(bytes, bytes ? page->world->image->sites[nr].len : 0,
					     hex, sizeof(hex)));
}

/* [name, base, set at boot, own forms, others that are the same] */
static void put_backends(struct page *page)
{
	fprintf(page->file, "backends:[");
	for (u32 i = 0; i < page->nr; i++) {
		const struct backend *backend = page->chosen[i];
		u32 own = 0;

		for (u32 op = 0; op < page->world->image->nr_ops; op++)
			own += backend->own[op];
		fprintf(page->file, "%s[", i ? "," : "");
		json_text(page->file, backend->name);
		fprintf(page->file, ",");
		json_text(page->file, backend->base ? backend->base : "");
		fprintf(page->file, ",%d,%u,", backend->at_boot, own);
		json_text(page->file, backend->also);
		fprintf(page->file, "]");
	}
	fprintf(page->file, "],\n");
}

/* [op, kind, sites, bytes, [bytes, text] before, then [form, bytes, text] of each backend] */
static void put_groups(struct page *page)
{
	struct group *groups;
	u32 nr = site_groups(page->world->image, &groups);
	char name[40];

	fprintf(page->file, "groups:[");
	for (u32 i = 0; i < nr; i++) {
		const struct group *group = groups + i;

		fprintf(page->file, "%s\n[", i ? "," : "");
		json_text(page->file,
			  image_op_name(page->world->image, group->op, name, sizeof(name)));
		fprintf(page->file, ",\"%s\",%u,%u,[%u,%u]", kind_name(group->kind), group->count,
			group->bytes, bytes_of_site(page, NULL, group->first),
			text_of_site(page, NULL, group->first));
		for (u32 j = 0; j < page->nr; j++)
			fprintf(page->file, ",[%u,%u,%u]",
				page->chosen[j]->shapes[group->first],
				bytes_of_site(page, page->chosen[j], group->first),
				text_of_site(page, page->chosen[j], group->first));
		fprintf(page->file, "]");
	}
	fprintf(page->file, "],\n");
	free(groups);
}

/* An instruction's row, as long as it is near a site; how many have been left out. */
struct rows {
	u32 nr, left_out, waiting, since;
	u64 addrs[NEAR];
};

static void put_plain(struct page *page, struct rows *rows, u64 addr)
{
	const struct image_area *area = image_area_at(page->world->image, addr);
	u64 offset = addr - area->addr;
	char text[200];

	insn_text(page->world->image, area->data + offset, area->size - offset, addr, text,
		  sizeof(text));
	fprintf(page->file, "%s[0,\"%llx\",%u]", rows->nr++ ? "," : "", addr,
		number(&page->texts, text));
}

/* What waits has a site behind it, or the function's end. */
static void put_waiting(struct page *page, struct rows *rows, bool site)
{
	u32 from = site ? 0 : rows->waiting;

	rows->left_out += from;
	if (rows->left_out)
		fprintf(page->file, "%s[2,%u]", rows->nr++ ? "," : "", rows->left_out);
	for (u32 i = from; i < rows->waiting; i++)
		put_plain(page, rows, rows->addrs[i]);
	rows->left_out = 0;
	rows->waiting = 0;
}

static void put_site(struct page *page, struct rows *rows, u32 nr)
{
	const struct image_site *site = page->world->image->sites + nr;
	char text[40];
	const char *name = image_op_name(page->world->image, site->op, text, sizeof(text));

	put_waiting(page, rows, true);
	fprintf(page->file, "%s[1,\"%llx\",%u,[%u", rows->nr++ ? "," : "", site->addr,
		number(&page->texts, name), text_of_site(page, NULL, nr));
	for (u32 i = 0; i < page->nr; i++)
		fprintf(page->file, ",%u", text_of_site(page, page->chosen[i], nr));
	fprintf(page->file, "]]");
	rows->since = 0;
}

/* A function whose first site is number @nr; returns the first one behind it. */
static u32 put_function(struct page *page, const struct image_symbol *symbol, u32 nr)
{
	const struct image *image = page->world->image;
	u64 end = symbol->addr + function_size(image, symbol);
	struct rows rows = { .since = NEAR };
	struct insn insn;

	fprintf(page->file, "[");
	json_text(page->file, symbol->name);
	fprintf(page->file, ",\"%llx\",[", symbol->addr);
	for (u64 at = symbol->addr; at < end;) {
		while (nr < image->nr_sites && image->sites[nr].addr < at)
			nr++;
		if (nr < image->nr_sites && image->sites[nr].addr == at) {
			put_site(page, &rows, nr);
			at += image->sites[nr].len ? image->sites[nr].len : 1;
			continue;
		}
		if (rows.since < NEAR) {
			rows.since++;
			put_plain(page, &rows, at);
		} else if (rows.waiting < NEAR) {
			rows.addrs[rows.waiting++] = at;
		} else {
			rows.left_out++;
			memmove(rows.addrs, rows.addrs + 1, sizeof(rows.addrs) - sizeof(u64));
			rows.addrs[NEAR - 1] = at;
		}
		at = insn_at(image, at, &insn) ? insn_next(&insn) : at + 1;
	}
	put_waiting(page, &rows, false);
	fprintf(page->file, "]]");
	return site_from(image, end);
}

static void put_functions(struct page *page)
{
	const struct image *image = page->world->image;
	u32 nr = 0, put = 0, end;

	fprintf(page->file, "functions:[");
	while (nr < image->nr_sites) {
		const struct image_symbol *symbol = image_function(image, image->sites[nr].addr);

		if (!symbol || !image_at(image, symbol->addr, function_size(image, symbol))) {
			nr++;
			continue;
		}
		fprintf(page->file, "%s\n", put++ ? "," : "");
		nr++;
		end = put_function(page, symbol, site_from(image, symbol->addr));
		nr = end > nr ? end : nr;
	}
	fprintf(page->file, "],\n");
}

static void put_data(struct page *page)
{
	const struct image *image = page->world->image;

	fprintf(page->file, "{image:");
	json_text(page->file, image->path);
	fprintf(page->file, ",bits:%u,ops:%u,sites:%u,records:%llu,\nshapes:[",
		image->wide ? 64 : 32, image->nr_ops, image->nr_sites, image->record_bytes);
	for (u32 i = 0; i < PVOPS_NR_SHAPES; i++)
		fprintf(page->file, "%s\"%s\"", i ? "," : "", shape_name(i));
	fprintf(page->file, "],\n");
	put_backends(page);
	put_groups(page);
	put_functions(page);
	fprintf(page->file, "texts:[");
	for (u32 i = 0; i < page->texts.nr; i++) {
		fprintf(page->file, "%s", i ? "," : "");
		json_text(page->file, page->texts.list[i]);
		free(page->texts.list[i]);
	}
	fprintf(page->file, "]}");
	free(page->texts.list);
	free(page->texts.slots);
}

bool write_html(const struct world *world, const char *path, struct backend *const *chosen, u32 nr)
{
	struct backend *columns[nr];
	struct page page = { .world = world, .chosen = columns, .file = fopen(path, "w") };
	size_t size = (size_t)(page_end - page_start);
	const char *at = memmem(page_start, size, place, sizeof(place) - 1);
	bool ok = page.file && at;

	memcpy(columns, chosen, nr * sizeof(*chosen));
	page.nr = distinct(world, columns, nr);
	if (ok) {
		fwrite(page_start, (size_t)(at - page_start), 1, page.file);
		put_data(&page);
		at += sizeof(place) - 1;
		fwrite(at, (size_t)(page_end - at), 1, page.file);
		ok = !ferror(page.file);
		ok = !fclose(page.file) && ok;
	}
	if (!ok)
		fprintf(stderr, "pvexplain: %s: %s\n", path, strerror(errno));
	return ok;
}
