/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_VMM_H
#define GUEST_VMM_H

#include "guest.h"

#define PTE_KERNEL	(PVOPS_PTE_PRESENT | PVOPS_PTE_ACCESSED)
#define PTE_TABLE	(PVOPS_PTE_PRESENT | PVOPS_PTE_WRITE | PVOPS_PTE_USER | \
			 PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY)

#define PTE_UNCACHED		0x18ULL	/* PCD, PWT */

extern pvops_pfn_t kernel_root;
extern pvops_pteword_t pte_nx;		/* PVOPS_PTE_NX if the CPU has it */

/* Take over the boot page tables: direct map, protection of the image, alias window. */
void vmm_init(void);

/*
 * The entry of @level that serves @va in the tree of @root. Missing tables are made, of zeroed
 * pages, if @create; else, or without memory, NULL.
 */
pvops_pte_t *vmm_walk(pvops_pfn_t root, unsigned long va, unsigned int level, bool create);

/* The live level-1 entry of a kernel address, NULL if there is none. */
pvops_pte_t *vmm_pte(unsigned long va);

pvops_pfn_t page_pfn(const void *page);
void *pfn_page(pvops_pfn_t pfn);

/* The table or page that a present entry names. */
void *pte_page(pvops_pte_t pte);

static inline bool pte_present(pvops_pte_t pte)
{
	return pvops_pte_flags(pte) & PVOPS_PTE_PRESENT;
}

static inline pvops_pte_t pte_make(pvops_pfn_t pfn, pvops_pteword_t flags)
{
	return pvops_mmu_make_pte(pvops_pteval(pfn, flags));
}

/* Write or clear an entry of a table of @level. */
void entry_set(unsigned int level, pvops_pte_t *ptep, pvops_pte_t pte);
void entry_clear(unsigned int level, pvops_pte_t *ptep);

/* Flags of an entry of @level that names a table; PAE's top entries have none but "present". */
static inline pvops_pteword_t table_flags(unsigned int level)
{
	return PVOPS_TOP_LEVEL == 3 && level == 3 ? PVOPS_PTE_PRESENT : PTE_TABLE;
}

/* Which entry of a table of @level serves @va. */
static inline unsigned int table_index(unsigned int level, unsigned long va)
{
	return va >> (PVOPS_PAGE_SHIFT + 9 * (level - 1)) & 511;
}

/* Drop [start, end) from the TLBs of all CPUs. Interrupts on if other CPUs run. */
void flush_all_cpus(unsigned long start, unsigned long end);

#endif /* GUEST_VMM_H */
