// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Being saved as a PV guest: what must not be in our memory for it, frames that are not ours and
 * machine frame numbers where nobody translates them; and making all that again.
 */
#include "xen.h"

/* Frame numbers that the toolstack knows in start_info. */
static void translate_start_info(struct start_info *si, unsigned long (*to)(unsigned long))
{
	si->store_mfn = to(si->store_mfn);
	si->console.domU.mfn = (u32)to(si->console.domU.mfn);
}

static void must(int err, const char *what)
{
	if (err)
		pvops_panic("xen-pv: after a suspend: %s: error %d", what, err);
}

static void resume_pv(void)
{
	must(xen_m2p_init(), "no table of the machine's frames");
	must(xen_shared_map(xen_shared), "shared info");
	xen_tables_thaw();
	xen_smp_resume();
	xen_console_init();
	xen_enable_assists();
	xen_resume(xen_register_vcpu);
}

int xen_suspend(void)
{
	struct start_info *si = (struct start_info *)(unsigned long)xen_start;
	long how;
	int err;

	if (xen_dom0)
		return -PVOPS_ENOSYS;
	if (xen_batch_open())
		return -PVOPS_EBUSY;
	err = xen_batch_run();
	if (!err)
		err = xen_grants_away();
	if (!err)
		err = xen_shared_unmap();
	if (err)
		pvops_panic("xen-pv: suspend: a page cannot be unmapped: error %d", err);
	xen_tables_freeze();
	translate_start_info(si, xen_mfn_to_pfn);

	how = xen_suspend_call(xen_pfn_to_mfn(xen_virt_to_pfn(si)));
	if (!how) {
		resume_pv();
		return 0;
	}
	translate_start_info(si, xen_pfn_to_mfn);
	must(xen_shared_map(xen_shared), "shared info");
	xen_tables_thaw();
	must(xen_grants_back(), "grant table");
	return (int)how;
}
