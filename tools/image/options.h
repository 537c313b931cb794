/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Options that do not go together: a tool says so, instead of leaving one of them out. */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

/* Of a long option whose value is from 256 on. */
#define OPTION_BIT(value)	(1U << ((value) - 256))

/** struct option_clash - an option, and those that it does not go with: one bit each. */
struct option_clash {
	unsigned int one, others;
};

/**
 * options_clash() - say on stderr which two options do not go together, if there are any.
 * @options: with their names, ended by an empty one
 * @given: those on the command line, one bit each
 * @clashes: ended by an empty one
 */
bool options_clash(const char *tool, const struct option *options, unsigned int given,
		   const struct option_clash *clashes);

/** options_twice() - say so if @value, which is about to be added to @given, is in it. */
bool options_twice(const char *tool, const struct option *options, unsigned int given, int value);

#endif /* TOOLS_OPTIONS_H */
