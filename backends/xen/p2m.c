// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Frames: ours (pfn) to the machine's (mfn) by the list that the builder gave us, and back by
 * Xen's table, which is believed only if the list agrees.
 */
#include "xen.h"

#define M2P ((const unsigned long *)HYPERVISOR_VIRT_START)

unsigned long *xen_p2m;
unsigned long xen_nr_pages;
static unsigned long m2p_entries;

int xen_p2m_init(void)
{
	xen_p2m = (unsigned long *)xen_start->mfn_list;
	xen_nr_pages = xen_start->nr_pages;
	return xen_m2p_init();
}

int xen_m2p_init(void)
{
	struct xen_machphys_mapping map = { 0 };
	long err = xen_call2(__HYPERVISOR_memory_op, XENMEM_machphys_mapping, &map);

	m2p_entries = err ? 0 : map.max_mfn + 1;
	if (err)
		pvops_log("xen-pv: XENMEM_machphys_mapping failed: error %ld", err);
	return (int)err;
}

unsigned long xen_pfn_to_mfn(unsigned long pfn)
{
	return pfn < xen_nr_pages ? __atomic_load_n(&xen_p2m[pfn], __ATOMIC_RELAXED) : ~0UL;
}

/* For the balloon: ~0 for a page that is away. */
bool xen_p2m_set(unsigned long pfn, unsigned long mfn)
{
	if (pfn >= xen_nr_pages || (mfn != ~0UL && mfn >= m2p_entries))
		return false;
	__atomic_store_n(&xen_p2m[pfn], mfn, __ATOMIC_RELAXED);
	return true;
}

unsigned long xen_mfn_to_pfn(unsigned long mfn)
{
	unsigned long pfn = ~0UL;

	if (mfn >= m2p_entries)
		return ~0UL;
	/* The table has holes where the machine has no memory. */
	asm volatile("1:	mov	(%1), %0\n"
		     "2:\n"
		     PVOPS_EXTABLE(1b, 2b)
		     : "+r"(pfn)
		     : "r"(M2P + mfn));
	return pfn < xen_nr_pages && xen_p2m[pfn] == mfn ? pfn : ~0UL;
}

u64 xen_virt_to_machine(const void *va)
{
	unsigned long gpa = (__force unsigned long)pvops_get_host()->virt_to_gpa(va);
	unsigned long mfn = xen_pfn_to_mfn(gpa >> PVOPS_PAGE_SHIFT);

	return (u64)mfn << PVOPS_PAGE_SHIFT | (gpa & ~PVOPS_PAGE_MASK);
}

long xen_map_entry(void *va, u64 entry)
{
	return xen_call3(__HYPERVISOR_update_va_mapping, va, entry, UVMF_INVLPG | UVMF_ALL);
}

long xen_map_frame(void *va, u64 frame)
{
	return xen_map_entry(va, frame << PVOPS_PAGE_SHIFT | PVOPS_PTE_PRESENT | PVOPS_PTE_WRITE |
				 PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY | PVOPS_PTE_NX);
}
