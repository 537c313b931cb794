/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A tree of one entry a level, for tests of page-table ops, and two pages of data below it. */
#ifndef GUEST_TESTS_SCRATCH_H
#define GUEST_TESTS_SCRATCH_H

#include "util.h"

#ifdef __x86_64__
#define SCRATCH_VA	0x0000400000000000UL
#else
#define SCRATCH_VA	0x40000000UL
#endif
#define SCRATCH_OTHER	(SCRATCH_VA + PVOPS_PAGE_SIZE)	/* not mapped */
#define MARK_A		0xaaaa0001UL
#define MARK_B		0xbbbb0002UL

/**
 * struct scratch - @as: the address space; @table: of level n at index n, the top
 * is the root;
 * @entry: the one entry of it that leads to @a; @a, @b: pages whose first words are marks
 */
struct scratch {
	struct as *as;
	pvops_pte_t *table[5];
	pvops_pte_t *entry[5];
	u64 *a;
	u64 *b;
	unsigned long flags;
	unsigned long pages;
};

/* Made, not active: on no host live. False: no memory (and the test has failed). */
bool scratch_make(struct scratch *s);
/* The same and active on this CPU, interrupts off: live, under Xen PV. */
bool scratch_enter(struct scratch *s);
/* Undo either; checks that no page is lost. */
void scratch_drop(struct scratch *s);

static inline u64 scratch_read(void)
{
	return *(volatile u64 *)SCRATCH_VA;
}

static inline pvops_pte_t page_entry(void *page, pvops_pteword_t flags)
{
	return pte_make(page_pfn(page), flags);
}

#define SCRATCH_FLAGS	(PVOPS_PTE_PRESENT | PVOPS_PTE_WRITE | PVOPS_PTE_USER | \
			 PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY)

/* A second table of a level below @level, filled so that it leads to page b; NULL: no memory. */
pvops_pte_t *scratch_other_table(struct scratch *s, unsigned int level, void *pages[3]);
/* An entry that names a table, in one of @level. */
static inline pvops_pte_t scratch_link(unsigned int level, void *table)
{
	return page_entry(table, level == 3 && PVOPS_TOP_LEVEL == 3 ? PVOPS_PTE_PRESENT :
								      SCRATCH_FLAGS);
}

/* An entry has been set that was not present: PAE's CPUs see one at the top by a flush only. */
static inline void scratch_linked(unsigned int level)
{
	if (level == 3 && PVOPS_TOP_LEVEL == 3)
		pvops_mmu_flush_local();
}

void scratch_free_other(unsigned int level, void *pages[3]);

/* Ops by level besides entry_set() and entry_clear(): tas, xchg, protect. */
bool op_tas(unsigned int level, pvops_pte_t *ptep, unsigned long bit);
pvops_pte_t op_xchg(unsigned int level, pvops_pte_t *ptep, pvops_pte_t pte);
void op_protect(unsigned int level, pvops_pte_t *ptep, u64 clear, u64 set);

#endif /* GUEST_TESTS_SCRATCH_H */
