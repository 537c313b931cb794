/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the library says goes here, by its own formatting. */
#ifndef TESTS_LOGGED_H
#define TESTS_LOGGED_H

#include <stdarg.h>
#include <string.h>
#include <pvops/pvops.h>

static char logged[16384];

void pvops_log(const char *fmt, ...)
{
	size_t at = strlen(logged);
	va_list args;

	va_start(args, fmt);
	pvops_vsnprintf(logged + at, sizeof(logged) - at, fmt, args);
	va_end(args);
	strncat(logged, "\n", sizeof(logged) - strlen(logged) - 1);
}

#endif /* TESTS_LOGGED_H */
