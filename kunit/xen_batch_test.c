// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Batches: which hypercalls become of what is queued, in which order, and what of their errors. */
#include "xen_host.h"

static void one_update_at_once(struct kunit *test)
{
	xen_batch_update(0x1000, 0x2003);
	KUNIT_EXPECT_EQ(test, calls, 0);
	KUNIT_EXPECT_TRUE(test, xen_batch_holds(0x1000));
	KUNIT_EXPECT_FALSE(test, xen_batch_holds(0x1008));
	KUNIT_EXPECT_EQ(test, xen_batch_kick(), 0);
	KUNIT_EXPECT_EQ(test, hypercalls, 1);
	KUNIT_EXPECT_EQ(test, multicalls, 0);
	KUNIT_EXPECT_EQ(test, history[0].nr, __HYPERVISOR_mmu_update);
	KUNIT_EXPECT_EQ(test, history[0].b, 1);
	KUNIT_EXPECT_EQ(test, history[0].d, DOMID_SELF);
	KUNIT_EXPECT_EQ(test, ((struct mmu_update *)history[0].a)->ptr, 0x1000);
	KUNIT_EXPECT_EQ(test, ((struct mmu_update *)history[0].a)->val, 0x2003);
	KUNIT_EXPECT_FALSE(test, xen_batch_holds(0x1000));
}

static void neighbours_share_a_call(struct kunit *test)
{
	u32 i;

	xen_batch_begin();
	for (i = 0; i < 10; i++)
		xen_batch_update(0x1000 + 8 * i, i);
	KUNIT_EXPECT_EQ(test, xen_batch_kick(), 0);
	KUNIT_EXPECT_EQ(test, hypercalls, 0);
	KUNIT_EXPECT_EQ(test, xen_batch_flush(), 0);
	KUNIT_EXPECT_EQ(test, hypercalls, 1);
	KUNIT_EXPECT_EQ(test, history[0].b, 10);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, ((struct mmu_update *)history[0].a)[i].val, i);
}

static void order_is_kept(struct kunit *test)
{
	struct mmuext_op op = { .cmd = MMUEXT_INVLPG_LOCAL };

	xen_batch_begin();
	xen_batch_update(0x1000, 1);
	xen_batch_ext(&op);
	xen_batch_update(0x1008, 2);
	xen_batch_call(__HYPERVISOR_stack_switch, 3, 4, 0);
	xen_batch_ext(&op);
	xen_batch_ext(&op);
	KUNIT_EXPECT_EQ(test, xen_batch_flush(), 0);
	KUNIT_EXPECT_EQ(test, hypercalls, 1);
	KUNIT_EXPECT_EQ(test, multicalls, 1);
	KUNIT_ASSERT_EQ(test, calls, 5);
	KUNIT_EXPECT_EQ(test, history[0].nr, __HYPERVISOR_mmu_update);
	KUNIT_EXPECT_EQ(test, history[1].nr, __HYPERVISOR_mmuext_op);
	KUNIT_EXPECT_EQ(test, history[2].nr, __HYPERVISOR_mmu_update);
	KUNIT_EXPECT_EQ(test, ((struct mmu_update *)history[2].a)->ptr, 0x1008);
	KUNIT_EXPECT_EQ(test, history[3].nr, __HYPERVISOR_stack_switch);
	KUNIT_EXPECT_EQ(test, history[3].a, 3);
	KUNIT_EXPECT_EQ(test, history[3].b, 4);
	KUNIT_EXPECT_EQ(test, history[4].nr, __HYPERVISOR_mmuext_op);
	KUNIT_EXPECT_EQ(test, history[4].b, 2);
}

static void nested(struct kunit *test)
{
	xen_batch_begin();
	xen_batch_begin();
	xen_batch_update(0x1000, 1);
	KUNIT_EXPECT_EQ(test, xen_batch_flush(), 0);
	KUNIT_EXPECT_EQ(test, hypercalls, 0);
	KUNIT_EXPECT_TRUE(test, xen_batch_open());
	KUNIT_EXPECT_EQ(test, xen_batch_flush(), 0);
	KUNIT_EXPECT_EQ(test, hypercalls, 1);
	KUNIT_EXPECT_FALSE(test, xen_batch_open());
}

static void full_of_updates(struct kunit *test)
{
	u32 i;

	xen_batch_begin();
	for (i = 0; i < 200; i++)
		xen_batch_update(0x1000 + 8 * i, i);
	KUNIT_EXPECT_EQ(test, xen_batch_flush(), 0);
	KUNIT_EXPECT_EQ(test, hypercalls, 4);
	KUNIT_EXPECT_EQ(test, history[0].b, 64);
	KUNIT_EXPECT_EQ(test, history[0].b + history[1].b + history[2].b + history[3].b, 200);
}

