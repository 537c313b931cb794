// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What the image's own ABI note says of its tables, for images without symbols. */
#include <string.h>
#include <pvops/note.h>
#include "notes.h"

static u64 take(struct note *word, u32 size)
{
	u64 value;

	word->len = size;
	value = note_number(word);
	word->desc += size;
	return value;
}

static void see_note(const struct note *note, void *arg)
{
	struct image *image = arg;
	struct image_abi *abi = &image->abi;
	struct note word = { "", 0, 0, note->desc };
	u32 width = image->wide ? 8 : 4, first = IMAGE_SITES, count = 0;

	if (strcmp(note->owner, PVOPS_NOTE_OWNER))
		return;
	if (note->type == PVOPS_NOTE_VERSION && note->len >= 12) {
		abi->there = true;
		take(&word, 4);
		abi->nr_ops = (u32)take(&word, 4);
		abi->digest = (u32)take(&word, 4);
	} else if (note->type == PVOPS_NOTE_BACKENDS) {
		first = IMAGE_BACKENDS;
		count = 1;
	} else if (note->type == PVOPS_NOTE_TABLES) {
		count = IMAGE_NR_TABLES - IMAGE_SITES;
	}
	for (u32 i = 0; i < count && note->len / width >= 2 * (i + 1); i++) {
		abi->start[first + i] = take(&word, width);
		abi->end[first + i] = take(&word, width);
	}
}

void image_read_abi(struct image *image)
{
	notes_each(image, see_note, image);
}

bool image_table(const struct image *image, enum image_table table, u64 *start, u64 *end)
{
	static const char *const names[IMAGE_NR_TABLES][3] = {
		[IMAGE_BACKENDS] = { ".pvops_backends", "pvops_backends_start",
				     "pvops_backends_end" },
		[IMAGE_SITES] = { ".pvops_sites", "pvops_sites_start", "pvops_sites_end" },
		[IMAGE_OPS] = { "", "", "" },
		[IMAGE_NATIVE] = { ".pvops_native", "pvops_native_start", "pvops_native_end" },
	};
	const char *const *name = names[table];

	if (name[0][0] && image_span(image, name[0], name[1], name[2], start, end))
		return true;
	*start = image->abi.start[table];
	*end = image->abi.end[table];
	return *end;
}
