// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The ops that an image has, and where its sites are. */
#include <stdlib.h>
#include <string.h>
#include <pvops/note.h>
#include "image.h"
#include "notes.h"

/* The lists of this source tree: the library's, with Linux's own rows behind it. */
#define PVOPS_ROW(op, bytes, fam, less, gates) { .name = op, .room = bytes, .gate = gates },
static const struct pvops_op_row known_wide[] = {
#include <pvops64/ops-names.h>
};

static const struct pvops_op_row known_narrow[] = {
#include <pvops32/ops-names.h>
};

#undef PVOPS_ROW
#define MAX_TABLE	(8 * 65536)	/* a record has 16 bits for an op */
#define NR_KNOWN(list) (sizeof(list) / sizeof((list)[0]))

/*
 * CRC-32 as zlib has it: of names, rooms and gates, line by line; tools/genops puts it into the
 * note.
 */
static u32 digest_of(const struct pvops_op_row *ops, u64 count)
{
	u32 crc = ~0U;

	for (u64 op = 0; op < count; op++) {
		char line[80];

		snprintf(line, sizeof(line), "%s %u %u\n", ops[op].name, ops[op].room,
			 ops[op].gate);
		for (const char *at = line; *at; at++) {
			crc ^= (u8)*at;
			for (int bit = 0; bit < 8; bit++)
				crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		}
	}
	return ~crc;
}

struct told {
	bool there;
	u32 nr_ops, digest;
};

static void see_note(const struct note *note, void *arg)
{
	struct told *told = arg;
	struct note word = { "", 0, 4, note->desc };

	if (strcmp(note->owner, PVOPS_NOTE_OWNER) || note->type != PVOPS_NOTE_VERSION ||
	    note->len < 12)
		return;
	told->there = true;
	word.desc += 4;
	told->nr_ops = (u32)note_number(&word);
	word.desc += 4;
	told->digest = (u32)note_number(&word);
}

/* The table says how many, the note whether they are those of the list here. */
void image_read_ops(struct image *image)
{
	const struct image_symbol *table = image_symbol(image, "pvops_table");
	const struct pvops_op_row *known = image->wide ? known_wide : known_narrow;
	u64 nr_known = image->wide ? NR_KNOWN(known_wide) : NR_KNOWN(known_narrow);
	u64 count = nr_known;
	struct told told = { };
	bool same;

	notes_each(image, see_note, &told);
	if (table)
		image->table = table->addr;
	if (table && table->size && table->size < MAX_TABLE)
		count = table->size / (image->wide ? 8 : 4);
	else if (told.there && told.nr_ops < MAX_TABLE / 8)
		count = told.nr_ops;
	same = count <= nr_known;
	if (same && told.there)
		same = told.nr_ops == count && told.digest == digest_of(known, count);
	image->ops = image_alloc(count, sizeof(*image->ops));
	while (image->nr_ops < count) {
		image->ops[image->nr_ops] = same ? known[image->nr_ops]
						 : (struct pvops_op_row) { .name = "?" };
		image->nr_ops++;
	}
}

static int by_address(const void *left, const void *right)
{
	const struct image_site *a = left, *b = right;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return a->record < b->record ? -1 : a->record > b->record;
}

/* Where the records are: a section of their own, or what the linker fragment says. */
static bool find_records(const struct image *image, u64 *start, u64 *end)
{
	const struct image_area *area = image_area_named(image, ".pvops_sites");
	const struct image_symbol *first = image_symbol(image, "pvops_sites_start");
	const struct image_symbol *last = image_symbol(image, "pvops_sites_end");

	if (area) {
		*start = area->addr;
		*end = area->addr + area->size;
	} else if (first && last) {
		*start = first->addr;
		*end = last->addr;
	} else {
		return false;
	}
	return true;
}

bool image_read_sites(struct image *image, struct image_error *error)
{
	u64 start, end;

	if (!find_records(image, &start, &end) || start == end)
		return true;
	if (end < start || (end - start) % sizeof(struct pvops_site) ||
	    !image_at(image, start, end - start))
		return image_fail(error, "the records of sites make no sense: 0x%llx to 0x%llx",
				  start, end);
	image->record_bytes = end - start;
	image->sites = image_alloc((end - start) / sizeof(struct pvops_site),
				   sizeof(*image->sites));
	for (u64 at = start; at < end; at += sizeof(struct pvops_site)) {
		const u8 *row = image_at(image, at, sizeof(struct pvops_site));
		s32 offset = (s32)((u32)row[0] | (u32)row[1] << 8 | (u32)row[2] << 16 |
				   (u32)row[3] << 24);
		u64 addr = at + (u64)(s64)offset;

		image->sites[image->nr_sites++] = (struct image_site) {
			.addr = image->wide ? addr : (u32)addr, .record = at,
			.op = (u32)row[4] | (u32)row[5] << 8, .len = row[6], .kind = row[7],
		};
	}
	qsort(image->sites, image->nr_sites, sizeof(*image->sites), by_address);
	return true;
}

const char *image_op_name(const struct image *image, u32 op, char *text, size_t size)
{
	if (op < image->nr_ops && image->ops[op].room)
		return image->ops[op].name;
	snprintf(text, size, "op %u", op);
	return text;
}
