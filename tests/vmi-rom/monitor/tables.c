// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Tables: which frames are, what links and maps what. Each entry of a live table that comes or
 * goes is looked at, so that the counts of struct mframe are right at any time.
 */
#include "guard.h"

u64 guard_hole[M_PD_COUNT];		/* the directory's entries that are the monitor's */
u32 guard_larges;

bool guard_is_hole(const struct mframe *f, u32 index)
{
	return f->flags & UNDER_LAST && index >= M_PD_FIRST;
}

static u64 frame_of(u64 entry)
{
	return (entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT;
}

static u32 entries_of(u32 level)
{
	return level == LEVEL_PDP ? TOP_ENTRIES : ENTRIES;
}

static bool is_large(u32 level, u64 entry)
{
	return level == LEVEL_PD && (entry & (PTE_P | PTE_PS)) == (PTE_P | PTE_PS);
}

static void enter_some(u32 level, u32 table, bool last, bool large)
{
	for (u32 i = 0; i < (last ? M_PD_FIRST : entries_of(level)); i++) {
		u64 entry = guard_read(table, i), new;

		if (!(entry & PTE_P) || is_large(level, entry) != large ||
		    (level == LEVEL_PD && guard_split_at(table, i)))
			continue;
		new = guard_enter(level, table, i, entry);
		if (new != entry)
			guard_write(table, i, new);
	}
}

/* A copy of another directory may have them already. */
static void enter_hole(u32 table)
{
	for (u32 i = 0; i < M_PD_COUNT; i++) {
		u64 entry = guard_read(table, M_PD_FIRST + i);

		if (entry && (entry ^ guard_hole[i]) & ~PTE_AD)
			guard_say("entry in the hypervisor's hole");
		guard_write(table, M_PD_FIRST + i, guard_hole[i]);
	}
}

/*
 * Each entry of a table that becomes live. Large pages first: a link may be what makes a table of
 * a page in one, and all that are entered are then looked at.
 */
static void enter_all(struct mframe *f, u32 table)
{
	bool last = f->flags & UNDER_LAST;

	if (f->level == LEVEL_PT)
		f->taken = guard_bits();
	if (last)
		enter_hole(table);
	if (f->level == LEVEL_PD)
		enter_some(LEVEL_PD, table, last, true);
	enter_some(f->level, table, last, false);
}

static void leave_all(struct mframe *f, u32 table)
{
	u32 level = f->level;

	for (u32 i = 0; i < entries_of(level); i++) {
		u64 entry = guard_read(table, i);
		struct msplit *split;

		if (guard_is_hole(f, i)) {
			guard_write(table, i, 0);
			continue;
		}
		if (!(entry & PTE_P))
			continue;
		/* As the kernel means it, for nobody knows when it is live again. */
		split = level == LEVEL_PD ? guard_split_at(table, i) : NULL;
		if (split)
			guard_write(table, i, split->entry);
		else if (level == LEVEL_PT && guard_is_taken(f, i))
			guard_write(table, i, entry | PTE_W);
		guard_leave(level, table, i, entry);
	}
	if (f->taken)
		guard_bits_free(f->taken);
	f->taken = NULL;
	f->flags &= ~UNDER_LAST;
}

void guard_note(u32 frame, u32 level, u8 flags)
{
	struct mframe *f = guard_frame(frame);

	f->level = (u8)level;
	f->flags = flags;
	guard_protect(frame, flags != NOTED_BY_CALL);
	if (level == LEVEL_PDP)
		enter_all(f, frame);
}

/* Of a level 3 that nobody is on, or a table that nobody links. */
void guard_forget(u32 frame)
{
	struct mframe *f = guard_frame(frame);

	if (guard_is_live(f))
		leave_all(f, frame);
	f->level = 0;
	f->flags = 0;
	guard_unprotect(frame);
}

/* An entry names this table: true, if it may. */
static bool link_table(u32 level, u64 below, bool last)
{
	struct mframe *f = guard_frame(below);

	if (!f) {
		guard_say("link to what is no memory");
		return false;
	}
	if (!f->level) {
		guard_say("link to a page that is no table");
		guard_note((u32)below, level, 0);
	}
	if (f->level != level) {
		guard_say("link to a table of another level");
		return false;
	}
	if (f->refs && last != !!(f->flags & UNDER_LAST) && level == LEVEL_PD) {
		guard_say("directory of the last GiB linked elsewhere");
		return false;
	}
	if (f->refs++)
		return true;
	if (last)
		f->flags |= UNDER_LAST;
	enter_all(f, (u32)below);
	return true;
}

static void unlink_table(u64 below)
{
	struct mframe *f = guard_frame(below);

	if (!f || !f->refs)
		return;
	if (f->refs > 1) {
		f->refs--;
		return;
	}
	leave_all(f, (u32)below);
	f->refs = 0;
	if (!(f->flags & NOTED_BY_CALL))
		guard_forget((u32)below);
}

/* The tree that the CPU is on keeps a directory for the monitor. */
static bool may_be_last(u64 entry)
{
	const struct mframe *f = guard_frame(frame_of(entry));

	return entry & PTE_P && f && f->level == LEVEL_PD &&
	       (!f->refs || f->flags & UNDER_LAST);
}

static u64 enter_page(u32 table, u32 index, u64 entry)
{
	struct mframe *f = guard_frame(frame_of(entry));
	struct mplace place = { table, index, LEVEL_PT, entry, false };

	if (m_is_own_gpa(entry & PVOPS_PTE_FRAME)) {
		guard_say("mapping of the hypervisor's memory");
		return 0;
	}
	if (!f || !(entry & PTE_W))
		return entry;
	f->writable++;
	if (!f->level)
		return entry;
	/* In its linear mapping the kernel may have it writable, and never notices. */
	if (!guard_quiet && !guard_by_slot(&place))
		guard_say("writable mapping of a page table");
	guard_set_taken(guard_frame(table), index, true);
	return entry & ~PTE_W;
}

static u64 enter_large(u32 table, u32 index, u64 entry)
{
	u64 first = frame_of(entry) & ~(u64)(LARGE_FRAMES - 1);

	/* The monitor's memory is aligned to its size, like that of each PCI device. */
	if (m_is_own_gpa(first << PVOPS_PAGE_SHIFT)) {
		guard_say("mapping of the hypervisor's memory");
		return 0;
	}
	guard_frame(table)->larges++;
	guard_larges++;
	if (entry & PTE_W && guard_noted_within(first))
		return guard_split(table, index, entry);
	return entry;
}

u64 guard_enter(u32 level, u32 table, u32 index, u64 entry)
{
	if (!(entry & PTE_P))
		return entry;
	if (level == LEVEL_PT)
		return enter_page(table, index, entry);
	/* There is none in such an entry, but QEMU sets it, and kernels copy entries. */
	if (level == LEVEL_PDP)
		entry &= ~PVOPS_PTE_ACCESSED;
	if (level == LEVEL_PDP && entry & ~(PVOPS_PTE_FRAME | PTE_TOP_BITS)) {
		guard_say("reserved bits in an entry");
		entry &= PVOPS_PTE_FRAME | PTE_TOP_BITS;
	}
	if (is_large(level, entry))
		return enter_large(table, index, entry);
	if (!link_table(level - 1, frame_of(entry), level == LEVEL_PDP && index == LAST))
		return 0;
	return entry;
}

void guard_leave(u32 level, u32 table, u32 index, u64 entry)
{
	struct mframe *f = guard_frame(table), *below;
	struct msplit *split;

	if (!(entry & PTE_P))
		return;
	if (level == LEVEL_PT) {
		below = guard_frame(frame_of(entry));
		if (below && (entry & PTE_W || guard_is_taken(f, index)))
			below->writable--;
		guard_set_taken(f, index, false);
		return;
	}
	split = level == LEVEL_PD ? guard_split_at(table, index) : NULL;
	if (split)
		guard_unsplit(split);
	if (split || (level == LEVEL_PD && entry & PTE_PS)) {
		f->larges--;
		guard_larges--;
	} else {
		unlink_table(frame_of(entry));
	}
}

/* It links a table, which is not the monitor's for a split page. */
static bool is_link(u32 level, u32 table, u32 index, u64 entry)
{
	return level != LEVEL_PT && entry & PTE_P && !(level == LEVEL_PD && entry & PTE_PS) &&
	       !guard_split_at(table, index);
}

/* First what comes, where both are links: what both name stays live. */
static u64 exchange(u32 level, u32 table, u32 index, u64 old, u64 entry)
{
	u64 new;

	if (is_link(level, table, index, old) && is_link(level, table, index, entry)) {
		new = guard_enter(level, table, index, entry);
		guard_leave(level, table, index, old);
	} else {
		guard_leave(level, table, index, old);
		new = guard_enter(level, table, index, entry);
	}
	return new;
}

void guard_change(struct mcpu *cpu, u32 table, u32 index, u64 old, u64 entry)
{
	struct mframe *f = guard_frame(table);
	bool in_use = f->level == LEVEL_PDP && f->refs;

	if (guard_is_hole(f, index) || (in_use && index == LAST && !may_be_last(entry))) {
		guard_say("entry in the hypervisor's hole");
		entry = old;
	} else if (guard_is_live(f) && index < entries_of(f->level)) {
		entry = exchange(f->level, table, index, old, entry);
	}
	guard_write(table, index, entry);
	if (in_use && cpu->cr3 >> PVOPS_PAGE_SHIFT == table)
		m_put_cr3(m_get_cr3());
}
