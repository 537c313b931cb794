// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Pages that leave the domain and come back. A PV guest holds a page by its mapping and by its
 * entry in the list of frames; for an HVM guest both are Xen's affair.
 */
#include "xen.h"

#ifdef __x86_64__
/* Does an access arrive? */
static bool reachable(const void *page)
{
	bool there = false;

	asm volatile("1:	testb	$0, (%1)\n"
		     "	movb	$1, %0\n"
		     "2:\n"
		     PVOPS_EXTABLE(1b, 2b)
		     : "+q"(there)
		     : "r"(page)
		     : "cc", "memory");
	return there;
}

static u64 page_out_pv(void *page, unsigned long pfn)
{
	unsigned long mfn = xen_pfn_to_mfn(pfn);

	if (mfn == ~0UL || xen_is_table(pfn))
		return ~0ULL;
	if (xen_map_entry(page, 0))
		return ~0ULL;
	if (reachable(page)) {
		pvops_log("xen-pv: page %lx is mapped still: not given away", pfn);
		xen_map_frame(page, mfn);
		return ~0ULL;
	}
	xen_p2m_set(pfn, ~0UL);
	return mfn;
}

static int page_in_pv(void *page, unsigned long pfn, u64 frame)
{
	long err;

	if (xen_pfn_to_mfn(pfn) != ~0UL)
		return -PVOPS_EBUSY;
	if (!xen_p2m_set(pfn, frame))
		return -PVOPS_EINVAL;
	/* Xen's table must say that it is this page's frame, and of no other. */
	err = xen_mfn_to_pfn(frame) == pfn ? xen_map_frame(page, frame) : -PVOPS_EPROTO;
	if (err)
		xen_p2m_set(pfn, ~0UL);
	return (int)err;
}
#else
/* No PV guest. */
static u64 page_out_pv(void *page, unsigned long pfn)
{
	return ~0ULL;
}

static int page_in_pv(void *page, unsigned long pfn, u64 frame)
{
	return -PVOPS_ENOSYS;
}
#endif

u64 pvops_xen_page_out(void *page)
{
	unsigned long pfn = xen_virt_to_pfn(page);

	if (!xen_shared)
		return ~0ULL;
	return xen_start ? page_out_pv(page, pfn) : pfn;
}

int pvops_xen_page_in(void *page, u64 frame)
{
	unsigned long pfn = xen_virt_to_pfn(page);

	if (!xen_shared)
		return -PVOPS_ENOSYS;
	if (xen_start)
		return page_in_pv(page, pfn, frame);
	return frame == pfn ? 0 : -PVOPS_EPROTO;
}
