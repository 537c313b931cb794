// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Hostile images for pvaudit: a good small one in which bytes are changed, or which is cut.
 * Whatever it says, reading and auditing it ends, and touches nothing but the file's own bytes.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "audit.h"
#include "note.h"

/* A linked one, and an object file. */
static u8 seeds[2][65536], file[65536];
static size_t sizes[2];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const names[] = { SEED ".elf", SEED ".o" };

	for (int i = 0; i < 2; i++) {
		int fd = open(names[i], O_RDONLY);
		ssize_t got = read(fd, seeds[i], sizeof(seeds[i]));

		if (got <= 0)
			abort();
		sizes[i] = (size_t)got;
		close(fd);
	}
	/* What is printed is not looked at. */
	if (!freopen("/dev/null", "w", stdout))
		abort();
	return 0;
}

/* Five bytes a change: where, how many, with what; 0 in front of them cuts the file there. */
static size_t change(const u8 *data, size_t size, const u8 *seed, size_t seed_size)
{
	size_t len = seed_size;

	memcpy(file, seed, seed_size);
	for (; size >= 5; data += 5, size -= 5) {
		size_t at = ((size_t)data[1] << 8 | data[2]) % seed_size;

		if (!data[0])
			len = at;
		else
			memset(file + at, data[4], at + 8 < seed_size ? data[3] % 8 + 1 : 1);
	}
	return len;
}

static void audit(const struct image *image)
{
	struct audit all = { .image = image, .hosts = ~0U };

	all.code = code_find(image);
	all.native = native_find(all.code);
	audit_sites(&all);
	audit_jumps(&all);
	audit_early(&all);
	audit_calls(&all);
	audit_instructions(&all);
	audit_waits(&all);
	for (u32 i = 0; i < all.nr_findings; i++)
		if (!memchr(all.findings[i].detail, 0, sizeof(all.findings[i].detail)))
			abort();
	native_free(all.native);
	code_free(all.code);
	free(all.findings);
	free(all.native_insns);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct image_options options = { .no_symbols = size & 1, .objects = true };
	u32 which = size >> 1 & 1;
	size_t len = change(data, size, seeds[which], sizes[which]);
	struct image_error error;
	struct image *image;
	char path[32];
	int fd = memfd_create("image", 0);

	if (fd < 0 || write(fd, file, len) != (ssize_t)len)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	image = image_open(path, &options, &error);
	if (image) {
		audit(image);
		note_print(image, NULL);
		image_close(image);
	} else if (!memchr(error.text, 0, sizeof(error.text)) || !error.text[0]) {
		abort();
	}
	close(fd);
	return 0;
}
