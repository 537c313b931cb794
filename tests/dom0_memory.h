/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Xen's memory, for the balloon's tests: pages of the arena are ours or away, and away they cannot
 * be touched. Frames have other numbers than pages, as in a PV guest.
 */
#ifndef TESTS_DOM0_MEMORY_H
#define TESTS_DOM0_MEMORY_H

#include "dom0_store.h"
#include <xen/memory.h>

#define FIRST_FRAME	0x700000UL	/* of the machine, handed out in order */
#define BESIDES		64		/* pages that Xen counts and the arena has not */

enum memory_fault {
	MEMORY_FINE,
	GIVE_FEWER, GIVE_ERROR, GIVE_MORE, GIVE_LOSES, GIVE_MAPPED,
	OUT_REFUSED,
	TAKE_FEWER, TAKE_ERROR, TAKE_MORE, TAKE_UNTOLD, TAKE_RANGE, TAKE_TWICE,
	COUNT_ERROR,
	NR_MEMORY_FAULTS,
};

static enum memory_fault memory_fault;
static u32 memory_after;		/* frames or pages that are still well */
static u64 mfns[ARENA_PAGES];		/* behind a page of the arena; 0: its own as at first */
static bool away[ARENA_PAGES];		/* no mapping */
static bool released[ARENA_PAGES];	/* Xen has the frame */
static u64 next_frame = FIRST_FRAME;
static long reservation = BESIDES + ARENA_PAGES;

static u32 slot_of(const void *page)
{
	if ((const u8 *)page < ARENA || (const u8 *)page >= ARENA + ARENA_PAGES * 4096UL)
		abort();
	return (u32)(((const u8 *)page - ARENA) / 4096);
}

static u64 frame_of(u32 slot)
{
	return mfns[slot] ? mfns[slot] : 0x900000UL + slot;
}

/* Still well? Once more, then. */
static bool counted_down(void)
{
	return memory_after && memory_after--;
}

u64 pvops_xen_page_out(void *page)
{
	u32 slot = slot_of(page);

	if (memory_fault == OUT_REFUSED && !counted_down())
		return ~0ULL;
	if (away[slot] || mprotect(page, 4096, PROT_NONE))
		abort();
	away[slot] = true;
	return frame_of(slot);
}

int pvops_xen_page_in(void *page, u64 frame)
{
	u32 slot = slot_of(page);

	if (!away[slot])
		return -PVOPS_EBUSY;
	if (memory_fault == GIVE_LOSES && !released[slot])
		return -PVOPS_EIO;
	if (frame != frame_of(slot) || released[slot])
		return -PVOPS_EPROTO;
	if (mprotect(page, 4096, PROT_READ | PROT_WRITE))
		abort();
	away[slot] = false;
	return 0;
}

static long decrease(const xen_pfn_t *frames, u32 nr)
{
	u32 done = 0, slot;

	if (memory_fault == GIVE_ERROR && !counted_down())
		return -PVOPS_EPERM;
	for (; done < nr; done++) {
		if ((memory_fault == GIVE_FEWER || memory_fault == GIVE_LOSES) && !counted_down())
			return done;
		for (slot = 0; slot < ARENA_PAGES && frame_of(slot) != frames[done]; slot++)
			;
		/* What is nobody's, mapped, or away already is no frame to give. */
		if (slot == ARENA_PAGES || !away[slot] || released[slot])
			abort();
		released[slot] = true;
		/* What has another mapping stays ours. */
		if (memory_fault != GIVE_MAPPED || counted_down())
			reservation--;
	}
	return memory_fault == GIVE_MORE ? nr + 5 : nr;
}

static long populate(xen_pfn_t *frames, u32 nr)
{
	u32 done;

	if (memory_fault == TAKE_ERROR && !counted_down())
		return -PVOPS_ENOMEM;
	for (done = 0; done < nr; done++) {
		u32 slot = slot_of((void *)(frames[done] << 12));

		if (memory_fault == TAKE_FEWER && !counted_down())
			return done;
		if (!away[slot])
			abort();
		released[slot] = false;
		mfns[slot] = next_frame++;
		reservation++;
		if (memory_fault == TAKE_UNTOLD && !counted_down())
			continue;
		frames[done] = mfns[slot];
		if (memory_fault == TAKE_RANGE && !counted_down())
			frames[done] = ~0UL >> 1;
		if (memory_fault == TAKE_TWICE && done && !counted_down())
			frames[done] = frames[done - 1];
	}
	return memory_fault == TAKE_MORE ? nr + 1 : nr;
}

static long memory_op(u64 op, void *arg)
{
	struct xen_memory_reservation *r = arg;

	if (op == XENMEM_current_reservation)
		return memory_fault == COUNT_ERROR ? -PVOPS_EPERM : reservation;
	if (r->domid != DOMID_SELF || r->extent_order || r->mem_flags || !r->nr_extents)
		abort();
	return op == XENMEM_decrease_reservation ? decrease(r->extent_start.p, (u32)r->nr_extents) :
	       op == XENMEM_populate_physmap ? populate(r->extent_start.p, (u32)r->nr_extents) :
	       (abort(), 0);
}

#endif /* TESTS_DOM0_MEMORY_H */
