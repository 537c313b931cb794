/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <stdio.h>

/* A string of JSON, with its quotes; also within the script of a page. */
void json_text(FILE *file, const char *text);

#endif /* TOOLS_JSON_H */
