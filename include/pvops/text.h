/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef PVOPS_TEXT_H
#define PVOPS_TEXT_H

#include <pvops/types.h>

/** pvops_text_equal() - are two terminated texts the same? Any context. */
static inline bool pvops_text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

#endif /* PVOPS_TEXT_H */
