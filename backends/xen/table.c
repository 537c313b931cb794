// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Page-table pages: what each is, which are live (part of a pinned tree, read-only to us), pinning
 * and unpinning whole trees, and the twin of each root that user mode runs on.
 *
 * A live table is changed by hypercall only; a table that is declared but not live yet is
 * ordinary memory. Until the allocator works (late init) every table is live: there is only the
 * tree that the builder made.
 */
#include "xen.h"

#define LEVEL		0x07
#define PINNED		0x40
#define LIVE		0x80
#define HOLE_FIRST	256		/* top-level entries of Xen's own */
#define HOLE_LAST	271
#define USER_ENTRIES	256

static u8 *states;			/* one a pfn, NULL before late init */
static u32 *twins;			/* of a root: pfn of its user twin */

static unsigned long *table_of(unsigned long pfn)
{
	return pvops_get_host()->gpa_to_virt(pvops_pfn_to_gpa((__force pvops_pfn_t)pfn));
}

static unsigned long entry_pfn(unsigned long entry)
{
	return xen_mfn_to_pfn((entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT);
}

void xen_set_page_writable(unsigned long pfn, bool writable)
{
	unsigned long flags = PVOPS_PTE_PRESENT | PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY |
			      PVOPS_PTE_NX | (writable ? PVOPS_PTE_WRITE : 0);
	unsigned long val = xen_pfn_to_mfn(pfn) << PVOPS_PAGE_SHIFT | flags;

	/* A stale read-only entry would be a fault elsewhere; a stale writable one Xen flushes. */
	xen_batch_call(__HYPERVISOR_update_va_mapping, (unsigned long)table_of(pfn), val,
		       UVMF_INVLPG | (writable ? UVMF_ALL : UVMF_LOCAL));
}

bool xen_table_live(const pvops_pte_t *ptep)
{
	unsigned long pfn;

	if (!states)
		return true;
	pfn = xen_virt_to_pfn(ptep);
	return pfn < xen_nr_pages && states[pfn] & LIVE;
}

bool xen_is_table(unsigned long pfn)
{
	return !states || (pfn < xen_nr_pages && states[pfn]);
}

/* The range of entries of a table that lead to tables of its own. */
static unsigned int entries_of(unsigned int level)
{
	return level == 4 ? USER_ENTRIES : 512;
}

static void make_live(unsigned long pfn, unsigned int level)
{
	unsigned long *table = table_of(pfn);

	if (pfn >= xen_nr_pages)
		return;				/* Xen will refuse the link */
	if (states) {
		if ((states[pfn] & LEVEL) != level)
			pvops_panic("xen-pv: page %lx linked as level %u, by alloc_table it is %u",
				    pfn, level, states[pfn] & LEVEL);
		if (states[pfn] & LIVE)
			return;
		for (unsigned int i = 0; level > 1 && i < entries_of(level); i++)
			if (table[i] & PVOPS_PTE_PRESENT)
				make_live(entry_pfn(table[i]), level - 1);
		states[pfn] = (u8)(LIVE | level);
	}
	xen_set_page_writable(pfn, false);
}

static void make_plain(unsigned long pfn, unsigned int level)
{
	unsigned long *table = table_of(pfn);

	if (pfn >= xen_nr_pages || !(states[pfn] & LIVE))
		return;
	for (unsigned int i = 0; level > 1 && i < entries_of(level); i++)
		if (table[i] & PVOPS_PTE_PRESENT)
			make_plain(entry_pfn(table[i]), level - 1);
	states[pfn] = (u8)level;
	xen_set_page_writable(pfn, true);
}

void xen_table_link(unsigned long pte, unsigned int level)
{
	if (pte & PVOPS_PTE_PRESENT)
		make_live(entry_pfn(pte), level - 1);
}

unsigned long xen_twin(unsigned long pfn)
{
	return twins && pfn < xen_nr_pages ? twins[pfn] : 0;
}

/* The builder's tree is live; note its pages. */
static void note_live(unsigned long pfn, unsigned int level)
{
	unsigned long *table = table_of(pfn);

	if (pfn >= xen_nr_pages)
		return;
	states[pfn] = (u8)(LIVE | level);
	for (unsigned int i = 0; level > 1 && i < 512; i++)
		if (table[i] & PVOPS_PTE_PRESENT &&
		    !(level == 4 && i >= HOLE_FIRST && i <= HOLE_LAST))
			note_live(entry_pfn(table[i]), level - 1);
}

static void *alloc_bytes(unsigned long bytes)
{
	unsigned int order = 0;

	while ((PVOPS_PAGE_SIZE << order) < bytes)
		order++;
	return pvops_get_host()->alloc_pages(order);
}

int xen_tables_init(void)
{
	unsigned long root = xen_cpu()->root >> PVOPS_PAGE_SHIFT;
	u8 *array = alloc_bytes(xen_nr_pages);

	twins = alloc_bytes(xen_nr_pages * sizeof(*twins));
	if (!array || !twins) {
		pvops_log("xen-pv: no memory for the states of %lu pages", xen_nr_pages);
		return -PVOPS_ENOMEM;
	}
	states = array;
	note_live(root, 4);
	states[root] |= PINNED;
	return 0;
}

void xen_alloc_table(unsigned int level, pvops_pfn_t pfn)
{
	unsigned long nr = (__force unsigned long)pfn;

	/* Declared before late init it may be read-only already. */
	if (states && nr < xen_nr_pages)
		states[nr] = (u8)((states[nr] & LIVE) | (level & LEVEL));
}

void xen_release_table(unsigned int level, pvops_pfn_t pfn)
{
	unsigned long nr = (__force unsigned long)pfn, masked;

	if (!states || nr >= xen_nr_pages)
		return;
	if (states[nr] & LIVE) {
		masked = xen_mask_save();
		xen_set_page_writable(nr, true);
		/* Now, for the page may be written to as soon as we are back. */
		if (xen_batch_run())
			pvops_panic("xen-pv: release_table: page %lx is still a table to Xen", nr);
		xen_mask_restore(masked);
	}
	states[nr] = 0;
}

int xen_create_as(pvops_pfn_t root)
{
	unsigned long pfn = (__force unsigned long)root;
	unsigned long *twin, *table = table_of(pfn);

	if (!states || pfn >= xen_nr_pages || twins[pfn])
		return -PVOPS_EINVAL;
	twin = pvops_get_host()->alloc_pages(0);
	if (!twin)
		return -PVOPS_ENOMEM;
	for (unsigned int i = 0; i < USER_ENTRIES; i++)
		twin[i] = table[i];
	twins[pfn] = (u32)xen_virt_to_pfn(twin);
	states[twins[pfn]] = 4;
	return 0;
}

void xen_destroy_as(pvops_pfn_t root)
{
	unsigned long pfn = (__force unsigned long)root;

	if (!xen_twin(pfn))
		return;
	xen_unpin(root);
	states[twins[pfn]] = 0;
	pvops_get_host()->free_pages(table_of(twins[pfn]), 0);
	twins[pfn] = 0;
}

static void queue_pin(unsigned int cmd, unsigned long pfn)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.mfn = xen_pfn_to_mfn(pfn);
	xen_batch_ext(&op);
}