static void full_of_exts(struct kunit *test)
{
	struct mmuext_op op = { .cmd = MMUEXT_INVLPG_LOCAL };
	u32 i;

	xen_batch_begin();
	for (i = 0; i < 33; i++)
		xen_batch_ext(&op);
	KUNIT_EXPECT_EQ(test, hypercalls, 1);
	KUNIT_EXPECT_EQ(test, history[0].b, 32);
	xen_batch_flush();
	KUNIT_EXPECT_EQ(test, history[1].b, 1);
}

static void full_of_calls(struct kunit *test)
{
	u32 i;

	xen_batch_begin();
	for (i = 0; i < 33; i++)
		xen_batch_call(__HYPERVISOR_set_segment_base, i, 0, 0);
	KUNIT_EXPECT_EQ(test, multicalls, 1);
	KUNIT_EXPECT_EQ(test, calls, 32);
	xen_batch_flush();
	KUNIT_EXPECT_EQ(test, hypercalls, 2);
	KUNIT_EXPECT_EQ(test, calls, 33);
	for (i = 0; i < 33; i++)
		KUNIT_EXPECT_EQ(test, history[i].a, i);
}

static void first_error_is_told(struct kunit *test)
{
	xen_batch_begin();
	xen_batch_call(__HYPERVISOR_stack_switch, 1, 2, 0);
	xen_batch_update(0x1000, 0xabc);
	fail_at = 1;
	fail_with = -22;
	KUNIT_EXPECT_EQ(test, xen_batch_flush(), -22);
	KUNIT_EXPECT_NOT_NULL(test, strstr(said, "mmu_update failed: error -22"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(said, "entry 1000 value abc"));
	/* And is over. */
	fail_at = -1;
	xen_batch_begin();
	KUNIT_EXPECT_EQ(test, xen_batch_flush(), 0);
}

static void error_in_the_middle_of_a_batch(struct kunit *test)
{
	xen_batch_begin();
	xen_batch_update(0x1000, 1);
	fail_at = 0;
	fail_with = -16;
	KUNIT_EXPECT_EQ(test, xen_batch_run(), -16);
	fail_at = -1;
	xen_batch_update(0x1000, 1);
	KUNIT_EXPECT_EQ(test, xen_batch_run(), 0);
	/* The batch as a whole has failed. */
	KUNIT_EXPECT_EQ(test, xen_batch_flush(), -16);
}

static void may_fail(struct kunit *test)
{
	xen_batch_begin();
	xen_batch_update(0x1000, 1);
	fail_at = 0;
	fail_with = -16;
	KUNIT_EXPECT_EQ(test, xen_batch_try(), -16);
	KUNIT_EXPECT_STREQ(test, said, "");
	KUNIT_EXPECT_EQ(test, xen_batch_flush(), 0);
}

static void nothing_queued(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_batch_kick(), 0);
	KUNIT_EXPECT_EQ(test, xen_batch_run(), 0);
	xen_batch_begin();
	KUNIT_EXPECT_EQ(test, xen_batch_flush(), 0);
	KUNIT_EXPECT_EQ(test, hypercalls, 0);
}

static void no_memory_for_a_queue(struct kunit *test)
{
	xen_cpu_of(1)->batch = NULL;
	KUNIT_EXPECT_EQ(test, xen_batch_init(1), -PVOPS_ENOMEM);
	KUNIT_EXPECT_NOT_NULL(test, strstr(said, "CPU 1: no memory"));
}

static void events_masked_meanwhile(struct kunit *test)
{
	struct vcpu_info *vcpu = xen_this_vcpu();

	xen_batch_begin();
	xen_batch_flush();
	KUNIT_EXPECT_EQ(test, pvops_kunit_enabled, 1);
	vcpu->evtchn_upcall_mask = 1;
	xen_batch_begin();
	xen_batch_flush();
	KUNIT_EXPECT_EQ(test, pvops_kunit_enabled, 1);
	KUNIT_EXPECT_EQ(test, vcpu->evtchn_upcall_mask, 1);
	vcpu->evtchn_upcall_mask = 0;
}

static struct kunit_case cases[] = {
	KUNIT_CASE(one_update_at_once),
	KUNIT_CASE(neighbours_share_a_call),
	KUNIT_CASE(order_is_kept),
	KUNIT_CASE(nested),
	KUNIT_CASE(full_of_updates),
	KUNIT_CASE(full_of_exts),
	KUNIT_CASE(full_of_calls),
	KUNIT_CASE(first_error_is_told),
	KUNIT_CASE(error_in_the_middle_of_a_batch),
	KUNIT_CASE(may_fail),
	KUNIT_CASE(nothing_queued),
	KUNIT_CASE(no_memory_for_a_queue),
	KUNIT_CASE(events_masked_meanwhile),
	{}
};

static struct kunit_suite suite = { .name = "pvops-xen-batch", .init = fresh, .test_cases = cases };
kunit_test_suite(suite);
