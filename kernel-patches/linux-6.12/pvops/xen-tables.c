// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables that stay page tables under Xen PV.
 *
 * Xen looks at all 512 entries of a page that becomes a table, and again when it ceases to be one:
 * for the ten tables of a small process that is more work than all else of a fork and exit. So the
 * tables of a small address space are in use from the first one on, each pinned by itself, and when
 * they are empty again they are kept for the next one. A large address space is built, and taken
 * down, while it is ordinary memory: then the entries would cost more than the tables.
 */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/pgalloc.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/page.h>
#include <pvops/backend.h>
#include <pvops/xen-mmu.h>
#include "../xen/xen-ops.h"

#define LEVELS		4
#define KEEP		128		/* pages of a level; RCU gives back many at once */
#define KEEP_PGDS	32
/* As many entries to change, one by one, cost what a table to check does. */
#define PER_TABLE	30

static DEFINE_SPINLOCK(lock);
static unsigned int nr_kept[LEVELS + 1];
static struct page *kept[LEVELS + 1][KEEP];

static struct page *take(unsigned int level)
{
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	if (nr_kept[level])
		page = kept[level][--nr_kept[level]];
	spin_unlock_irqrestore(&lock, flags);
	return page;
}

static bool keep(struct page *page, unsigned int level)
{
	unsigned int room = level == LEVELS ? KEEP_PGDS : KEEP;
	unsigned long flags;
	bool done = false;

	spin_lock_irqsave(&lock, flags);
	if (nr_kept[level] < room) {
		kept[level][nr_kept[level]++] = page;
		done = true;
	}
	spin_unlock_irqrestore(&lock, flags);
	return done;
}

static void queue_mapping(struct page *page, pgprot_t prot)
{
	struct multicall_space mcs = __xen_mc_entry(0);

	MULTI_update_va_mapping(mcs.mc, (unsigned long)page_address(page),
				pfn_pte(page_to_pfn(page), prot), 0);
}

static void queue_pin(struct page *page, unsigned int cmd)
{
	struct multicall_space mcs = __xen_mc_entry(sizeof(struct mmuext_op));
	struct mmuext_op *op = mcs.args;

	op->cmd = cmd;
	op->arg1.mfn = pfn_to_mfn(page_to_pfn(page));
	MULTI_mmuext_op(mcs.mc, op, 1, NULL, DOMID_SELF);
}

/* @level 0: not by itself, but with the table that leads to it. */
static void make_live(struct page *page, unsigned int level)
{
	static const unsigned int pin[] = { 0, MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE,
					    MMUEXT_PIN_L3_TABLE, MMUEXT_PIN_L4_TABLE };

	SetPagePinned(page);
	xen_mc_batch();
	queue_mapping(page, PAGE_KERNEL_RO);
	if (level)
		queue_pin(page, pin[level]);
	xen_mc_issue(XEN_LAZY_MMU);
}

static void make_plain(struct page *page, bool pinned)
{
	xen_mc_batch();
	if (pinned)
		queue_pin(page, MMUEXT_UNPIN_TABLE);
	queue_mapping(page, PAGE_KERNEL);
	xen_mc_issue(XEN_LAZY_MMU);
	ClearPagePinned(page);
}

static bool live(const struct mm_struct *mm)
{
	return PagePinned(virt_to_page(mm->pgd));
}

/*
 * A table's page->index has its level if it was pinned by itself, and may be kept: in the upper
 * half, since the lower one is pt_share_count, which the constructor of level 2 clears.
 */
#define LEVEL_SHIFT	32

static unsigned int level_of(const struct page *page)
{
	return page->index >> LEVEL_SHIFT;
}

static void alloc_table(struct mm_struct *mm, unsigned long pfn, unsigned int level)
{
	struct page *page = pfn_to_page(pfn);

	if (PagePinned(page))
		return;
	page->index = 0;
	if (!live(mm))
		return;
	if (mm == &init_mm) {
		make_live(page, level == 1 && IS_ENABLED(CONFIG_SPLIT_PTE_PTLOCKS));
		return;
	}
	page->index = (unsigned long)level << LEVEL_SHIFT;
	make_live(page, level);
}

/* What may be kept is when no CPU has it any more, see xen_kept_keep(). */
static void release_table(unsigned long pfn, unsigned int level)
{
	struct page *page = pfn_to_page(pfn);

	if (PagePinned(page) && level_of(page) != level)
		make_plain(page, level == 1 && IS_ENABLED(CONFIG_SPLIT_PTE_PTLOCKS));
}

#define ALLOC(name, level)							\
	static void xen_kept_alloc_##name(struct mm_struct *mm, unsigned long pfn) \
	{									\
		alloc_table(mm, pfn, level);					\
	}
