// SPDX-License-Identifier: GPL-2.0
/*
 * Entries of page tables under Xen PV.
 *
 * A table in use is read-only to us: Xen emulates a store to it, at the price of two hypercalls.
 * So each change of an entry is an update, which in lazy mode is queued and goes with others. A
 * table not in use yet, or not any more, is ordinary memory.
 */
#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/page.h>
#include <pvops/backend.h>
#include <pvops/thunks.h>
#include <pvops/xen-mmu.h>
#include "../xen/xen-ops.h"

/* The address space of which this CPU has read entries that Xen is still to clear. */
static DEFINE_PER_CPU(const struct mm_struct *, clearing);

static bool live(const void *entry)
{
	return PagePinned(virt_to_page(entry));
}

static void update(void *entry, unsigned int how, unsigned long val)
{
	struct multicall_space mcs;
	struct mmu_update *u, now;

	if (xen_get_lazy_mode() != XEN_LAZY_MMU) {
		now.ptr = virt_to_machine(entry).maddr | how;
		now.val = val;
		/* A frame that is not ours, of /dev/mem: whoever maps it finds nothing there. */
		if (HYPERVISOR_mmu_update(&now, 1, NULL, DOMID_SELF) < 0)
			pr_warn_ratelimited("xen: entry %llx refused: %lx\n", now.ptr, val);
		return;
	}

	xen_mc_batch();
	mcs = xen_mc_extend_args(__HYPERVISOR_mmu_update, sizeof(*u));
	if (mcs.mc) {
		mcs.mc->args[1]++;
	} else {
		mcs = __xen_mc_entry(sizeof(*u));
		MULTI_mmu_update(mcs.mc, mcs.args, 1, NULL, DOMID_SELF);
	}
	u = mcs.args;
	u->ptr = virt_to_machine(entry).maddr | how;
	u->val = val;
	xen_mc_issue(XEN_LAZY_MMU);
}

static void xen_mmu_set_pte(pte_t *ptep, pte_t pte)
{
	if (live(ptep))
		update(ptep, MMU_NORMAL_PT_UPDATE, pte.pte);
	else
		native_set_pte(ptep, pte);
}

static void xen_mmu_clear_pte(pte_t *ptep)
{
	xen_mmu_set_pte(ptep, native_make_pte(0));
}

/*
 * Does only this task, with no other thread, use the address space? Then nobody sets a dirty bit
 * between our reading an entry and Xen's clearing it: others may look at the entry, and change it
 * under the lock that we hold, and kernel threads have said that they come, see below.
 */
static bool alone(const struct mm_struct *mm)
{
	return mm == current->mm && atomic_read(&mm->mm_users) == 1 &&
	       !test_bit(MM_CONTEXT_KTHREAD, &mm->context.flags);
}

static bool begin_clearing(const struct mm_struct *mm)
{
	if (this_cpu_read(clearing))
		xen_mc_flush();
	this_cpu_write(clearing, mm);
	/* Said first, then looked; xen_mmu_use_mm() does it the other way round. */
	smp_mb();
	if (alone(mm))
		return true;
	this_cpu_write(clearing, NULL);
	return false;
}

static unsigned long xen_mmu_get_and_clear_pte(struct mm_struct *mm, pte_t *ptep)
{
	unsigned long pte;

	if (xen_get_lazy_mode() != XEN_LAZY_MMU || !live(ptep) ||
	    (this_cpu_read(clearing) != mm && !begin_clearing(mm)))
		return native_ptep_get_and_clear(ptep).pte;
	pte = READ_ONCE(*ptep).pte;
	update(ptep, MMU_NORMAL_PT_UPDATE, 0);
	return pte;
}

void xen_mmu_use_mm(struct mm_struct *mm)
{
	int cpu;

	set_bit(MM_CONTEXT_KTHREAD, &mm->context.flags);
	/* Whoever has not seen it has said what he does: see begin_clearing(). */
	smp_mb__after_atomic();
	for_each_online_cpu(cpu)
		while (READ_ONCE(per_cpu(clearing, cpu)) == mm)
			cpu_relax();
}

/* Accessed and dirty bits that are set meanwhile are kept, so who else sets them is no matter. */
int xen_mmu_wrprotect_pte(pte_t *ptep)
{
	if (!live(ptep))
		return 0;
	update(ptep, MMU_PT_UPDATE_PRESERVE_AD, pte_wrprotect(READ_ONCE(*ptep)).pte);
	return 1;
}

static unsigned long xen_mmu_modify_prot_start(pte_t *ptep)
{
	return READ_ONCE(*ptep).pte;
}

static void xen_mmu_modify_prot_commit(pte_t *ptep, unsigned long pte)
{
	if (live(ptep))
		update(ptep, MMU_PT_UPDATE_PRESERVE_AD, pte);
	else
		native_set_pte(ptep, native_make_pte(pte));
}

void xen_mmu_lazy_leave(void)
{
	preempt_disable();
	xen_mc_flush();
	this_cpu_write(clearing, NULL);
	leave_lazy(XEN_LAZY_MMU);
	preempt_enable();
}

PVOPS_SAVE(mmu_set_pte, xen_mmu_set_pte);
PVOPS_SAVE(mmu_clear_pte, xen_mmu_clear_pte);
PVOPS_SAVE(linux_get_and_clear_pte, xen_mmu_get_and_clear_pte);
PVOPS_SAVE(linux_ptep_modify_prot_start, xen_mmu_modify_prot_start);
PVOPS_SAVE(linux_ptep_modify_prot_commit, xen_mmu_modify_prot_commit);

void __init xen_mmu_tables_known(void)
{
	pvops_set(mmu_set_pte, xen_mmu_set_pte_thunk);
	pvops_set(mmu_clear_pte, xen_mmu_clear_pte_thunk);
	pvops_set(linux_get_and_clear_pte, xen_mmu_get_and_clear_pte_thunk);
	pvops_set(linux_ptep_modify_prot_start, xen_mmu_modify_prot_start_thunk);
	pvops_set(linux_ptep_modify_prot_commit, xen_mmu_modify_prot_commit_thunk);
	xen_kept_init();
}

static void walk(struct mm_struct *mm, const unsigned long *table, unsigned int nr,
		 enum pt_level level, xen_mmu_walk_t *func)
{
	unsigned int i, j;

	for (i = 0; i < nr; i += 8) {
		const unsigned long *t = table + i;

		/* Tables are mostly empty. */
		if (!(t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7]))
			continue;
		if (level == PT_PGD && i >= pgd_index(GUARD_HOLE_BASE_ADDR) &&
		    i < pgd_index(GUARD_HOLE_END_ADDR))
			continue;
		for (j = 0; j < 8; j++) {
			struct page *page;

			if (!(t[j] & _PAGE_PRESENT))
				continue;
			page = pfn_to_page(mfn_to_pfn((t[j] & XEN_PTE_MFN_MASK) >> PAGE_SHIFT));
			func(mm, page, level == PT_PGD ? PT_PUD : level + 1);
			if (level != PT_PMD)
				walk(mm, page_address(page), PTRS_PER_PTE,
				     level == PT_PGD ? PT_PUD : level + 1, func);
		}
	}
}

/* All tables that translate addresses below @limit; the top last, as a cue to flush the TLB. */
void xen_mmu_walk(struct mm_struct *mm, pgd_t *pgd, xen_mmu_walk_t *func, unsigned long limit)
{
	walk(mm, (const unsigned long *)pgd, pgd_index(limit - 1) + 1, PT_PGD, func);
	func(mm, virt_to_page(pgd), PT_PGD);
}
