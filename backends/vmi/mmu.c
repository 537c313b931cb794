// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Page tables by VMI. PAE always, so entries go by the long forms. An entry that hardware may
 * change meanwhile is exchanged by the kernel and then shown to the ROM (UpdatePxELong).
 */
#include <pvops/insn.h>
#include <pvops/thunks.h>
#include "vmi.h"

PVOPS_THUNK_mmu_activate(vmi_activate, vmi_c_activate);
PVOPS_THUNK_mmu_set_pte(vmi_set_pte, vmi_c_set_pte);
PVOPS_THUNK_mmu_set_pmd(vmi_set_pmd, vmi_c_set_pmd);
PVOPS_THUNK_mmu_set_pud(vmi_set_pud, vmi_c_set_pud);
PVOPS_THUNK_mmu_clear_pte(vmi_clear_pte, vmi_c_clear_pte);
PVOPS_THUNK_mmu_clear_pmd(vmi_clear_pmd, vmi_c_clear_pmd);
PVOPS_THUNK_mmu_clear_pud(vmi_clear_pud, vmi_c_clear_pud);
PVOPS_THUNK_mmu_tas_pte(vmi_tas_pte, vmi_c_tas_pte);
PVOPS_THUNK_mmu_tas_pmd(vmi_tas_pmd, vmi_c_tas_pmd);
PVOPS_THUNK_mmu_tas_pud(vmi_tas_pud, vmi_c_tas_pud);
PVOPS_THUNK_mmu_xchg_pte(vmi_xchg_pte, vmi_c_xchg_pte);
PVOPS_THUNK_mmu_xchg_pmd(vmi_xchg_pmd, vmi_c_xchg_pmd);
PVOPS_THUNK_mmu_xchg_pud(vmi_xchg_pud, vmi_c_xchg_pud);
PVOPS_THUNK_mmu_flush_one(vmi_flush_one, vmi_c_flush_one);
PVOPS_THUNK_mmu_set_fixmap(vmi_set_fixmap, vmi_c_set_fixmap);

/*
 * What is changed in a batch may wait for its end. Not if exchanges are native's, which would find
 * what is in memory and not ask.
 */
static u32 deferred(void)
{
	return vmi_targets[VMI_UPDATE_PXE_LONG] && vmi_lazy(VMI_LAZY_MMU) ? VMI_PAGE_DEFER : 0;
}

static void set_entry(pvops_pte_t *ptep, u64 val, u32 flags)
{
	flags |= deferred();
	VMI_FN(VMI_SET_PXE_LONG, void, u64, pvops_pte_t *, u32)(val, ptep, flags);
}

static void update(pvops_pte_t *ptep, u32 flags)
{
	flags |= deferred();
	VMI_FN(VMI_UPDATE_PXE_LONG, void, pvops_pte_t *, u32)(ptep, flags);
}

/* An entry as it is when all that the ROM holds back in a batch has happened. */
static u64 current(pvops_pte_t *ptep)
{
	vmi_settle();
	return *(volatile u64 *)(__force u64 *)ptep;
}

static u64 exchange(pvops_pte_t *ptep, u64 val, u32 flags)
{
	u64 *entry = (__force u64 *)ptep, old = current(ptep);

	while (!pvops_cas64(entry, &old, val))
		;
	update(ptep, flags);
	return old;
}

static bool test_and_set(pvops_pte_t *ptep, unsigned long bit, u32 flags)
{
	u64 *entry = (__force u64 *)ptep, old = current(ptep);

	while (!pvops_cas64(entry, &old, old | 1ULL << bit))
		;
	update(ptep, flags);
	return old >> bit & 1;
}

static void protect(pvops_pte_t *ptep, u64 clear, u64 set, u32 flags)
{
	u64 *entry = (__force u64 *)ptep, old = current(ptep);

	clear &= ~(PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY);
	while (!pvops_cas64(entry, &old, (old & ~clear) | set))
		;
	update(ptep, flags);
}

/* The ops of a level. */
#define VMI_LEVEL(name, level)								\
	void vmi_c_set_##name(pvops_pte_t *ptep, pvops_pte_t pte)			\
	{										\
		set_entry(ptep, (__force u64)pte, level);				\
	}										\
	void vmi_c_clear_##name(pvops_pte_t *ptep)					\
	{										\
		set_entry(ptep, 0, level);						\
	}										\
	pvops_pte_t vmi_c_xchg_##name(pvops_pte_t *ptep, pvops_pte_t pte)		\
	{										\
		return (__force pvops_pte_t)exchange(ptep, (__force u64)pte, level);	\
	}										\
	bool vmi_c_tas_##name(pvops_pte_t *ptep, unsigned long bit)			\
	{										\
		return test_and_set(ptep, bit, level);					\
	}										\
	void vmi_protect_##name(pvops_pte_t *ptep, u64 clear, u64 set)			\
	{										\
		protect(ptep, clear, set, level);					\
	}

VMI_LEVEL(pte, VMI_PAGE_PT)
VMI_LEVEL(pmd, VMI_PAGE_PD)
VMI_LEVEL(pud, VMI_PAGE_PDP)

void vmi_c_activate(pvops_gpa_t root)
{
	VMI_FN(VMI_SET_CR3, void, pvops_gpa_t)(root);
}

void vmi_c_flush_one(unsigned long va)
{
	VMI_FN(VMI_INVAL_PAGE, void, unsigned long)(va);
}

void vmi_c_set_fixmap(pvops_pte_t *ptep, unsigned long va, pvops_pte_t pte)
{
	set_entry(ptep, (__force u64)pte,
		  VMI_PAGE_PT | VMI_PAGE_CURRENT_AS | (va & VMI_PAGE_VA_MASK));
	/* The op, for the ROM need not have a call for this. */
	pvops_mmu_flush_one(va);
}

void vmi_flush_local(void)
{
	VMI_FN(VMI_FLUSH_TLB, void, u32)(VMI_FLUSH_NON_GLOBAL);
}

void vmi_flush_global(void)
{
	VMI_FN(VMI_FLUSH_TLB, void, u32)(VMI_FLUSH_NON_GLOBAL | VMI_FLUSH_GLOBAL);
}
