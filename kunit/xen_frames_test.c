// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Frames under Xen PV: ours to the machine's, and back. */
#include "xen_host.h"

static void there_and_back(struct kunit *test)
{
	unsigned long pfn;

	for (pfn = 0; pfn < PAGES; pfn++) {
		KUNIT_EXPECT_EQ(test, xen_pfn_to_mfn(pfn), FIRST_MFN + (pfn ^ 5));
		KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(FIRST_MFN + (pfn ^ 5)), pfn);
	}
}

static void frames_that_are_none(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_pfn_to_mfn(PAGES), ~0UL);
	KUNIT_EXPECT_EQ(test, xen_pfn_to_mfn(~0UL), ~0UL);
	KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(MFNS), ~0UL);
	KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(~0UL), ~0UL);
	KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(0), ~0UL);
}

/* Xen's table may be of another time, and its holes may hold anything. */
static void table_that_lies(struct kunit *test)
{
	pvops_kunit_m2p[7] = 3;			/* a stranger's frame, as ours */
	KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(7), ~0UL);
	pvops_kunit_m2p[FIRST_MFN + 1] = PAGES;	/* a page that we have not */
	KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(FIRST_MFN + 1), ~0UL);
	pvops_kunit_m2p[FIRST_MFN + 2] = 1UL << 63;
	KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(FIRST_MFN + 2), ~0UL);
}

/* What stands behind the table is not looked at, whatever both sides say. */
static void behind_the_table(struct kunit *test)
{
	p2m[4] = MFNS;
	pvops_kunit_m2p[MFNS] = 4;
	KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(MFNS), ~0UL);
	p2m[4] = MFNS - 1;
	pvops_kunit_m2p[MFNS - 1] = 4;
	KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(MFNS - 1), 4);
}

static void page_away_and_back(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, xen_p2m_set(3, ~0UL));
	KUNIT_EXPECT_EQ(test, xen_pfn_to_mfn(3), ~0UL);
	KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(FIRST_MFN + (3 ^ 5)), ~0UL);
	KUNIT_EXPECT_TRUE(test, xen_p2m_set(3, 17));
	pvops_kunit_m2p[17] = 3;
	KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(17), 3);
}

static void page_that_cannot_be(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, xen_p2m_set(PAGES, 17));
	KUNIT_EXPECT_FALSE(test, xen_p2m_set(3, MFNS));
	KUNIT_EXPECT_TRUE(test, xen_p2m_set(3, MFNS - 1));
	KUNIT_EXPECT_FALSE(test, xen_p2m_set(~0UL, ~0UL));
}

static void no_table_of_xen(struct kunit *test)
{
	fail_at = 0;
	fail_with = -14;
	KUNIT_EXPECT_EQ(test, xen_p2m_init(), -14);
	KUNIT_EXPECT_NOT_NULL(test, strstr(said, "XENMEM_machphys_mapping"));
	KUNIT_EXPECT_EQ(test, xen_mfn_to_pfn(FIRST_MFN), ~0UL);
	KUNIT_EXPECT_FALSE(test, xen_p2m_set(3, 0));
}

static void address_of_a_variable(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_virt_to_machine(page + 0x123),
			(u64)(FIRST_MFN + (3 ^ 5)) << 12 | 0x123);
	KUNIT_EXPECT_EQ(test, xen_virt_to_machine(page + PAGE_SIZE),
			(u64)(FIRST_MFN + (4 ^ 5)) << 12);
}

static void mapping_of_a_frame(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_map_frame(page, 0x77), 0);
	KUNIT_EXPECT_EQ(test, calls, 1);
	KUNIT_EXPECT_EQ(test, history[0].nr, __HYPERVISOR_update_va_mapping);
	KUNIT_EXPECT_EQ(test, history[0].a, (unsigned long)page);
	KUNIT_EXPECT_EQ(test, history[0].b, 0x77063ULL | PVOPS_PTE_NX);
	KUNIT_EXPECT_EQ(test, history[0].c, UVMF_INVLPG | UVMF_ALL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(there_and_back),
	KUNIT_CASE(frames_that_are_none),
	KUNIT_CASE(table_that_lies),
	KUNIT_CASE(behind_the_table),
	KUNIT_CASE(page_away_and_back),
	KUNIT_CASE(page_that_cannot_be),
	KUNIT_CASE(no_table_of_xen),
	KUNIT_CASE(address_of_a_variable),
	KUNIT_CASE(mapping_of_a_frame),
	{}
};

static struct kunit_suite suite = {
	.name = "pvops-xen-frames", .init = fresh, .test_cases = cases,
};
kunit_test_suite(suite);
