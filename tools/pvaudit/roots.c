// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Where instructions begin: what the image says itself. */
#include <string.h>
#include "code.h"
#include "linux.h"
#include "notes.h"

#define MB2_MAGIC		0xe85250d6
#define MB2_SEARCH		32768	/* its header is in the file's first bytes */
#define MB2_TAG_ENTRY		3
#define RECORD_MOST		512	/* bytes of a backend's record */

/* What an object's symbol covers, and the inner bytes of sites. */
static void mark(struct code *code)
{
	const struct image *image = code->image;

	for (u32 i = 0; i < image->nr_symbols; i++) {
		const struct image_symbol *symbol = image->symbols + i;
		u8 *map = symbol->kind == IMAGE_OBJECT ? code_map(code, symbol->addr) : NULL;

		if (map && image_at(image, symbol->addr, symbol->size))
			memset(map, CODE_DATA, symbol->size);
	}
	for (u32 i = 0; i < image->nr_sites; i++) {
		const struct image_site *site = image->sites + i;

		for (u32 n = 1; n < site->len; n++) {
			u8 *map = code_map(code, site->addr + n);

			if (map)
				*map |= CODE_SITE;
		}
	}
}

/* One that a loader enters at, by its physical address or plainly. */
static void add_entry(struct code *code, u64 addr, bool wide)
{
	if (!code_map(code, addr) && !image_virtual(code->image, addr, &addr))
		return;
	code_add(&code->entries, addr, wide);
	code_add(&code->todo, addr, wide);
}

/* Entries that Xen and PVH are told of. */
static void see_note(const struct note *note, void *arg)
{
	struct code *code = arg;

	if (strcmp(note->owner, "Xen"))
		return;
	if (note->type == XEN_ELFNOTE_PHYS32_ENTRY)
		add_entry(code, note_number(note), false);
	else if (note->type == XEN_ELFNOTE_ENTRY)
		add_entry(code, note_number(note), code->image->wide);
}

static u32 word(const u8 *at)
{
	return (u32)at[0] | (u32)at[1] << 8 | (u32)at[2] << 16 | (u32)at[3] << 24;
}

/* The entry of a multiboot2 header; its tags are 8-byte aligned. */
static void add_multiboot2(struct code *code)
{
	const struct image *image = code->image;
	size_t end = image->size < MB2_SEARCH ? image->size : MB2_SEARCH;

	for (size_t at = 0; at + 16 <= end; at += 8) {
		const u8 *header = image->bytes + at;
		u32 len = word(header + 8);

		if (word(header) != MB2_MAGIC ||
		    word(header) + word(header + 4) + len + word(header + 12) ||
		    len > end - at)
			continue;
		for (u32 tag = 16, size; tag + 12 <= len; tag += (size + 7) & ~7U) {
			size = word(header + tag + 4);
			if ((word(header + tag) & 0xffff) == MB2_TAG_ENTRY)
				add_entry(code, word(header + tag + 8), false);
			if (size < 8 || size > len - tag)
				break;
		}
	}
}

/* Where instructions that fault go on: pairs of distances. */
static void add_extables(struct code *code)
{
	static const char *const tables[][3] = {
		{ ".pvops_extable", "pvops_extable_start", "pvops_extable_end" },
		{ ".guest_extable", "guest_extable_start", "guest_extable_end" },
	};
	u64 distance;

	for (u32 i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		u64 start = 0, end = 0;

		image_span(code->image, tables[i][0], tables[i][1], tables[i][2], &start, &end);
		for (u64 at = start; at < end; at += 4) {
			if (!image_word(code->image, at, 4, &distance))
				break;
			code_add(&code->maybe, at + (u64)(s64)(s32)distance, code->image->wide);
		}
	}
}

/* What a run of addresses, or a record with a field for its size, has of code. */
static void add_pointers(struct code *code, u64 start, u64 end)
{
	u32 width = code->image->wide ? 8 : 4;
	u64 to;

	for (u64 at = start; at < end && image_pointer(code->image, at, &to); at += width)
		if (code_map(code, to))
			code_add(&code->todo, to, code->image->wide);
}

/* Functions that backends register, and those that the table has before there is a backend. */
static void add_registered(struct code *code)
{
	const struct image *image = code->image;
	u64 start, end, record, size;

	if (image_table(image, IMAGE_OPS, &start, &end))
		add_pointers(code, start, end);
	if (!image_table(image, IMAGE_BACKENDS, &start, &end))
		return;
	for (u64 at = start; at < end && image_pointer(image, at, &record);
	     at += image->wide ? 8 : 4)
		if (image_word(image, record + 4, 4, &size) && size <= RECORD_MOST)
			add_pointers(code, record + 8, record + size);
}

void code_add_roots(struct code *code)
{
	const struct image *image = code->image;

	mark(code);
	notes_each(image, see_note, code);
	add_multiboot2(code);
	/* By the notes it may be 32-bit code; then it has been followed. */
	code_follow(code);
	add_entry(code, image->entry, image->wide);
	for (u32 i = 0; i < image->nr_symbols; i++)
		if (image->symbols[i].kind == IMAGE_FUNC)
			code_add(&code->todo, image->symbols[i].addr, image->wide);
	code_follow(code);
	for (u32 i = 0; i < image->nr_sites; i++)
		code_add(&code->todo, image->sites[i].addr, image->wide);
	code_follow(code);
	add_registered(code);
	code_follow(code);
	linux_add_roots(code);
	code_follow(code);
	add_extables(code);
}
