// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Address spaces: areas, page faults, copy-on-write.
 */
#include "as.h"
#include "as_tree.h"
#include "pmm.h"
#include "sched.h"
#include "vmm.h"

#define MAX_AS		128
#define MAX_CHANGE	(1ULL << 36)	/* bytes that one call changes */

#define ERROR_WRITE	2
#define ERROR_FETCH	16

static struct as spaces[MAX_AS];
static struct lock spaces_lock;

struct as *as_create(void)
{
	unsigned long flags = lock_irqsave(&spaces_lock);
	struct as *as = NULL;

	for (int i = 0; i < MAX_AS && !as; i++) {
		if (spaces[i].users)
			continue;
		as = spaces + i;
		as->users = 1;
	}
	unlock_irqrestore(&spaces_lock, flags);
	if (!as)
		return NULL;
	for (int i = 0; i < MAX_AREAS; i++)
		as->areas[i].prot = 0;
	as->cpus = 0;
	as->root = tree_create();
	if (as->root)
		return as;
	__atomic_store_n(&as->users, 0, __ATOMIC_RELEASE);
	return NULL;
}

void as_get(struct as *as)
{
	__atomic_fetch_add(&as->users, 1, __ATOMIC_RELAXED);
}

void as_put(struct as *as)
{
	/* The last user keeps the place until the tree is gone. */
	if (__atomic_load_n(&as->users, __ATOMIC_ACQUIRE) == 1)
		tree_destroy(as->root);
	__atomic_sub_fetch(&as->users, 1, __ATOMIC_RELEASE);
}

pvops_pfn_t as_root(const struct as *as)
{
	return as ? page_pfn(as->root) : kernel_root;
}

void as_activate(struct as *as)
{
	struct cpu *cpu = this_cpu();

	if (cpu->as)
		__atomic_fetch_and(&cpu->as->cpus, ~(1UL << cpu->pv.cpu), __ATOMIC_SEQ_CST);
	if (as)
		__atomic_fetch_or(&as->cpus, 1UL << cpu->pv.cpu, __ATOMIC_SEQ_CST);
	cpu->as = as;
	pvops_mmu_activate(pvops_pfn_to_gpa(as_root(as)));
}

/* Drop a range from the TLBs of the CPUs that run on it. */
static void as_flush(struct as *as, unsigned long start, unsigned long end)
{
	struct pvops_cpumask mask = { .bits = { __atomic_load_n(&as->cpus, __ATOMIC_SEQ_CST) } };

	if (mask.bits[0])
		pvops_mmu_flush_others(&mask, start, end);
}

static struct area *area_at(struct as *as, unsigned long addr)
{
	for (int i = 0; i < MAX_AREAS; i++)
		if (as->areas[i].prot && addr >= as->areas[i].start && addr < as->areas[i].end)
			return as->areas + i;
	return NULL;
}

static pvops_pteword_t prot_flags(unsigned int prot)
{
	return PVOPS_PTE_PRESENT | PVOPS_PTE_USER | (prot & AS_WRITE ? PVOPS_PTE_WRITE : 0) |
	       (prot & AS_EXEC ? 0 : pte_nx);
}

bool as_touch(struct as *as, unsigned long addr, bool write)
{
	unsigned long flags = lock_irqsave(&as->lock);
	struct area *area = area_at(as, addr);
	pvops_pte_t *ptep;
	bool ok = false;
	void *page;

	if (!area || (write && !(area->prot & AS_WRITE)))
		goto out;
	ptep = tree_entry(as->root, addr, true);
	if (!ptep)
		goto out;
	addr &= PVOPS_PAGE_MASK;
	if (!pte_present(*ptep)) {
		page = page_alloc();
		if (!page)
			goto out;
		pvops_mmu_set_pte(ptep, pte_make(page_pfn(page), prot_flags(area->prot)));
	} else if (write && !(pvops_pte_flags(*ptep) & PVOPS_PTE_WRITE)) {
		void *old = pte_page(*ptep);

		if (page_count(old) > 1) {
			page = page_alloc();
			if (!page)
				goto out;
			for (int i = 0; i < 512; i++)
				((u64 *)page)[i] = ((u64 *)old)[i];
			pvops_mmu_set_pte(ptep, pte_make(page_pfn(page), prot_flags(area->prot)));
			page_put(old);
		} else {
			pvops_mmu_protect_pte(ptep, 0, PVOPS_PTE_WRITE);
		}
		/* Others see the old page until they fault or switch: it is read-only to them. */
		pvops_mmu_flush_one(addr);
	}
	ok = true;
out:
	unlock_irqrestore(&as->lock, flags);
	return ok;
}

