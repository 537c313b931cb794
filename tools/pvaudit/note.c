// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Reading the ABI note, and holding it against what a loader has. */
#include <stdlib.h>
#include <string.h>
#include <pvops/note.h>
#include "note.h"
#include "notes.h"

#define MAX_NAMES	64

/** struct abi - the notes together. @found: one bit a type. @bad: one that makes no sense. */
struct abi {
	const struct image *image;
	u32 found;
	bool bad;
	u32 abi, nr_ops, digest;
	const char *version;
	const char *families[MAX_NAMES], *backends[MAX_NAMES];
	u32 nr_families, nr_backends;
};

static void read_version(struct abi *abi, const struct note *note)
{
	struct note word = { "", 0, 4, note->desc };

	if (note->len <= 12 || note->desc[note->len - 1]) {
		abi->bad = true;
		return;
	}
	abi->abi = (u32)note_number(&word);
	word.desc += 4;
	abi->nr_ops = (u32)note_number(&word);
	word.desc += 4;
	abi->digest = (u32)note_number(&word);
	abi->version = (const char *)note->desc + 12;
}

static void read_names(struct abi *abi, const struct note *note, const char **names, u32 *count)
{
	const char *name = (const char *)note->desc, *end = name + note->len;

	if (!note->len || end[-1]) {
		abi->bad = true;
		return;
	}
	for (; name < end && *count < MAX_NAMES; name += strlen(name) + 1)
		names[(*count)++] = name;
}

/* Records behind addresses; the name is the third field of struct pvops_backend. */
static void read_backends(struct abi *abi, const struct note *note)
{
	u32 width = abi->image->wide ? 8 : 4;
	struct note start = { "", 0, width, note->desc };
	struct note end = { "", 0, width, note->desc + width };
	u64 record, name;

	if (note->len != 2 * width) {
		abi->bad = true;
		return;
	}
	for (u64 at = note_number(&start);
	     at < note_number(&end) && abi->nr_backends < MAX_NAMES; at += width) {
		const char *text = NULL;

		if (image_pointer(abi->image, at, &record) &&
		    image_pointer(abi->image, record + 8, &name))
			text = image_text(abi->image, name);
		if (!text) {
			abi->bad = true;
			return;
		}
		abi->backends[abi->nr_backends++] = text;
	}
}

/* What is in them image_read_abi() has taken. */
static void check_tables(struct abi *abi, const struct note *note)
{
	u32 pair = abi->image->wide ? 16 : 8;

	if (note->len < 2 * pair || note->len % pair)
		abi->bad = true;
}

static void see(const struct note *note, void *arg)
{
	struct abi *abi = arg;

	if (strcmp(note->owner, PVOPS_NOTE_OWNER))
		return;
	/* One of each: a second is somebody else's idea. */
	if (note->type < 32 && abi->found & 1U << note->type) {
		abi->bad = true;
		return;
	}
	if (note->type < 32)
		abi->found |= 1U << note->type;
	if (note->type == PVOPS_NOTE_VERSION)
		read_version(abi, note);
	else if (note->type == PVOPS_NOTE_FAMILIES)
		read_names(abi, note, abi->families, &abi->nr_families);
	else if (note->type == PVOPS_NOTE_BACKENDS)
		read_backends(abi, note);
	else if (note->type == PVOPS_NOTE_NAMES)
		read_names(abi, note, abi->backends, &abi->nr_backends);
	else if (note->type == PVOPS_NOTE_TABLES)
		check_tables(abi, note);
}

static bool among(const char *const *names, u32 count, const char *name, size_t len)
{
	while (count--)
		if (strlen(names[count]) == len && !strncmp(names[count], name, len))
			return true;
	return false;
}

static int refuse(const struct abi *abi, const char *why, const char *what, size_t len)
{
	fprintf(stderr, "pvaudit: %s: refused: %s%.*s\n", abi->image->path, why, (int)len, what);
	return 1;
}

/* All families of the image must be among those that are named, if any is. */
static int check_families(const struct abi *abi, const char *needs)
{
	const char *known[MAX_NAMES];
	size_t lens[MAX_NAMES];
	u32 count = 0;

	for (size_t len; *needs; needs += len + (needs[len] == ',')) {
		len = strcspn(needs, ",");
		if (!strncmp(needs, "family:", 7) && count < MAX_NAMES) {
			known[count] = needs + 7;
			lens[count++] = len - 7;
		}
	}
	for (u32 i = 0; count && i < abi->nr_families; i++) {
		bool there = false;

		for (u32 n = 0; n < count; n++)
			there |= lens[n] == strlen(abi->families[i]) &&
				 !strncmp(known[n], abi->families[i], lens[n]);
		if (!there)
			return refuse(abi, "needs op family ", abi->families[i],
				      strlen(abi->families[i]));
	}
	return 0;
}

static int check(const struct abi *abi, const char *needs)
{
	for (const char *word = needs; *word;) {
		size_t len = strcspn(word, ",");

		if (!strncmp(word, "abi:", 4)) {
			char *end;

			if (strtoul(word + 4, &end, 0) != abi->abi || end != word + len)
				return refuse(abi, "its ABI is not ", word + 4, len - 4);
		} else if (!strncmp(word, "backend:", 8)) {
			if (!among(abi->backends, abi->nr_backends, word + 8, len - 8))
				return refuse(abi, "has no backend ", word + 8, len - 8);
		} else if (strncmp(word, "family:", 7)) {
			fprintf(stderr,
				"pvaudit: --needs: abi:N backend:NAME family:NAME, not %.*s\n",
				(int)len, word);
			return 2;
		}
		word += len + (word[len] == ',');
	}
	return check_families(abi, needs);
}

int note_print(const struct image *image, const char *needs)
{
	struct abi abi = { .image = image };
	u32 all = 1U << PVOPS_NOTE_VERSION | 1U << PVOPS_NOTE_FAMILIES;

	notes_each(image, see, &abi);
	if (abi.bad || (abi.found & all) != all) {
		fprintf(stderr, "pvaudit: %s: %s\n", image->path,
			abi.found ? "its pvops note makes no sense" : "has no pvops note");
		return 2;
	}
	printf("version %s\nabi %u\nops %u, digest %08x\nfamilies", abi.version, abi.abi,
	       abi.nr_ops, abi.digest);
	for (u32 i = 0; i < abi.nr_families; i++)
		printf(" %s", abi.families[i]);
	printf("\nbackends");
	/* A backend may have several records, one for each that can be below it. */
	for (u32 i = 0; i < abi.nr_backends; i++)
		if (!among(abi.backends, i, abi.backends[i], strlen(abi.backends[i])))
			printf(" %s", abi.backends[i]);
	printf("%s\n", abi.nr_backends ? "" : " of the kernel's own");
	if (abi.found & 1U << PVOPS_NOTE_TABLES)
		printf("sites %u, at 0x%llx; table at 0x%llx\n", image->nr_sites,
		       image->abi.start[IMAGE_SITES], image->abi.start[IMAGE_OPS]);
	return needs ? check(&abi, needs) : 0;
}
