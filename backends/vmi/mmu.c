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

extern const u8 pvops_image_start[], pvops_image_end[];

static u8 batches[PVOPS_MAX_CPUS];	/* how deep each CPU is in them */

static void set_entry(pvops_pte_t *ptep, u64 val, u32 flags)
{
	VMI_FN(VMI_SET_PXE_LONG, void, u64, pvops_pte_t *, u32)(val, ptep, flags);
}

static void update(pvops_pte_t *ptep, u32 flags)
{
	VMI_FN(VMI_UPDATE_PXE_LONG, void, pvops_pte_t *, u32)(ptep, flags);
}

/*
 * An entry as it is when all that the ROM holds back in a batch has happened. Only with interrupts
 * off can this CPU be in one, and only then is it still the same CPU.
 */
static u64 current(pvops_pte_t *ptep)
{
	if (!(pvops_irq_save() & PVOPS_FLAGS_IF) && batches[pvops_cpu()]) {
		VMI_FN(VMI_SET_LAZY_MODE, void, u32)(VMI_LAZY_NONE);
		VMI_FN(VMI_SET_LAZY_MODE, void, u32)(VMI_LAZY_MMU);
	}
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

/* pvops counts levels as the hardware does, from 1; VMI has a bit for each. */
static u32 level_flag(unsigned int level)
{
	return VMI_PAGE_PT << (level - 1) | VMI_PAGE_PAE;
}

/* ZEROED is said of pages that are: a kernel's own tables have entries when it tells of them. */
static u32 zeroed(pvops_pfn_t pfn)
{
	const u64 *page = pvops_get_host()->gpa_to_virt((__force pvops_gpa_t)
			((__force unsigned long)pfn << PVOPS_PAGE_SHIFT));

	for (u32 i = 0; i < PVOPS_PAGE_SIZE / 8; i++)
		if (page[i])
			return 0;
	return VMI_PAGE_ZEROED;
}

void vmi_alloc_table(unsigned int level, pvops_pfn_t pfn)
{
	VMI_FN(VMI_ALLOCATE_PAGE, void, pvops_pfn_t, u32, u32, u32, u32)
		(pfn, level_flag(level) | zeroed(pfn), 0, 0, 0);
}

void vmi_release_table(unsigned int level, pvops_pfn_t pfn)
{
	VMI_FN(VMI_RELEASE_PAGE, void, pvops_pfn_t, u32)(pfn, level_flag(level));
}

/* Where page tables are mapped: in the direct map, and the first ones in the image. */
static struct {
	u32 va, pages, pfn;
} mappings[2];

/* The ROM finds frames by them: each CPU tells them first of all. */
static void tell_mappings(void)
{
	for (u32 slot = 0; slot < 2; slot++)
		VMI_FN(VMI_SET_LINEAR_MAPPING, void, u32, u32, u32, u32)
			(slot, mappings[slot].va, mappings[slot].pages, mappings[slot].pfn);
}

static u32 gpa_of(const void *va)
{
	return (u32)(__force unsigned long)pvops_get_host()->virt_to_gpa(va);
}

int vmi_find_mappings(u32 top)
{
	void *page = pvops_get_host()->alloc_pages(0);

	if (!page)
		return -PVOPS_ENOMEM;
	/* Down to frame 0, wherever this page is, and up to where addresses end: it may be all. */
	mappings[0].va = (u32)page - gpa_of(page);
	mappings[0].pages = (u32)(((top ? top : 1ULL << 32) - mappings[0].va) >> PVOPS_PAGE_SHIFT);
	pvops_get_host()->free_pages(page, 0);
	mappings[1].va = (u32)pvops_image_start & PVOPS_PAGE_MASK;
	mappings[1].pages = ((u32)pvops_image_end - mappings[1].va + PVOPS_PAGE_SIZE - 1) >>
			    PVOPS_PAGE_SHIFT;
	mappings[1].pfn = gpa_of(pvops_image_start) >> PVOPS_PAGE_SHIFT;
	tell_mappings();
	return 0;
}

int vmi_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start)
{
	return pvops_base_start_cpu(cpu, start, tell_mappings);
}

/* VMI's modes do not nest. */
void vmi_batch_begin(void)
{
	if (!batches[pvops_cpu()]++)
		VMI_FN(VMI_SET_LAZY_MODE, void, u32)(VMI_LAZY_MMU);
}

int vmi_batch_flush(void)
{
	if (!--batches[pvops_cpu()])
		VMI_FN(VMI_SET_LAZY_MODE, void, u32)(VMI_LAZY_NONE);
	return 0;
}
