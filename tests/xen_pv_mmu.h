/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * How the scripted Xen looks after page tables: a frame has one type at a time, as many references
 * as entries (and pins, and CPUs) make it, and no frame is writable and a table at once.
 */
#ifndef TESTS_XEN_PV_MMU_H
#define TESTS_XEN_PV_MMU_H

#include "xen_pv_memory.h"

#define REFUSED		(-22)

enum { NO_TYPE, L1, L2, L3, L4, DESCRIPTORS, WRITABLE };

static struct {
	u8 type;
	bool pinned;
	u32 refs;			/* of the type */
} frames[MFNS];

static unsigned long roots[VCPUS], user_roots[VCPUS];		/* mfns, 0: none */

static int get_type(unsigned long mfn, unsigned int type);
static void put_type(unsigned long mfn);

static bool xens_slot(unsigned int level, unsigned long index)
{
	return level == L4 && index >= 256 && index < 272;
}

/* What an entry refers to; no more than Xen's own page is there besides the guest's. */
static int get_entry(unsigned long entry, unsigned int level)
{
	unsigned long mfn = (entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT;

	if (!(entry & PVOPS_PTE_PRESENT))
		return 0;
	if (level == L1 && xens_page(mfn))
		return 0;
	if (!ours(mfn) || (level > L1 && entry & PVOPS_PTE_LARGE))
		return REFUSED;
	if (level > L1)
		return get_type(mfn, level - 1);
	return entry & PVOPS_PTE_WRITE ? get_type(mfn, WRITABLE) : 0;
}

static void put_entry(unsigned long entry, unsigned int level)
{
	unsigned long mfn = (entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT;

	if (entry & PVOPS_PTE_PRESENT && ours(mfn) && (level > L1 || entry & PVOPS_PTE_WRITE))
		put_type(mfn);
}

static int get_table(unsigned long mfn, unsigned int level)
{
	unsigned long *table = frame_at(mfn);

	for (unsigned long i = 0; i < 512; i++) {
		if (xens_slot(level, i)) {
			table[i] = XEN_ENTRY;
			continue;
		}
		if (!get_entry(table[i], level))
			continue;
		while (i--)
			if (!xens_slot(level, i))
				put_entry(table[i], level);
		return REFUSED;
	}
	return 0;
}

static int get_type(unsigned long mfn, unsigned int type)
{
	int err = 0;

	if (frames[mfn].refs && frames[mfn].type != type)
		return REFUSED;
	if (!frames[mfn].refs++) {
		frames[mfn].type = (u8)type;
		if (type >= L1 && type <= L4)
			err = get_table(mfn, type);
	}
	frames[mfn].refs -= !!err;
	return err;
}

static void put_type(unsigned long mfn)
{
	unsigned int type = frames[mfn].type;

	if (!frames[mfn].refs)
		abort();
	if (--frames[mfn].refs || type > L4)
		return;
	for (unsigned long i = 0; i < 512; i++)
		if (!xens_slot(type, i))
			put_entry(frame_at(mfn)[i], type);
}

static bool is_table(unsigned long mfn)
{
	return frames[mfn].refs && frames[mfn].type >= L1 && frames[mfn].type <= L4;
}

/* One entry at a machine address, as mmu_update has it. */
static int update_entry(u64 ptr, unsigned long val, bool keep_ad)
{
	unsigned long mfn = ptr >> PVOPS_PAGE_SHIFT, index = ptr % PVOPS_PAGE_SIZE / 8, old;
	unsigned int level = frames[mfn % MFNS].type;

	if (!ours(mfn))
		return REFUSED;
	if (!is_table(mfn)) {
		if (frames[mfn].refs && level != WRITABLE)
			return REFUSED;
		frame_at(mfn)[index] = val;
		return 0;
	}
	if (xens_slot(level, index) || get_entry(val, level))
		return REFUSED;
	old = frame_at(mfn)[index];
	if (keep_ad)
		val |= old & (PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY);
	frame_at(mfn)[index] = val;
	if (mfn == mfn_of(LEVEL1))
		map_page(index, val);
	put_entry(old, level);
	return 0;
}

static long mmu_update(const struct mmu_update *u, u64 nr)
{
	int err = 0;

	for (u64 i = 0; i < nr && !err; i++) {
		if ((u[i].ptr & 3) != MMU_NORMAL_PT_UPDATE &&
		    (u[i].ptr & 3) != MMU_PT_UPDATE_PRESERVE_AD)
			return REFUSED;
		err = update_entry(u[i].ptr & ~3ULL, u[i].val,
				   (u[i].ptr & 3) == MMU_PT_UPDATE_PRESERVE_AD);
	}
	return err;
}

/* The guest's window is what the process has mapped; elsewhere nothing is mapped. */
static long update_va_mapping(unsigned long va, unsigned long val)
{
	unsigned long index = (va - PVOPS_VIRT_BASE) >> PVOPS_PAGE_SHIFT;

	if (va < PVOPS_VIRT_BASE || index >= NR_PAGES)
		return REFUSED;
	return update_entry((u64)mfn_of(LEVEL1) << PVOPS_PAGE_SHIFT | index * 8, val, false);
}

static int replace(unsigned long *where, unsigned long mfn, unsigned int type)
{
	int err = mfn ? ours(mfn) ? get_type(mfn, type) : REFUSED : 0;

	if (err)
		return err;
	if (*where)
		put_type(*where);
	*where = mfn;
	return 0;
}

static int pin(unsigned long mfn, unsigned int type)
{
	int err = ours(mfn) && !frames[mfn].pinned ? get_type(mfn, type) : REFUSED;

	if (!err)
		frames[mfn].pinned = true;
	return err;
}

static int unpin(unsigned long mfn)
{
	if (!ours(mfn) || !frames[mfn].pinned)
		return REFUSED;
	frames[mfn].pinned = false;
	put_type(mfn);
	return 0;
}

static unsigned long ldt_frame[VCPUS];

static int one_ext(const struct mmuext_op *op, unsigned int vcpu)
{
	unsigned long page;

	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE ... MMUEXT_PIN_L4_TABLE:
		return pin(op->arg1.mfn, L1 + op->cmd - MMUEXT_PIN_L1_TABLE);
	case MMUEXT_UNPIN_TABLE:
		return unpin(op->arg1.mfn);
	case MMUEXT_NEW_BASEPTR:
		return op->arg1.mfn ? replace(roots + vcpu, op->arg1.mfn, L4) : REFUSED;
	case MMUEXT_NEW_USER_BASEPTR:
		return replace(user_roots + vcpu, op->arg1.mfn, L4);
	case MMUEXT_SET_LDT:
		page = (op->arg1.linear_addr - PVOPS_VIRT_BASE) >> PVOPS_PAGE_SHIFT;
		if (!op->arg2.nr_ents)
			return replace(ldt_frame + vcpu, 0, DESCRIPTORS);
		if (op->arg1.linear_addr % PVOPS_PAGE_SIZE || page >= NR_PAGES)
			return REFUSED;
		return replace(ldt_frame + vcpu, mfn_of(page), DESCRIPTORS);
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_INVLPG_MULTI:
		return *(volatile u64 *)op->arg2.vcpumask.p ? 0 : 0;
	case MMUEXT_TLB_FLUSH_LOCAL:
	case MMUEXT_INVLPG_LOCAL:
	case MMUEXT_TLB_FLUSH_ALL:
	case MMUEXT_INVLPG_ALL:
	case MMUEXT_FLUSH_CACHE:
		return 0;
	}
	return REFUSED;
}

static long mmuext_op(const struct mmuext_op *ops, u64 nr, unsigned int vcpu)
{
	int err = 0;

	for (u64 i = 0; i < nr && !err; i++)
		err = one_ext(ops + i, vcpu);
	return err;
}

/* All that is writable, a table or a descriptor table now has that type. */
static void types_at_boot(void)
{
	memset(frames, 0, sizeof(frames));
	if (pin(mfn_of(ROOT), L4) || replace(roots, mfn_of(ROOT), L4))
		abort();
}

#endif /* TESTS_XEN_PV_MMU_H */