static void plain_tree(unsigned long pfn)
{
	unsigned long twin = xen_twin(pfn);

	make_plain(pfn, 4);
	if (twin)
		make_plain(twin, 4);
}

/* One of the two may be pinned, and holds the tables of both. */
static void undo_pin(unsigned long pfn, unsigned long twin)
{
	queue_pin(MMUEXT_UNPIN_TABLE, pfn);
	xen_batch_try();
	if (twin) {
		queue_pin(MMUEXT_UNPIN_TABLE, twin);
		xen_batch_try();
	}
	plain_tree(pfn);
	xen_batch_run();
}

int xen_pin_pfn(unsigned long pfn)
{
	unsigned long twin = xen_twin(pfn), masked;
	int err;

	if (pfn >= xen_nr_pages)
		return -PVOPS_EINVAL;
	if (!states || states[pfn] & PINNED)
		return 0;
	masked = xen_mask_save();
	err = xen_batch_run();
	make_live(pfn, 4);
	queue_pin(MMUEXT_PIN_L4_TABLE, pfn);
	if (twin) {
		make_live(twin, 4);
		queue_pin(MMUEXT_PIN_L4_TABLE, twin);
	}
	if (!err)
		err = xen_batch_run();
	if (err)
		undo_pin(pfn, twin);
	else
		states[pfn] |= PINNED;
	xen_mask_restore(masked);
	return err ? -PVOPS_EINVAL : 0;
}

int xen_pin(pvops_pfn_t root)
{
	return xen_pin_pfn((__force unsigned long)root);
}

void xen_unpin(pvops_pfn_t root)
{
	unsigned long pfn = (__force unsigned long)root, twin = xen_twin(pfn), masked;

	if (!states || pfn >= xen_nr_pages || !(states[pfn] & PINNED))
		return;
	masked = xen_mask_save();
	queue_pin(MMUEXT_UNPIN_TABLE, pfn);
	if (twin)
		queue_pin(MMUEXT_UNPIN_TABLE, twin);
	states[pfn] &= (u8)~PINNED;
	plain_tree(pfn);
	/* Whoever stores to it now, as he may, would fault with nobody to say why. */
	if (xen_batch_run())
		pvops_panic("xen-pv: unpin: %lx is still in use to Xen", pfn << PVOPS_PAGE_SHIFT);
	xen_mask_restore(masked);
}

static void translate_plain(unsigned long (*to)(unsigned long frame))
{
	for (unsigned long pfn = 0; states && pfn < xen_nr_pages; pfn++) {
		unsigned int level = states[pfn] & LEVEL;
		unsigned long *table = level && !(states[pfn] & LIVE) ? table_of(pfn) : NULL;

		for (unsigned int i = 0; table && i < 512; i++) {
			unsigned long frame = (table[i] & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT;

			if (!(table[i] & PVOPS_PTE_PRESENT) ||
			    (level == 4 && i >= HOLE_FIRST && i <= HOLE_LAST))
				continue;
			/* What is none of our memory will not be there again. */
			frame = to(frame);
			table[i] = frame == ~0UL ? 0 : (table[i] & ~PVOPS_PTE_FRAME) |
						       frame << PVOPS_PAGE_SHIFT;
		}
	}
}

void xen_tables_freeze(void)
{
	translate_plain(xen_mfn_to_pfn);
}

void xen_tables_thaw(void)
{
	translate_plain(xen_pfn_to_mfn);
}
