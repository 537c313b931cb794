// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Writable mappings of tables: found, taken and given back. Large pages are split for that. */
#include "guard.h"

#define SMALL_BITS	(PTE_P | PTE_W | PVOPS_PTE_USER | 0x18 | PTE_AD | PVOPS_PTE_GLOBAL | \
			 PVOPS_PTE_NX)	/* of a large page's entry, for its small ones */
#define LINK_BITS	(PTE_P | PTE_W | PVOPS_PTE_USER | PVOPS_PTE_ACCESSED)

static struct msplit splits[MAX_SPLITS];

/* An entry of level 1 that maps the frame and is, or was, writable: take or give. */
static bool turn(u32 frame, const struct mplace *place, bool take)
{
	struct mframe *table = guard_frame(place->table);

	if (!table || table->level != LEVEL_PT || !table->taken || !(place->entry & PTE_P) ||
	    (place->entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT != frame)
		return false;
	if (take ? !(place->entry & PTE_W) : !guard_is_taken(table, place->index))
		return false;
	guard_set_taken(table, place->index, take);
	guard_write(place->table, place->index,
		    take ? place->entry & ~PTE_W : place->entry | PTE_W);
	return true;
}

/* By the linear mappings, where nearly all are; the number of those that are left. */
static u32 turn_slots(u32 frame, u32 left, bool take)
{
	struct mplace place;
	u32 va;

	for (u32 slot = 0; slot < VMI_LINEAR_SLOTS && left; slot++)
		if (guard_slot_linear(slot, frame, &va) &&
		    guard_walk(m_get_cr3(), va, LEVEL_PT, &place) && place.level == LEVEL_PT)
			left -= turn(frame, &place, take);
	return left;
}

static void turn_all(u32 frame, u32 left, bool take)
{
	struct mplace place = { .level = LEVEL_PT };

	for (place.table = 0; left && guard_next(LEVEL_PT, &place.table); place.table++)
		for (place.index = 0; left && place.index < ENTRIES; place.index++) {
			place.entry = guard_read(place.table, place.index);
			left -= turn(frame, &place, take);
		}
}

static u64 first_of(u64 entry)
{
	return (entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT & ~(u64)(LARGE_FRAMES - 1);
}

static void protect_larges(u32 frame)
{
	for (u32 pd = 0; guard_larges && guard_next(LEVEL_PD, &pd); pd++) {
		for (u32 i = 0; guard_frame(pd)->larges && i < ENTRIES; i++) {
			struct msplit *split = guard_split_at(pd, i);
			u64 entry = split ? split->entry : guard_read(pd, i);

			if ((entry & (PTE_P | PTE_PS)) != (PTE_P | PTE_PS) || !(entry & PTE_W) ||
			    frame - first_of(entry) >= LARGE_FRAMES)
				continue;
			if (split)
				split->page[frame % LARGE_FRAMES] &= ~PTE_W;
			else
				guard_write(pd, i, guard_split(pd, i, entry));
		}
	}
}

void guard_protect(u32 frame, bool all)
{
	u32 left = turn_slots(frame, guard_frame(frame)->writable, true);

	if (left && !all)
		guard_say("page table that is mapped writable");
	turn_all(frame, left, true);
	protect_larges(frame);
	guard_flush();
}

void guard_unprotect(u32 frame)
{
	turn_all(frame, turn_slots(frame, guard_frame(frame)->writable, false), false);
	for (u32 i = 0; i < MAX_SPLITS; i++)
		if (splits[i].page && splits[i].entry & PTE_W &&
		    frame - first_of(splits[i].entry) < LARGE_FRAMES)
			splits[i].page[frame % LARGE_FRAMES] |= PTE_W;
}

u64 guard_split(u32 table, u32 index, u64 entry)
{
	u64 first = first_of(entry);
	struct msplit *split = splits;

	while (split < splits + MAX_SPLITS && split->page)
		split++;
	if (split == splits + MAX_SPLITS)
		m_panic(NULL, "more large pages with tables in them than %u", MAX_SPLITS);
	*split = (struct msplit){ table, index, entry, m_page() };
	if (!split->page)
		m_panic(NULL, "no memory to split a large page");
	for (u32 i = 0; i < LARGE_FRAMES; i++) {
		const struct mframe *f = guard_frame(first + i);

		split->page[i] = (first + i) << PVOPS_PAGE_SHIFT | (entry & SMALL_BITS);
		if (f && f->level)
			split->page[i] &= ~PTE_W;
	}
	return m_own_gpa(split->page) | (entry & LINK_BITS);
}

struct msplit *guard_split_at(u32 table, u32 index)
{
	for (u32 i = 0; i < MAX_SPLITS; i++)
		if (splits[i].page && splits[i].table == table && splits[i].index == index)
			return splits + i;
	return NULL;
}

struct msplit *guard_split_of(u32 frame)
{
	for (u32 i = 0; i < MAX_SPLITS; i++)
		if (splits[i].page && m_own_gpa(splits[i].page) >> PVOPS_PAGE_SHIFT == frame)
			return splits + i;
	return NULL;
}

void guard_unsplit(struct msplit *split)
{
	m_page_free(split->page);
	split->page = NULL;
}

bool guard_noted_within(u64 frame)
{
	const struct mframe *f;

	for (u32 i = 0; i < LARGE_FRAMES; i++) {
		f = guard_frame(frame + i);
		/* RAM ends, if it does, at its end. */
		if (!f)
			return false;
		if (f->level)
			return true;
	}
	return false;
}
