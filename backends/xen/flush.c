// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* TLBs and caches under Xen PV: Xen flushes, on the CPUs where our vCPUs run. */
#include "xen.h"

PVOPS_THUNK_mmu_flush_one(xen_flush_one_op, xen_flush_one);
PVOPS_THUNK_cpu_wbinvd(xen_wbinvd_op, xen_wbinvd);

static void queue(const struct mmuext_op *op)
{
	unsigned long masked = xen_mask_save();

	xen_batch_ext(op);
	xen_batch_kick();
	xen_mask_restore(masked);
}

void xen_flush_one(unsigned long va)
{
	struct mmuext_op op = { .cmd = MMUEXT_INVLPG_LOCAL };

	op.arg1.linear_addr = va;
	queue(&op);
}

void xen_flush_local(void)
{
	const struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };

	queue(&op);
}

void xen_wbinvd(void)
{
	struct mmuext_op op = { .cmd = MMUEXT_FLUSH_CACHE };

	/* For who owns devices; to all others it is refused and means nothing. */
	if (xen_dom0)
		queue(&op);
}

void xen_flush_others(const struct pvops_cpumask *cpus, unsigned long start, unsigned long end)
{
	struct pvops_cpumask mask = *cpus;
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_MULTI };
	unsigned long masked = xen_mask_save();

	if (end - start <= PVOPS_PAGE_SIZE) {
		op.cmd = MMUEXT_INVLPG_MULTI;
		op.arg1.linear_addr = start;
	}
	set_xen_guest_handle(op.arg2.vcpumask, mask.bits);
	xen_batch_ext(&op);
	/* Gone when we return, batch or not. */
	xen_batch_run();
	xen_mask_restore(masked);
}
