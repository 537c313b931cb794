/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Between the table of forms and its suite. */
#ifndef KUNIT_FORMS_H
#define KUNIT_FORMS_H

#include <pvops/pvops.h>

struct form_expected {
	const void *fn;
	u8 kind, len, several;
	char bytes[PVOPS_SITE_MAX_LEN];
};

extern const struct pvops_form *const pvops_kunit_forms;
extern const struct form_expected pvops_kunit_expected[PVOPS_NR_OPS];

#endif /* KUNIT_FORMS_H */
