// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Page tables of an address space. The kernel's half is shared by entry; below it every table
 * is the address space's own.
 */
#include "as_tree.h"
#include "pmm.h"
#include "vmm.h"

#define TABLES_AT_ONCE	(PVOPS_TOP_LEVEL == 3)

void *tree_create(void)
{
	pvops_pte_t *root = page_alloc(), *kernel = pfn_page(kernel_root);

	if (!root)
		return NULL;
	/* No table yet, so plain stores: they are entries of live tables already. */
	for (int i = TOP_KERNEL; i < TOP_ENTRIES; i++)
		root[i] = kernel[i];
	pvops_mmu_alloc_table(PVOPS_TOP_LEVEL, page_pfn(root));
	if (pvops_mmu_create_as(page_pfn(root))) {
		pvops_mmu_release_table(PVOPS_TOP_LEVEL, page_pfn(root));
		page_free(root);
		return NULL;
	}
	/* With PAE a CPU reads the top entries when it loads CR3: they are there from the start. */
	for (unsigned int i = 0; TABLES_AT_ONCE && i < TOP_USER; i++) {
		if (vmm_walk(page_pfn(root), (unsigned long)i << 30, 2, true))
			continue;
		tree_destroy(root);
		return NULL;
	}
	return root;
}

static unsigned int user_entries(unsigned int level)
{
	return level == PVOPS_TOP_LEVEL ? TOP_USER : 512;
}

/* Empty a table of the user's half and free what hangs on it. */
static void free_table(pvops_pte_t *table, unsigned int level)
{
	for (unsigned int i = 0; i < user_entries(level); i++) {
		pvops_pte_t pte = table[i];
		void *below;

		if (!pte_present(pte))
			continue;
		below = pte_page(pte);
		entry_clear(level, table + i);
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
	free_table(root, PVOPS_TOP_LEVEL);
	pvops_mmu_destroy_as(pfn);
	pvops_mmu_release_table(PVOPS_TOP_LEVEL, pfn);
	page_free(root);
}

pvops_pte_t *tree_entry(void *root, unsigned long addr, bool create)
{
	return vmm_walk(page_pfn(root), addr, 1, create);
}

int tree_change(void *root, unsigned long start, unsigned long end, pvops_pteword_t flags,
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
				      flags & (page_count(page) > 1 ? ~PVOPS_PTE_WRITE : ~0ULL));
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
	for (unsigned int i = 0; i < user_entries(level); i++) {
		pvops_pte_t *new;
		bool ok = true;

		if (!pte_present(from[i]))
			continue;
		if (pte_present(to[i])) {
			if (!copy_table(pte_page(to[i]), pte_page(from[i]), level - 1))
				return false;
			continue;
		}
		new = page_alloc();
		if (!new)
			return false;
		if (level > 2)
			ok = copy_table(new, pte_page(from[i]), level - 1);
		else
			copy_pages(new, pte_page(from[i]));
		pvops_mmu_alloc_table(level - 1, page_pfn(new));
		/* Only what tree_create() has made is a table already. */
		if (level >= PVOPS_TOP_LEVEL - TABLES_AT_ONCE)
			entry_set(level, to + i, pte_make(page_pfn(new), table_flags(level)));
		else
			to[i] = pte_make(page_pfn(new), table_flags(level));
		if (!ok)
			return false;
	}
	return true;
}

bool tree_copy(void *to, void *from)
{
	bool ok;

	pvops_mmu_batch_begin();
	ok = copy_table(to, from, PVOPS_TOP_LEVEL);
	if (pvops_mmu_batch_flush())
		kpanic("fork: the parent's pages cannot be made read-only");
	return ok;
}
