// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What an image does not tell, so that no finding does not mean that there is nothing. */
#include "audit.h"

static bool no_early(const struct image *image)
{
	/* Linux's table is full from the start. */
	return image_symbol(image, "pvops_early_op") && !image_symbol(image, "pvops_guest_main");
}

static bool no_symbols(const struct image *image)
{
	return !image->nr_symbols;
}

static bool is_object(const struct image *image)
{
	return image->object;
}

static bool lines_missing(const struct image *image)
{
	return image->no_lines;
}

static bool relocations_left(const struct image *image)
{
	return image->not_relocated;
}

static const struct {
	bool (*applies)(const struct image *image);
	const char *text;
} limits[] = {
	{ is_object, "an object file, whose addresses are made up: who else refers to its "
		"functions, which of them are a backend's own, what runs before there is a table "
		"of ops, and whether the engine patches where its sites are, shows when it is "
		"linked" },
	{ relocations_left, "some relocations are of kinds that are not done here: what they "
		"complete is not understood" },
	{ lines_missing, "lines of source: this object's debugging information is compressed" },
	{ no_symbols, "no symbols: code is found from entries, records and pointers; what a "
		"backend alone may do, and what runs before there is a table of ops, is not told "
		"apart" },
	{ no_early, "sites that run before there is a table: no pvops_guest_main() is in it" },
};

const char *audit_limit(const struct audit *audit, u32 nr)
{
	for (u32 i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (limits[i].applies(audit->image) && !nr--)
			return limits[i].text;
	return NULL;
}
