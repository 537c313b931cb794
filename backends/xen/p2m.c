// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Two names for a frame: the guest's (pfn) and the machine's (mfn).
 *
 * The p2m list is the guest's own memory, laid out by the builder; the m2p table is Xen's, read
 * through the hypervisor's hole. The m2p has holes where the machine has, and an entry may be
 * stale, so each answer is checked against the p2m: that is what owning a frame means.
 */
#include "xen.h"
#include <pvops/thunks.h>
#include <xen/memory.h>

/* Xen marks kernel pages so, for the user bit is set in all it shows us (bit 52). */
#define XEN_GUEST_KERNEL	0x0010000000000000UL

static unsigned long *p2m;
static unsigned long nr_pages, max_mfn;
unsigned long xen_nx;

unsigned long xen_nr_pages(void)
{
	return nr_pages;
}

pvops_mfn_t xen_pfn_to_mfn(pvops_pfn_t pfn)
{
	unsigned long nr = (__force unsigned long)pfn;

	return nr < nr_pages ? (__force pvops_mfn_t)p2m[nr] : PVOPS_INVALID_MFN;
}

pvops_pfn_t xen_mfn_to_pfn(pvops_mfn_t mfn)
{
	unsigned long nr = (__force unsigned long)mfn, pfn = ~0UL;

	if (nr == xen_start_info->shared_info >> PVOPS_PAGE_SHIFT)
		pfn = ((unsigned long)&xen_shared_info - PVOPS_VIRT_BASE) >> PVOPS_PAGE_SHIFT;
	else if (nr <= max_mfn)
		asm volatile("1:	mov %1, %0\n"
			     "2:\n"
			     PVOPS_EXTABLE(1b, 2b)
			     : "+r"(pfn)
			     : "m"(machine_to_phys_mapping[nr]));
	if (pfn >= nr_pages || p2m[pfn] != nr)
		return PVOPS_INVALID_PFN;
	return (__force pvops_pfn_t)pfn;
}

unsigned long xen_clean(unsigned long entry)
{
	if (!(entry & PVOPS_PTE_PRESENT))
		return entry;
	if (entry & XEN_GUEST_KERNEL)
		entry &= ~(XEN_GUEST_KERNEL | PVOPS_PTE_USER);
	/* Global mappings are Xen's to make: it does so for user pages. */
	return entry & ~PVOPS_PTE_GLOBAL;
}

pvops_pte_t xen_make_pte(pvops_pteval_t val)
{
	unsigned long entry = (__force unsigned long)val;
	pvops_mfn_t mfn;

	if (!(entry & PVOPS_PTE_PRESENT))
		return (__force pvops_pte_t)entry;
	mfn = xen_pfn_to_mfn((__force pvops_pfn_t)((entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT));
	if (mfn == PVOPS_INVALID_MFN)
		return (__force pvops_pte_t)0UL;
	entry = (entry & ~PVOPS_PTE_FRAME) | xen_mfn_to_machine(mfn);
	return (__force pvops_pte_t)xen_clean(entry);
}

pvops_pteval_t xen_pte_val(pvops_pte_t pte)
{
	unsigned long entry = (__force unsigned long)pte;
	pvops_pfn_t pfn;

	if (!(entry & PVOPS_PTE_PRESENT))
		return (__force pvops_pteval_t)entry;
	entry = xen_clean(entry);
	pfn = xen_mfn_to_pfn(xen_pte_mfn(entry));
	if (pfn == PVOPS_INVALID_PFN)
		return (__force pvops_pteval_t)(entry & ~PVOPS_PTE_PRESENT);
	return pvops_pteval(pfn, entry & ~PVOPS_PTE_FRAME);
}

PVOPS_THUNK_mmu_make_pte(xen_op_make_pte, xen_make_pte);
PVOPS_THUNK_mmu_pte_val(xen_op_pte_val, xen_pte_val);
PVOPS_THUNK_mmu_pfn_to_mfn(xen_op_pfn_to_mfn, xen_pfn_to_mfn);
PVOPS_THUNK_mmu_mfn_to_pfn(xen_op_mfn_to_pfn, xen_mfn_to_pfn);

u64 xen_virt_to_machine(const void *va)
{
	pvops_gpa_t gpa = pvops_get_host()->virt_to_gpa(va);
	pvops_mfn_t mfn = xen_pfn_to_mfn(pvops_gpa_to_pfn(gpa));

	if (mfn == PVOPS_INVALID_MFN)
		pvops_panic("xen-pv: no machine frame behind %p", va);
	return xen_mfn_to_machine(mfn) | ((unsigned long)va & ~PVOPS_PAGE_MASK);
}

/*
 * shared_info takes the place of a page of the image. The p2m is told, so whoever sets up the
 * mapping of the image anew maps shared_info again; the frame that was there is not used.
 */
static int map_shared_info(void)
{
	unsigned long va = (unsigned long)&xen_shared_info, info = xen_start_info->shared_info;

	p2m[(va - PVOPS_VIRT_BASE) >> PVOPS_PAGE_SHIFT] = info >> PVOPS_PAGE_SHIFT;
	return (int)xen_hypercall(__HYPERVISOR_update_va_mapping, va,
				  info | PVOPS_PTE_PRESENT | PVOPS_PTE_WRITE | PVOPS_PTE_ACCESSED |
				  PVOPS_PTE_DIRTY | xen_nx, UVMF_INVLPG | UVMF_LOCAL, 0);
}

int xen_p2m_init(struct pvops_boot *boot)
{
	struct xen_machphys_mapping mapping = { 0 };
	u32 regs[4] = { 0x80000001, 0, 0, 0 };
	long err;

	p2m = (unsigned long *)xen_start_info->mfn_list;
	nr_pages = xen_start_info->nr_pages;
	boot->proto->cpuid(regs);
	xen_nx = regs[3] & 1U << 20 ? PVOPS_PTE_NX : 0;

	err = xen_hypercall(__HYPERVISOR_memory_op, XENMEM_machphys_mapping, XEN_ARG(&mapping), 0, 0);
	if (err || mapping.v_start != MACH2PHYS_VIRT_START) {
		pvops_log("xen-pv: memory_op(machphys_mapping) failed: error %d", (int)err);
		return err ? (int)err : -PVOPS_EINVAL;
	}
	max_mfn = mapping.max_mfn;
	return map_shared_info();
}
