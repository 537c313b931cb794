// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Entries of page tables under Xen PV: hypercalls on live tables, plain stores on others;
 * their conversion between our frame numbers and the machine's; and the root.
 */
#include "xen.h"

PVOPS_THUNK_cpu_read_cr3(xen_read_cr3_op, xen_read_cr3);
PVOPS_THUNK_cpu_write_cr3(xen_write_cr3_op, xen_write_cr3);
PVOPS_THUNK_mmu_make_pte(xen_make_pte_op, xen_make_pte);
PVOPS_THUNK_mmu_pte_val(xen_pte_val_op, xen_pte_val);
PVOPS_THUNK_mmu_pfn_to_mfn(xen_pfn_to_mfn_op, xen_convert_pfn);
PVOPS_THUNK_mmu_mfn_to_pfn(xen_mfn_to_pfn_op, xen_convert_mfn);
PVOPS_THUNK_mmu_activate(xen_activate_op, xen_activate);
PVOPS_THUNK_mmu_set_fixmap(xen_set_fixmap_op, xen_set_fixmap);

pvops_pte_t xen_make_pte(pvops_pteval_t val)
{
	unsigned long entry = (__force unsigned long)val, mfn;

	if (!(entry & PVOPS_PTE_PRESENT))
		return (__force pvops_pte_t)entry;
	mfn = xen_pfn_to_mfn((entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT);
	if (mfn > PVOPS_PTE_FRAME >> PVOPS_PAGE_SHIFT)
		return (__force pvops_pte_t)0UL;
	return (__force pvops_pte_t)((entry & ~PVOPS_PTE_FRAME) | mfn << PVOPS_PAGE_SHIFT);
}

pvops_pteval_t xen_pte_val(pvops_pte_t pte)
{
	unsigned long entry = (__force unsigned long)pte, pfn;

	if (!(entry & PVOPS_PTE_PRESENT))
		return (__force pvops_pteval_t)entry;
	pfn = xen_mfn_to_pfn((entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT);
	if (pfn == ~0UL)
		return (__force pvops_pteval_t)(entry & ~PVOPS_PTE_PRESENT);
	return (__force pvops_pteval_t)((entry & ~PVOPS_PTE_FRAME) | pfn << PVOPS_PAGE_SHIFT);
}

pvops_mfn_t xen_convert_pfn(pvops_pfn_t pfn)
{
	return (__force pvops_mfn_t)xen_pfn_to_mfn((__force unsigned long)pfn);
}

pvops_pfn_t xen_convert_mfn(pvops_mfn_t mfn)
{
	return (__force pvops_pfn_t)xen_mfn_to_pfn((__force unsigned long)mfn);
}

/* The same entry of the root's user twin, NULL if there is none. */
static unsigned long *twin_entry(const pvops_pte_t *ptep)
{
	unsigned long index = ((unsigned long)ptep & ~PVOPS_PAGE_MASK) / sizeof(*ptep);
	unsigned long twin = index < 256 ? xen_twin(xen_virt_to_pfn(ptep)) : 0;
	unsigned long *table;

	if (!twin)
		return NULL;
	table = pvops_get_host()->gpa_to_virt(pvops_pfn_to_gpa((__force pvops_pfn_t)twin));
	return table + index;
}

static void set_entry(pvops_pte_t *ptep, unsigned long entry, unsigned int level, unsigned int how)
{
	unsigned long *twin = level == 4 ? twin_entry(ptep) : NULL, masked;

	if (!xen_table_live(ptep)) {
		*ptep = (__force pvops_pte_t)entry;
		if (twin)
			*twin = entry;
		return;
	}
	masked = xen_mask_save();
	if (level > 1)
		xen_table_link(entry, level);
	xen_batch_update(xen_virt_to_machine(ptep) | how, entry);
	if (twin)
		xen_batch_update(xen_virt_to_machine(twin) | how, entry);
	xen_batch_kick();
	xen_mask_restore(masked);
}

/* The entry as it is when all that is queued has happened. */
static unsigned long entry_now(pvops_pte_t *ptep)
{
	if (xen_table_live(ptep) && xen_batch_holds(xen_virt_to_machine(ptep))) {
		unsigned long masked = xen_mask_save();

		xen_batch_run();
		xen_mask_restore(masked);
	}
	return __atomic_load_n((__force unsigned long *)ptep, __ATOMIC_RELAXED);
}

/* Two CPUs that read, change and write: Xen has no update that exchanges. */
static u32 change_lock;

static unsigned long lock_changes(void)
{
	unsigned long masked = xen_mask_save();

	while (__atomic_exchange_n(&change_lock, 1, __ATOMIC_ACQUIRE))
		xen_call2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	return masked;
}

static void unlock_changes(unsigned long masked)
{
	__atomic_store_n(&change_lock, 0, __ATOMIC_RELEASE);
	xen_mask_restore(masked);
}

/*
 * Compare and exchange in a level-1 table or one that is not live. Xen emulates it on a table in
 * use, and lets us have the fault for one that is live to us but linked nowhere: false then.
 */
static bool exchange(unsigned long *entry, unsigned long *old, unsigned long new, bool *done)
{
	u8 ok = 1, equal = 0;

	asm volatile("1:	lock cmpxchg %4, %2\n"
		     "	sete	%1\n"
		     "	jmp	3f\n"
		     "2:	movb	$0, %0\n"
		     "3:\n"
		     PVOPS_EXTABLE(1b, 2b)
		     : "+q"(ok), "+q"(equal), "+m"(*entry), "+a"(*old)
		     : "r"(new)
		     : "memory", "cc");
	*done = equal;
	return ok;
}

/*
 * Read, change, write. The hardware sets bits of its own meanwhile: in a level-1 table we compare
 * and exchange; above there is only the accessed bit, which nobody misses.
 */
static unsigned long change(pvops_pte_t *ptep, unsigned long keep, unsigned long set,
			    unsigned int level)
{
	unsigned long old = entry_now(ptep), masked;
	bool done = false;

	while (level == 1 && !done)
		if (!exchange((__force unsigned long *)ptep, &old, (old & keep) | set, &done))
			break;
	if (done)
		return old;
	masked = lock_changes();
	old = entry_now(ptep);
	set_entry(ptep, (old & keep) | set, level, MMU_NORMAL_PT_UPDATE);
	unlock_changes(masked);
	return old;
}

static void protect(pvops_pte_t *ptep, u64 clear, u64 set, unsigned int level)
{
	unsigned long old = entry_now(ptep), new;

	clear &= ~(PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY);
	new = (old & ~clear) | set;
	if (xen_table_live(ptep) && level == 1)
		set_entry(ptep, new, level, MMU_PT_UPDATE_PRESERVE_AD);
	else
		change(ptep, ~clear, set, level);
}

#define LEVEL(name, level)								\
	PVOPS_THUNK_mmu_set_##name(xen_set_##name##_op, xen_set_##name);		\
	PVOPS_THUNK_mmu_clear_##name(xen_clear_##name##_op, xen_clear_##name);		\
	PVOPS_THUNK_mmu_tas_##name(xen_tas_##name##_op, xen_tas_##name);		\
	PVOPS_THUNK_mmu_xchg_##name(xen_xchg_##name##_op, xen_xchg_##name);		\
	void xen_set_##name(pvops_pte_t *ptep, pvops_pte_t pte)				\
	{										\
		set_entry(ptep, (__force unsigned long)pte, level, MMU_NORMAL_PT_UPDATE); \
	}										\
	void xen_clear_##name(pvops_pte_t *ptep)					\
	{										\
		set_entry(ptep, 0, level, MMU_NORMAL_PT_UPDATE);			\
	}										\
	bool xen_tas_##name(pvops_pte_t *ptep, unsigned long bit)			\
	{										\
		return change(ptep, ~0UL, 1UL << bit, level) >> bit & 1;		\
	}										\
	pvops_pte_t xen_xchg_##name(pvops_pte_t *ptep, pvops_pte_t pte)			\
	{										\
		return (__force pvops_pte_t)change(ptep, 0, (__force unsigned long)pte, level); \
	}										\
	void xen_protect_##name(pvops_pte_t *ptep, u64 clear, u64 set)			\
	{										\
		protect(ptep, clear, set, level);					\
	}

LEVEL(pte, 1)
LEVEL(pmd, 2)
LEVEL(pud, 3)
LEVEL(pgd, 4)

pvops_gpa_t xen_read_cr3(void)
{
	return (__force pvops_gpa_t)xen_cpu()->root;
}

void xen_write_cr3(pvops_gpa_t root)
{
	unsigned long gpa = (__force unsigned long)root & PVOPS_PTE_FRAME;
	struct mmuext_op op = { .cmd = MMUEXT_NEW_BASEPTR };
	unsigned long masked = xen_mask_save();

	if (xen_pin_pfn(gpa >> PVOPS_PAGE_SHIFT))
		pvops_panic("xen-pv: write_cr3: %lx is no valid table", gpa);
	op.arg1.mfn = xen_pfn_to_mfn(gpa >> PVOPS_PAGE_SHIFT);
	xen_cpu()->root = gpa;
	xen_batch_ext(&op);
	if (xen_batch_kick())
		pvops_panic("xen-pv: write_cr3: Xen refuses the table at %lx", gpa);
	xen_mask_restore(masked);
}

void xen_activate(pvops_gpa_t root)
{
	unsigned long gpa = (__force unsigned long)root & PVOPS_PTE_FRAME;
	unsigned long pfn = gpa >> PVOPS_PAGE_SHIFT, twin, masked = xen_mask_save();
	struct mmuext_op op = { .cmd = MMUEXT_NEW_BASEPTR };

	if (xen_pin_pfn(pfn))
		pvops_panic("xen-pv: activate: %lx is no valid address space", gpa);
	op.arg1.mfn = xen_pfn_to_mfn(pfn);
	xen_batch_ext(&op);
	twin = xen_twin(pfn);
	op.cmd = MMUEXT_NEW_USER_BASEPTR;
	op.arg1.mfn = twin ? xen_pfn_to_mfn(twin) : 0;
	xen_batch_ext(&op);
	xen_cpu()->root = gpa;
	if (xen_batch_kick())
		pvops_panic("xen-pv: activate: Xen refuses the address space at %lx", gpa);
	xen_mask_restore(masked);
}

void xen_set_fixmap(pvops_pte_t *ptep, unsigned long va, pvops_pte_t pte)
{
	unsigned long masked = xen_mask_save();

	xen_batch_call(__HYPERVISOR_update_va_mapping, va, (__force unsigned long)pte,
		       UVMF_INVLPG | UVMF_LOCAL);
	xen_batch_kick();
	xen_mask_restore(masked);
}
