// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The image as it is after patching, for other tools to look at: the same file, other sites. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "explain.h"

bool write_image(const struct world *world, const char *path, const struct backend *backend)
{
	const struct image *image = world->image;
	u8 *bytes = image_alloc(image->size, 1);
	FILE *file = fopen(path, "w");
	bool ok = false;

	memcpy(bytes, image->bytes, image->size);
	for (u32 i = 0; i < image->nr_sites; i++) {
		const u8 *before = site_bytes(world, NULL, i);

		if (backend->shapes[i] != PVOPS_SHAPE_TABLE)
			memcpy(bytes + (before - image->bytes), site_bytes(world, backend, i),
			       image->sites[i].len);
	}
	if (file) {
		ok = fwrite(bytes, image->size, 1, file) == 1;
		ok = !fclose(file) && ok;
	}
	if (!ok)
		fprintf(stderr, "pvexplain: %s: %s\n", path, strerror(errno));
	free(bytes);
	return ok;
}
