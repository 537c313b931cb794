// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Page tables of an address space. The kernel's half is shared by entry; below it every table
 * is the address space's own.
 */
#include "as_tree.h"
#include "pmm.h"
#include "vmm.h"

#define KERNEL_FIRST	272		/* 256 to 271 are Xen's, under Xen PV */

void *tree_create(void)
{
	pvops_pte_t *root = page_alloc(), *kernel = pfn_page(kernel_root);

	if (!root)
		return NULL;
	/* No table yet, so plain stores: they are entries of live tables already. */
	for (int i = KERNEL_FIRST; i < 512; i++)
		root[i] = kernel[i];
	pvops_mmu_alloc_table(4, page_pfn(root));
	if (!pvops_mmu_create_as(page_pfn(root)))
		return root;
	pvops_mmu_release_table(4, page_pfn(root));
	page_free(root);
	return NULL;
}

static void clear(pvops_pte_t *ptep, unsigned int level)
{
	if (level == 4)
		pvops_mmu_clear_pgd(ptep);
	else if (level == 3)
		pvops_mmu_clear_pud(ptep);
	else if (level == 2)
		pvops_mmu_clear_pmd(ptep);
	else
		pvops_mmu_clear_pte(ptep);
}

/* Empty a table of the user's half and free what hangs on it. */
static void free_table(pvops_pte_t *table, unsigned int level)
{
	for (int i = 0; i < (level == 4 ? 256 : 512); i++) {
		pvops_pte_t pte = table[i];
		void *below;

		if (!pte_present(pte))
			continue;
		below = pte_page(pte);
		clear(table + i, level);
		if (level > 1) {
			free_table(below, level - 1);
			pvops_mmu_release_table(level - 1, page_pfn(below));
			page_free(below);
		} else {
			page_put(below);
		}
	}
}

void tree_destroy(void *root)
{
	pvops_pfn_t pfn = page_pfn(root);

	/* Unpinned first: what follows are plain stores then, whatever the host. */
	pvops_mmu_unpin(pfn);
	free_table(root, 4);
	pvops_mmu_destroy_as(pfn);
	pvops_mmu_release_table(4, pfn);
	page_free(root);
}

pvops_pte_t *tree_entry(void *root, unsigned long addr, bool create)
{
	return vmm_walk(page_pfn(root), addr, 1, create);
}

int tree_change(void *root, unsigned long start, unsigned long end, unsigned long flags,
		struct gather *gather)
{
	pvops_mmu_batch_begin();
	for (unsigned long addr = start; addr < end; addr += PVOPS_PAGE_SIZE) {
		pvops_pte_t *ptep = tree_entry(root, addr, false);
		void *page;

		if (!ptep || !pte_present(*ptep))
			continue;
		page = pte_page(*ptep);
		if (!flags) {
			gather->pages[gather->nr++] = page;
			pvops_mmu_clear_pte(ptep);
			continue;
		}
		/* Shared pages stay read-only until somebody writes to them. */
		pvops_mmu_protect_pte(ptep, (PVOPS_PTE_WRITE | PVOPS_PTE_NX) & ~flags,
				      flags & (page_count(page) > 1 ? ~PVOPS_PTE_WRITE : ~0UL));
	}
	return pvops_mmu_batch_flush();
}

/* One level-1 table: the parent's pages become read-only, the child's entries are new. */
static void copy_pages(pvops_pte_t *to, pvops_pte_t *from)
{
	for (int i = 0; i < 512; i++) {
		pvops_pte_t pte = from[i];
		void *page;

		if (!pte_present(pte))
			continue;
		page = pte_page(pte);
		page_get(page);
		if (pvops_pte_flags(pte) & PVOPS_PTE_WRITE)
			pvops_mmu_protect_pte(from + i, PVOPS_PTE_WRITE, 0);
		/* The child's table is declared when it is full. */
		to[i] = pte_make(page_pfn(page), pvops_pte_flags(pte) & ~PVOPS_PTE_WRITE);
	}
}

static bool copy_table(pvops_pte_t *to, pvops_pte_t *from, unsigned int level)
{
	for (int i = 0; i < (level == 4 ? 256 : 512); i++) {
		pvops_pte_t *new;
		pvops_pte_t pte;
		bool ok = true;

		if (!pte_present(from[i]))
			continue;
		new = page_alloc();
		if (!new)
			return false;
		if (level > 2)
			ok = copy_table(new, pte_page(from[i]), level - 1);
		else
			copy_pages(new, pte_page(from[i]));
		pvops_mmu_alloc_table(level - 1, page_pfn(new));
		pte = pte_make(page_pfn(new), PTE_TABLE);
		if (level == 4)
			pvops_mmu_set_pgd(to + i, pte);
		else
			to[i] = pte;
		if (!ok)
			return false;
	}
	return true;
}

bool tree_copy(void *to, void *from)
{
	bool ok;

	pvops_mmu_batch_begin();
	ok = copy_table(to, from, 4);
	if (pvops_mmu_batch_flush())
		kpanic("fork: the parent's pages cannot be made read-only");
	return ok;
}
