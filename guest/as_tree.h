/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The page tables of an address space; callers hold its lock. */
#ifndef GUEST_AS_TREE_H
#define GUEST_AS_TREE_H

#include "guest.h"

#define GATHER_PAGES	64UL

/* Pages that left a tree and wait for the TLBs to forget them. */
struct gather {
	unsigned int nr;
	void *pages[GATHER_PAGES];
};

void *tree_create(void);
void tree_destroy(void *root);

/* The entry of a page; NULL if there is no table (or no memory for one). */
pvops_pte_t *tree_entry(void *root, unsigned long addr, bool create);

/* Give all present pages of at most GATHER_PAGES new flags, or drop them (flags 0). */
int tree_change(void *root, unsigned long start, unsigned long end, pvops_pteword_t flags,
		struct gather *gather);

/* Let @to share all of @from's pages, read-only in both. False: no memory. */
bool tree_copy(void *to, void *from);

#endif /* GUEST_AS_TREE_H */
