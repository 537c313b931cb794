// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What the kernel shows of itself is what it does: sites, calls, hypercalls. */
#include <pvops/view.h>
#include <pvops/xen.h>
#include "party.h"

#define XEN_VERSION	17
#define IRET		23
#define ROUNDS		1000
#define RANGE		256

static const struct pvops_op_view *look(unsigned int op)
{
	static struct pvops_op_view view;

	EXPECT(pvops_view_op(op, &view));
	return &view;
}

GUEST_TEST(patch_view_of_all_sites)
{
	const struct pvops_info *info = pvops_get_info();
	u32 sites = 0, by_shape[PVOPS_NR_SHAPES] = { 0 };
	const struct pvops_sites_seen *seen;
	struct pvops_op_view view;
	unsigned int op;

	for (op = 0; pvops_view_op(op, &view); op++) {
		seen = &view.sites;
		EXPECT(!seen->wrong && seen->patched + seen->unpatched == seen->nr);
		EXPECT(seen->nr ? seen->first && seen->first <= seen->last : !seen->last);
		sites += seen->nr;
		for (u32 shape = 0; shape < PVOPS_NR_SHAPES; shape++)
			by_shape[shape] += seen->shapes[shape];
	}
	EXPECT(op == PVOPS_NR_OPS);
	EXPECT(sites == info->nr_sites);
	/* As at boot: whoever took sites back has given them their form again. */
	for (u32 shape = 0; shape < PVOPS_NR_SHAPES; shape++)
		EXPECT(by_shape[shape] == info->stats.count[shape]);
}

static __attribute__((noinline)) void target(void)
{
	(void)pvops_cpu_store_tr();
}

GUEST_TEST(patch_view_follows_the_text)
{
	const u8 *start = (const u8 *)(unsigned long)target;
	u32 patched = look(PVOPS_OP_cpu_store_tr)->sites.patched, sites;

	EXPECT(patched == look(PVOPS_OP_cpu_store_tr)->sites.nr);
	EXPECT(pvops_patch_range(start, start + RANGE, false) == 0);
	sites = look(PVOPS_OP_cpu_store_tr)->sites.unpatched;
	EXPECT(sites >= 1 && look(PVOPS_OP_cpu_store_tr)->sites.patched == patched - sites);
	EXPECT(pvops_patch_range(start, start + RANGE, true) == 0);
	EXPECT(look(PVOPS_OP_cpu_store_tr)->sites.patched == patched);
	EXPECT(!look(PVOPS_OP_cpu_store_tr)->sites.unpatched);
}

/* Of ops that nobody else runs meanwhile: an inlined one, one that is called, one behind a gate. */
GUEST_TEST(patch_view_counts_calls)
{
	u64 inlined = look(PVOPS_OP_cpu_store_tr)->calls;
	u64 called = look(PVOPS_OP_cpu_get_dr)->calls;
	u64 gate = look(PVOPS_OP_mmu_pfn_to_mfn)->calls;
	u64 expected = PVOPS_COUNTS_CALLS ? ROUNDS : 0;

	for (int i = 0; i < ROUNDS; i++) {
		(void)pvops_cpu_store_tr();
		(void)pvops_cpu_get_dr(7);
		(void)pvops_mmu_pfn_to_mfn((__force pvops_pfn_t)0);
	}
	EXPECT(look(PVOPS_OP_cpu_store_tr)->calls - inlined == expected);
	EXPECT(look(PVOPS_OP_cpu_get_dr)->calls - called == expected);
	EXPECT(look(PVOPS_OP_mmu_pfn_to_mfn)->calls - gate == expected);
}

static void count_up(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		(void)pvops_cpu_store_tr();
}

GUEST_TEST(patch_view_counts_calls_of_all_cpus)
{
	u64 before = look(PVOPS_OP_cpu_store_tr)->calls;
	u64 expected = PVOPS_COUNTS_CALLS ? nr_cpus * ROUNDS : 0;

	party(nr_cpus, count_up, NULL);
	EXPECT(look(PVOPS_OP_cpu_store_tr)->calls - before == expected);
}

static bool is(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

GUEST_TEST(patch_view_counts_hypercalls)
{
	u64 before = pvops_xen_hypercalls(XEN_VERSION);

	EXPECT(is(pvops_xen_hypercall_name(XEN_VERSION), "xen_version"));
	EXPECT(is(pvops_xen_hypercall_name(PVOPS_XEN_NR_HYPERCALLS), "hypercall"));
	if (!on_xen()) {
		for (unsigned int nr = 0; nr < PVOPS_XEN_NR_HYPERCALLS; nr++)
			EXPECT(!pvops_xen_hypercalls(nr));
		return;
	}
	for (int i = 0; i < ROUNDS; i++)
		EXPECT(pvops_xen_hypercall(XEN_VERSION, 0, 0, 0) > 0);
	EXPECT(pvops_xen_hypercalls(XEN_VERSION) - before >= ROUNDS);
	/* Ways out of the kernel, which are in assembly. */
	if (on_xen_pv())
		EXPECT(pvops_xen_hypercalls(IRET) > 0);
}
