/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Which line of source an address comes from, by DWARF. */
#ifndef TOOLS_SOURCE_H
#define TOOLS_SOURCE_H

#include "image.h"

struct source;

/** source_open() - the debugging information of an image; NULL if it has none. */
struct source *source_open(const struct image *image);
void source_close(struct source *source);

/**
 * source_line() - file and line of an address.
 * @file: lives as long as @source
 *
 * Return: false if the information does not say; @source may be NULL.
 */
bool source_line(struct source *source, u64 addr, const char **file, u32 *line);

#endif /* TOOLS_SOURCE_H */
