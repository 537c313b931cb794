// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Each hypercall that Xen's public header numbers has that name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pvops/xen.h>

#define HYPERCALL(name, nr) { #name, nr },
static const struct {
	const char *name;
	unsigned int nr;
} rows[] = {
#include "hypercalls.h"
};

#define NR_ROWS (sizeof(rows) / sizeof(*rows))

static void each_number_has_its_name(void **state)
{
	assert_true(NR_ROWS > 40);
	for (size_t i = 0; i < NR_ROWS; i++) {
		assert_true(rows[i].nr < PVOPS_XEN_NR_HYPERCALLS);
		/* Of the architecture's own numbers, x86 has given this one away. */
		assert_string_equal(pvops_xen_hypercall_name(rows[i].nr),
				    rows[i].nr == 48 ? "mca" : rows[i].name);
	}
}

static void no_other_number_has_one(void **state)
{
	bool known[PVOPS_XEN_NR_HYPERCALLS] = { false };

	for (size_t i = 0; i < NR_ROWS; i++)
		known[rows[i].nr] = true;
	for (unsigned int nr = 0; nr < PVOPS_XEN_NR_HYPERCALLS; nr++)
		if (!known[nr])
			assert_string_equal(pvops_xen_hypercall_name(nr), "hypercall");
	assert_string_equal(pvops_xen_hypercall_name(PVOPS_XEN_NR_HYPERCALLS), "hypercall");
	assert_string_equal(pvops_xen_hypercall_name(~0U), "hypercall");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_has_its_name),
		cmocka_unit_test(no_other_number_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
