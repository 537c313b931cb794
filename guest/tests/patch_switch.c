// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Families of ops that go to the backend below and come back, or do not. */
#include <pvops/text.h>
#include "party.h"

/* What each of ops.tbl is there. */
static const bool shared[PVOPS_NR_FAMILIES] = {
	[PVOPS_FAMILY_cpu] = true, [PVOPS_FAMILY_mmu] = true, [PVOPS_FAMILY_lock] = true,
};

static void works(void)
{
	struct pvops_cpumask all = { .bits = { (1ULL << nr_cpus) - 1 } };
	unsigned long cr4 = pvops_cpu_read_cr4();
	pvops_pteval_t val = pvops_pteval(kernel_root, 1);

	EXPECT(pvops_mmu_pte_val(pvops_mmu_make_pte(val)) == val);
	pvops_mmu_flush_others(&all, 0, ~0UL);
	pvops_cpu_io_delay();
	EXPECT(pvops_cpu_read_cr4() == cr4);
}

GUEST_TEST(patch_switch_where_the_state_survives)
{
	const struct pvops_backend *own = pvops_get_info()->backend;
	const char *base = own->base ? own->base : "nobody";

	for (enum pvops_family family = 0; family < PVOPS_NR_FAMILIES; family++) {
		bool may = own->base && shared[family] && own->shares & 1U << family;
		int err = pvops_switch(family, base);

		EXPECT(err == (may ? 0 : own->base ? -PVOPS_EACCES : -PVOPS_ENODEV));
		EXPECT(pvops_text_equal(pvops_done_by(family)->name, may ? base : own->name));
		works();
		EXPECT(pvops_switch(family, own->name) == 0);
		EXPECT(pvops_done_by(family) == own);
		works();
	}
	EXPECT(process_run("t", "syscall") == 0);
}

GUEST_TEST(patch_switch_to_nobody)
{
	const char *own = pvops_get_info()->backend->name;

	EXPECT(pvops_switch(PVOPS_FAMILY_mmu, "") == -PVOPS_ENODEV);
	EXPECT(pvops_switch(PVOPS_FAMILY_mmu, "none") == -PVOPS_ENODEV);
	EXPECT(pvops_switch(PVOPS_NR_FAMILIES, own) == -PVOPS_EINVAL);
	EXPECT(!pvops_done_by(PVOPS_NR_FAMILIES));
}
