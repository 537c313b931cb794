// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The shared info page of a PV guest: it takes the place of a page of ours. While the domain is
 * saved it must not be mapped, for it is none of the domain's memory.
 */
#include "xen.h"

static u8 *page;				/* where it is mapped */

/*
 * For who saves us: where the list of our frames is, as mapped by the builder's tables, which stay.
 * The page is new after each restore. (Tools before Xen 4.6 want a tree of three levels instead.)
 */
static void describe_p2m(struct arch_shared_info *arch)
{
	arch->max_pfn = xen_nr_pages;
	arch->p2m_generation = 0;
	arch->p2m_vaddr = (unsigned long)xen_p2m;
	arch->p2m_cr3 = xen_virt_to_machine((void *)xen_start->pt_base);
}

int xen_shared_map(void *va)
{
	int err;

	page = va;
	err = (int)xen_map_frame(page, xen_start->shared_info >> PVOPS_PAGE_SHIFT);
	if (err) {
		pvops_log("xen-pv: shared info cannot be mapped: error %d", err);
		return err;
	}
	xen_shared = va;
	describe_p2m(&xen_shared->arch);
	return 0;
}

int xen_shared_unmap(void)
{
	unsigned long pfn = ((unsigned long)page - PVOPS_VIRT_BASE) >> PVOPS_PAGE_SHIFT;

	return (int)xen_map_frame(page, xen_pfn_to_mfn(pfn));
}