bool as_fault(unsigned long addr, unsigned long error)
{
	struct as *as = this_cpu()->as;
	struct area *area;

	if (!as)
		return false;
	area = area_at(as, addr);
	if (!area || (error & ERROR_FETCH && !(area->prot & AS_EXEC)))
		return false;
	return as_touch(as, addr, error & ERROR_WRITE);
}

static bool range_ok(unsigned long start, unsigned long end)
{
	return !(start % PVOPS_PAGE_SIZE) && !(end % PVOPS_PAGE_SIZE) && start >= PVOPS_PAGE_SIZE &&
	       start < end && end <= USER_END - PVOPS_PAGE_SIZE;
}

int as_map(struct as *as, unsigned long start, unsigned long end, unsigned int prot)
{
	unsigned long flags;
	struct area *free = NULL;
	int err = 0;

	if (!range_ok(start, end) || !(prot & 7) || prot > 7)
		return -PVOPS_EINVAL;
	flags = lock_irqsave(&as->lock);
	for (int i = 0; i < MAX_AREAS; i++) {
		if (!as->areas[i].prot)
			free = as->areas + i;
		else if (start < as->areas[i].end && end > as->areas[i].start)
			err = -PVOPS_EBUSY;
	}
	if (!err && !free)
		err = -PVOPS_ENOSPC;
	if (!err)
		*free = (struct area){ start, end, prot };
	unlock_irqrestore(&as->lock, flags);
	return err;
}

unsigned long as_find(struct as *as, unsigned long size)
{
	unsigned long at = MMAP_BASE;

	/* Behind the last area of the region; gaps are not worth a search. */
	for (int i = 0; i < MAX_AREAS; i++)
		if (as->areas[i].prot && as->areas[i].end > at &&
		    as->areas[i].start < MMAP_END)
			at = as->areas[i].end;
	return size && at < MMAP_END && size < MMAP_END - at ? at : 0;
}

/* lock held: cut areas at an address, so that ranges are whole areas. */
static bool split(struct as *as, unsigned long at)
{
	struct area *area = area_at(as, at);

	if (!area || area->start == at)
		return true;
	for (int i = 0; i < MAX_AREAS; i++) {
		if (as->areas[i].prot)
			continue;
		as->areas[i] = (struct area){ at, area->end, area->prot };
		area->end = at;
		return true;
	}
	return false;
}

/* One stretch of a change: pages that are dropped are freed when no CPU can reach them. */
static int change_some(struct as *as, unsigned long start, unsigned long end, unsigned int prot)
{
	struct gather gather = { .nr = 0 };
	unsigned long flags = lock_irqsave(&as->lock);
	int err = 0;

	if (!split(as, start) || !split(as, end))
		err = -PVOPS_ENOSPC;
	for (int i = 0; i < MAX_AREAS && !err; i++)
		if (as->areas[i].prot && as->areas[i].start >= start && as->areas[i].end <= end)
			as->areas[i].prot = prot;
	if (!err)
		err = tree_change(as->root, start, end, prot ? prot_flags(prot) : 0, &gather);
	unlock_irqrestore(&as->lock, flags);
	as_flush(as, start, end);
	while (gather.nr)
		page_put(gather.pages[--gather.nr]);
	return err;
}

static int change(struct as *as, unsigned long start, unsigned long end, unsigned int prot)
{
	unsigned long step = GATHER_PAGES << PVOPS_PAGE_SHIFT, next;
	u64 size = end - start;
	int err = 0;

	if (!range_ok(start, end))
		return -PVOPS_EINVAL;
	if (size > MAX_CHANGE)
		return -PVOPS_EINVAL;
	for (; start < end && !err; start = next) {
		next = end - start > step ? start + step : end;
		err = change_some(as, start, next, prot);
	}
	return err;
}

int as_unmap(struct as *as, unsigned long start, unsigned long end)
{
	return change(as, start, end, 0);
}

int as_protect(struct as *as, unsigned long start, unsigned long end, unsigned int prot)
{
	return prot && prot <= 7 ? change(as, start, end, prot) : -PVOPS_EINVAL;
}

struct as *as_fork(struct as *as)
{
	struct as *child = as_create();
	unsigned long flags;
	bool ok;

	if (!child)
		return NULL;
	flags = lock_irqsave(&as->lock);
	for (int i = 0; i < MAX_AREAS; i++)
		child->areas[i] = as->areas[i];
	ok = tree_copy(child->root, as->root);
	unlock_irqrestore(&as->lock, flags);
	/* The parent's pages are read-only now. */
	as_flush(as, 0, ~0UL);
	if (ok)
		return child;
	as_put(child);
	return NULL;
}
