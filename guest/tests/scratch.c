// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "scratch.h"

bool scratch_make(struct scratch *s)
{
	void *page;

	*s = (struct scratch){ .pages = pages_free() };
	s->as = as_create();
	s->a = page_alloc();
	s->b = page_alloc();
	if (!s->as || !s->a || !s->b) {
		test_fail(__FILE__, __LINE__, "memory for a scratch tree");
		return false;
	}
	*s->a = MARK_A;
	*s->b = MARK_B;
	s->table[PVOPS_TOP_LEVEL] = s->as->root;
	for (unsigned int level = PVOPS_TOP_LEVEL; level > 1; level--) {
		s->entry[level] = s->table[level] + table_index(level, SCRATCH_VA);
		if (pte_present(*s->entry[level])) {
			s->table[level - 1] = pte_page(*s->entry[level]);
			continue;
		}
		page = page_alloc();
		if (!page)
			return false;
		s->table[level - 1] = page;
		pvops_mmu_alloc_table(level - 1, page_pfn(page));
		entry_set(level, s->entry[level], page_entry(page, SCRATCH_FLAGS));
	}
	s->entry[1] = s->table[1];
	pvops_mmu_set_pte(s->entry[1], page_entry(s->a, SCRATCH_FLAGS));
	/* The tree frees what it leads to: b, and a when it is not in the tree, are ours. */
	page_get(s->a);
	page_get(s->b);
	return true;
}

bool scratch_enter(struct scratch *s)
{
	if (!scratch_make(s))
		return false;
	s->flags = irqs_off();
	as_activate(s->as);
	return true;
}

void scratch_drop(struct scratch *s)
{
	if (this_cpu()->as == s->as) {
		as_activate(NULL);
		irqs_back(s->flags);
	}
	as_put(s->as);
	while (page_count(s->a))
		page_put(s->a);
	while (page_count(s->b))
		page_put(s->b);
	EXPECT(pages_free() == s->pages);
}

pvops_pte_t *scratch_other_table(struct scratch *s, unsigned int level, void *pages[3])
{
	pvops_pte_t below = page_entry(s->b, SCRATCH_FLAGS);

	/* From the bottom up: nothing is linked before it is full. */
	for (unsigned int at = 1; at < level; at++) {
		pvops_pte_t *table = page_alloc();

		if (!table)
			return NULL;
		table[table_index(at, SCRATCH_VA)] = below;
		pvops_mmu_alloc_table(at, page_pfn(table));
		below = page_entry(table, SCRATCH_FLAGS);
		pages[at - 1] = table;
	}
	return pages[level - 2];
}

void scratch_free_other(unsigned int level, void *pages[3])
{
	for (unsigned int at = level - 1; at; at--) {
		pvops_mmu_release_table(at, page_pfn(pages[at - 1]));
		page_free(pages[at - 1]);
	}
}

bool op_tas(unsigned int level, pvops_pte_t *ptep, unsigned long bit)
{
	if (level == 4)
		return pvops_mmu_tas_pgd(ptep, bit);
	if (level == 3)
		return pvops_mmu_tas_pud(ptep, bit);
	if (level == 2)
		return pvops_mmu_tas_pmd(ptep, bit);
	return pvops_mmu_tas_pte(ptep, bit);
}

pvops_pte_t op_xchg(unsigned int level, pvops_pte_t *ptep, pvops_pte_t pte)
{
	if (level == 4)
		return pvops_mmu_xchg_pgd(ptep, pte);
	if (level == 3)
		return pvops_mmu_xchg_pud(ptep, pte);
	if (level == 2)
		return pvops_mmu_xchg_pmd(ptep, pte);
	return pvops_mmu_xchg_pte(ptep, pte);
}

void op_protect(unsigned int level, pvops_pte_t *ptep, u64 clear, u64 set)
{
	if (level == 4)
		pvops_mmu_protect_pgd(ptep, clear, set);
	else if (level == 3)
		pvops_mmu_protect_pud(ptep, clear, set);
	else if (level == 2)
		pvops_mmu_protect_pmd(ptep, clear, set);
	else
		pvops_mmu_protect_pte(ptep, clear, set);
}
