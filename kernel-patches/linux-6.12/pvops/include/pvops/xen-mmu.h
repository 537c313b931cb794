/* SPDX-License-Identifier: GPL-2.0 */
/* Page tables under Xen PV: what xen-mmu.c does for arch/x86/xen/mmu_pv.c. */
#ifndef _PVOPS_XEN_MMU_H
#define _PVOPS_XEN_MMU_H

#include <linux/mm_types.h>

enum pt_level;

typedef void xen_mmu_walk_t(struct mm_struct *mm, struct page *page, enum pt_level level);

void xen_mmu_walk(struct mm_struct *mm, pgd_t *pgd, xen_mmu_walk_t *func, unsigned long limit);
/* Tables in use are marked so from here on. */
void xen_mmu_tables_known(void);

/* xen-pte.S: for ops that keep all registers, not to be called from C */
extern const u8 xen_mmu_pte_val[], xen_mmu_make_pte[];

int xen_mmu_wrprotect_pte(pte_t *ptep);
void xen_mmu_use_mm(struct mm_struct *mm);
void xen_mmu_lazy_leave(void);

/* xen-tables.c */
void xen_kept_init(void);
/* Do the tables of an address space that ends stay in use until they are empty? */
bool xen_kept_stay(const struct mm_struct *mm);
/* Was the table pinned by itself? It is about to be unpinned then. */
bool xen_table_single(struct page *page, enum pt_level level);

#endif /* _PVOPS_XEN_MMU_H */
