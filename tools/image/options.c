// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Options that do not go together, or not with themselves. */
#include <stdio.h>
#include "options.h"

static const char *name_of(const struct option *options, unsigned int bits)
{
	while (options->name && (options->val < 256 || !(OPTION_BIT(options->val) & bits)))
		options++;
	return options->name ? options->name : "?";
}

bool options_clash(const char *tool, const struct option *options, unsigned int given,
		   const struct option_clash *clashes)
{
	for (; clashes->one; clashes++)
		if (given & clashes->one && given & clashes->others) {
			fprintf(stderr, "%s: --%s and --%s do not go together\n", tool,
				name_of(options, clashes->one),
				name_of(options, given & clashes->others));
			return true;
		}
	return false;
}

bool options_twice(const char *tool, const struct option *options, unsigned int given, int value)
{
	if (value < 256 || !(given & OPTION_BIT(value)))
		return false;
	fprintf(stderr, "%s: --%s: once\n", tool, name_of(options, OPTION_BIT(value)));
	return true;
}