#define RELEASE(name, level)							\
	static void xen_kept_release_##name(unsigned long pfn)		\
	{									\
		release_table(pfn, level);					\
	}

ALLOC(pte, 1)
ALLOC(pmd, 2)
ALLOC(pud, 3)
RELEASE(pte, 1)
RELEASE(pmd, 2)
RELEASE(pud, 3)

bool xen_table_single(struct page *page, enum pt_level level)
{
	if (level <= PT_P4D || level_of(page) != PT_PTE + 1 - level)
		return false;
	page->index = 0;
	return true;
}

static int xen_kept_take(unsigned int level, struct mm_struct *mm, struct ptdesc **table)
{
	struct page *page = mm != &init_mm && live(mm) ? take(level) : NULL;

	if (!page)
		return 0;
	*table = page_ptdesc(page);
	return 1;
}

static bool empty(const struct page *page)
{
	const unsigned long *t = page_address(page), *end = t + PTRS_PER_PTE;

	for (; t < end; t += 8)
		if (t[0] | t[1] | t[2] | t[3] | t[4] | t[5] | t[6] | t[7])
			return false;
	return true;
}

static int xen_kept_keep(struct page *page)
{
	if (!PagePinned(page))
		return 0;
	if (!WARN_ON_ONCE(!empty(page))) {
		/* Before others can take it. */
		memcg_kmem_uncharge_page(page, 0);
		if (keep(page, level_of(page)))
			return 1;
	}
	make_plain(page, true);
	return 0;
}

/* Is it cheaper to change entries of @tables tables than to have the tables checked? */
static bool small(unsigned long entries, unsigned long tables)
{
	return entries < PER_TABLE * tables;
}

static unsigned long tables_of(const struct mm_struct *mm)
{
	return (mm_pgtables_bytes(mm) >> PAGE_SHIFT) + 2;
}

static int xen_kept_take_pgd(struct mm_struct *mm, pgd_t **pgd)
{
	struct mm_struct *parent = current->mm;
	struct page *page = NULL;

	/* Of the parent's, if it was copied. */
	clear_bit(MM_CONTEXT_KTHREAD, &mm->context.flags);
	clear_bit(MM_CONTEXT_LIVE_TABLES, &mm->context.flags);
	if (!parent || small(get_mm_counter(parent, MM_ANONPAGES), tables_of(parent)))
		page = take(LEVELS);
	if (!page)
		return 0;
	set_bit(MM_CONTEXT_LIVE_TABLES, &mm->context.flags);
	page_ptdesc(page)->pt_mm = mm;
	*pgd = page_address(page);
	return 1;
}

static int xen_kept_keep_pgd(pgd_t *pgd)
{
	struct page *page = virt_to_page(pgd), *twin = virt_to_page((void *)page->private);
	int kept = 0;

	/* Who walks the list of them is not to see it half done, nor an mm that is gone. */
	spin_lock(&pgd_lock);
	if (nr_kept[LEVELS] < KEEP_PGDS && page->private) {
		if (!PagePinned(page)) {
			make_live(page, LEVELS);
			make_live(twin, LEVELS);
			memcg_kmem_uncharge_page(page, PGD_ALLOCATION_ORDER);
			memcg_kmem_uncharge_page(twin, 0);
		}
		page_ptdesc(page)->pt_mm = &init_mm;
		kept = keep(page, LEVELS);
	}
	if (!kept && PagePinned(page)) {
		make_plain(page, true);
		make_plain(twin, true);
	}
	spin_unlock(&pgd_lock);
	return kept;
}

bool xen_kept_stay(const struct mm_struct *mm)
{
	return test_bit(MM_CONTEXT_LIVE_TABLES, &mm->context.flags) &&
	       small(get_mm_rss((struct mm_struct *)mm), tables_of(mm));
}

void __init xen_kept_init(void)
{
	pvops_set(linux_alloc_pte, xen_kept_alloc_pte);
	pvops_set(linux_alloc_pmd, xen_kept_alloc_pmd);
	pvops_set(linux_alloc_pud, xen_kept_alloc_pud);
	pvops_set(linux_release_pte, xen_kept_release_pte);
	pvops_set(linux_release_pmd, xen_kept_release_pmd);
	pvops_set(linux_release_pud, xen_kept_release_pud);
	pvops_set(linux_take_table, xen_kept_take);
	pvops_set(linux_keep_table, xen_kept_keep);
	pvops_set(linux_take_pgd, xen_kept_take_pgd);
	pvops_set(linux_keep_pgd, xen_kept_keep_pgd);
}
