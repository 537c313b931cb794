// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The engine: what is said of sites is what their text is. */
#include "sites.h"

static void what_is_seen_is_in_the_text(void **state)
{
	struct pvops_sites_seen seen = { 0 };

	/* In no order. */
	add_call(64, PVOPS_OP_irq_disable, PVOPS_SITE_CALL);
	add_call(32, PVOPS_OP_irq_disable, PVOPS_SITE_CALL);
	add_gate(128, PVOPS_OP_irq_disable, 200);
	add_call(96, PVOPS_OP_irq_disable, PVOPS_SITE_ENTRY);
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	/* One is taken back by hand, one is overwritten; of the gate there is nothing to patch. */
	assert_int_equal(pvops_plan(&set, sites, NULL, 0, text + 64), 0);
	text[32] ^= 1;
	for (u32 nr = 0; nr < set.nr_sites; nr++)
		pvops_look_at(&set, nr, forms + PVOPS_OP_irq_disable, &seen);
	assert_int_equal(seen.nr, 4);
	assert_int_equal(seen.gates, 1);
	assert_int_equal(seen.bytes, 3 * set.ops[PVOPS_OP_irq_disable].room + PVOPS_SITE_GATE_LEN);
	assert_int_equal(seen.patched, 2);
	assert_int_equal(seen.shapes[PVOPS_SHAPE_CALL], 1);
	assert_int_equal(seen.shapes[PVOPS_SHAPE_JUMP], 1);
	assert_int_equal(seen.unpatched, 1);
	assert_int_equal(seen.wrong, 1);
	assert_ptr_equal(seen.first, text + 32);
	assert_ptr_equal(seen.last, text + 128);
	/* Before anybody patches no gate is patched either. */
	seen = (struct pvops_sites_seen){ 0 };
	pvops_look_at(&set, 2, NULL, &seen);
	assert_int_equal(seen.patched, 0);
	assert_int_equal(seen.unpatched, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_seen_is_in_the_text, fresh),
	};

	return cmocka_run_group_tests_name("look", tests, NULL, NULL);
}
