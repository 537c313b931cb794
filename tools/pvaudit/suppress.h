/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Findings that are meant, and why. */
#ifndef PVAUDIT_SUPPRESS_H
#define PVAUDIT_SUPPRESS_H

#include "audit.h"

/**
 * struct suppression - a line of a suppressions file.
 * @what: pattern of instructions' names, or a rule's name
 * @function: of which function
 * @file: of which file of source; "*" is any, or none that is known
 * @reason: why
 * @line: of the suppressions file @path
 * @used: findings it fits
 */
struct suppression {
	char *what, *function, *file, *reason;
	const char *path;
	u32 line, used;
};

struct suppressions {
	struct suppression *rows;
	u32 count;
};

/** suppress_read() - add the lines of a file; false with a message on stderr. */
bool suppress_read(struct suppressions *list, const char *path);
void suppress_free(struct suppressions *list);

/** suppress_findings() - give findings the reason of the first line that fits. */
void suppress_findings(struct suppressions *list, struct audit *audit);

#endif /* PVAUDIT_SUPPRESS_H */
