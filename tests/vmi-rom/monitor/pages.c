// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The calls on page tables: what they are told is judged, done, and where it is wrong, said. */
#include "guard.h"

#define LEVEL_FLAGS	(VMI_PAGE_PT | VMI_PAGE_PD | VMI_PAGE_PDP)
#define SET_FLAGS	(LEVEL_FLAGS | VMI_PAGE_CURRENT_AS | VMI_PAGE_DEFER | VMI_PAGE_VA_MASK)
#define ALLOCATE_FLAGS	(LEVEL_FLAGS | VMI_PAGE_PAE | VMI_PAGE_CLONE | VMI_PAGE_ZEROED)

/* The one level that flags name, or 0. */
static u32 level_of(u32 f)
{
	switch (f & (LEVEL_FLAGS | VMI_PAGE_PML4)) {
	case VMI_PAGE_PT:
		return LEVEL_PT;
	case VMI_PAGE_PD:
		return LEVEL_PD;
	case VMI_PAGE_PDP:
		return LEVEL_PDP;
	}
	return 0;
}

/* The tree that we find, the monitor's entries in it: noted, though nobody has said so. */
void m_pages_init(struct mcpu *cpu)
{
	struct mplace place;
	u32 root = cpu->cr3 >> PVOPS_PAGE_SHIFT;

	guard_frames_init();
	for (u32 i = 0; i < M_PD_COUNT; i++) {
		if (!guard_walk(cpu->cr3, M_TOP + (i << 21), LEVEL_PD, &place))
			m_panic(NULL, "page tables that cannot be");
		guard_hole[i] = place.entry;
	}
	if (!guard_frame(root))
		m_panic(NULL, "page tables outside of memory");
	guard_quiet = true;
	guard_note(root, LEVEL_PDP, 0);
	guard_frame(root)->refs++;
	guard_quiet = false;
}

static void judge_zeroed(const u64 *page, u32 first, u32 count)
{
	for (u32 i = 0; i < ENTRIES; i++)
		if (page[i] && i - first >= count) {
			guard_say("AllocatePage of a page that is not zero");
			return;
		}
}

static void judge_clone(const u64 *page, u32 level, u32 source, u32 first, u32 count)
{
	const struct mframe *f = guard_frame(source);
	const u64 *from;

	if (!f || f->level != level || first > ENTRIES || count > ENTRIES - first) {
		guard_say("AllocatePage of a clone of what is no such table");
		return;
	}
	from = m_frame(WIN_OTHER, (u64)source << PVOPS_PAGE_SHIFT);
	for (u32 i = first; i < first + count; i++)
		if ((page[i] ^ from[i]) & ~PTE_AD) {
			guard_say("AllocatePage of a clone that is none");
			return;
		}
}

u64 call_allocate_page(struct mcpu *cpu, struct mregs *regs)
{
	u32 pfn = regs->eax, flags = regs->edx, level = level_of(flags);
	u32 first = 0, count = 0;
	struct mframe *f = guard_frame(pfn);
	const u64 *page;

	guard_begin(cpu, regs);
	m_pending(cpu);
	guard_catch_up(cpu);
	if (!f) {
		guard_say("AllocatePage outside of memory");
		return 0;
	}
	if (!level || flags & ~ALLOCATE_FLAGS || (level != LEVEL_PDP && !(flags & VMI_PAGE_PAE)))
		guard_say("AllocatePage with such flags");
	if (!level)
		return 0;
	if (f->level && (f->flags & NOTED_BY_CALL || f->level != level)) {
		guard_say("AllocatePage of a table");
		return 0;
	}
	page = m_frame(WIN_TABLE, (u64)pfn << PVOPS_PAGE_SHIFT);
	if (flags & VMI_PAGE_CLONE) {
		first = m_arg(regs, 0);
		count = m_arg(regs, 1);
		judge_clone(page, level, regs->ecx, first, count);
	}
	if (flags & VMI_PAGE_ZEROED)
		judge_zeroed(page, first, count);
	if (f->level)
		f->flags |= NOTED_BY_CALL;
	else
		guard_note(pfn, level, NOTED_BY_CALL);
	return 0;
}

u64 call_release_page(struct mcpu *cpu, struct mregs *regs)
{
	u32 pfn = regs->eax, level = level_of(regs->edx);
	struct mframe *f = guard_frame(pfn);

	guard_begin(cpu, regs);
	m_pending(cpu);
	guard_catch_up(cpu);
	if (!f || !(f->flags & NOTED_BY_CALL)) {
		guard_say("ReleasePage of no table");
		return 0;
	}
	if (f->level != level)
		guard_say("ReleasePage of a table of another level");
	if (f->refs) {
		/* A table all the same, until nothing leads to it. */
		guard_say("ReleasePage of a table in use");
		f->flags &= ~NOTED_BY_CALL;
		return 0;
	}
	guard_forget(pfn);
	guard_flush();
	return 0;
}

/* The entry that a call is about, and whether its flags say so. */
static bool entry_of(struct mcpu *cpu, u32 pointer, u32 flags, struct mplace *place)
{
	u32 level = level_of(flags);
	struct mplace there;

	/* What leads there may still wait. */
	if (flags & VMI_PAGE_CURRENT_AS)
		guard_catch_up(cpu);
	if (!guard_entry(cpu, pointer, place))
		return false;
	if (!(guard_frame(place->table)->flags & NOTED_BY_CALL))
		guard_say("entry of a page that is no table");
	else if (!level || level != place->level || flags & ~SET_FLAGS)
		guard_say("entry of another level");
	else if (flags & VMI_PAGE_CURRENT_AS &&
		 (!guard_walk(cpu->cr3, flags & VMI_PAGE_VA_MASK, level, &there) ||
		  there.table != place->table || there.index != place->index))
		guard_say("entry of another address");
	return true;
}

static void set_entry(struct mcpu *cpu, u32 pointer, u32 flags, u64 entry, u64 mask)
{
	struct mplace place;

	if (!entry_of(cpu, pointer, flags, &place))
		return;
	if (place.level && mask == ~0ULL && (flags & VMI_PAGE_DEFER || cpu->lazy == VMI_LAZY_MMU)) {
		guard_defer(cpu, &place, entry);
		return;
	}
	/* Those that wait were first. */
	if (guard_catch_up(cpu))
		place.entry = guard_read(place.table, place.index);
	entry = (place.entry & ~mask) | (entry & mask);
	if (guard_frame(place.table)->level)
		guard_change(cpu, place.table, place.index, place.entry, entry);
	else
		guard_write(place.table, place.index, entry);
}

u64 call_set_pxe_long(struct mcpu *cpu, struct mregs *regs)
{
	guard_begin(cpu, regs);
	set_entry(cpu, regs->ecx, m_arg(regs, 0), (u64)regs->edx << 32 | regs->eax, ~0ULL);
	return 0;
}

/* The short forms are of other tables than these. */
u64 call_set_pxe(struct mcpu *cpu, struct mregs *regs)
{
	guard_begin(cpu, regs);
	guard_say("SetPxE with PAE");
	set_entry(cpu, regs->edx, regs->ecx, regs->eax, 0xffffffffULL);
	return 0;
}

static void show(struct mcpu *cpu, u32 pointer, u32 flags)
{
	struct mplace place;

	if (entry_of(cpu, pointer, flags, &place))
		guard_shown(place.table, place.index);
}

u64 call_update_pxe_long(struct mcpu *cpu, struct mregs *regs)
{
	guard_begin(cpu, regs);
	show(cpu, regs->eax, regs->edx);
	return 0;
}

u64 call_update_pxe(struct mcpu *cpu, struct mregs *regs)
{
	guard_begin(cpu, regs);
	guard_say("UpdatePxE with PAE");
	show(cpu, regs->eax, regs->edx);
	return 0;
}

bool m_set_cr3(struct mcpu *cpu, u32 cr3)
{
	u32 root = cr3 >> PVOPS_PAGE_SHIFT, old = cpu->cr3 >> PVOPS_PAGE_SHIFT;
	struct mframe *f = guard_frame(root), *before = cpu->cr3 ? guard_frame(old) : NULL;

	m_pending(cpu);
	guard_catch_up(cpu);
	if (!f || cr3 % PVOPS_PAGE_SIZE & ~0x18U || (f->level && f->level != LEVEL_PDP))
		return false;
	if (!(guard_read(root, LAST) & PTE_P))
		return false;
	if (!f->level) {
		guard_say("SetCR3 to a page that is no table");
		guard_note(root, LEVEL_PDP, 0);
		if (!(guard_read(root, LAST) & PTE_P)) {
			guard_forget(root);
			return false;
		}
	}
	f->refs++;
	cpu->cr3 = cr3;
	m_put_cr3(cr3);
	if (before && !--before->refs && !(before->flags & NOTED_BY_CALL))
		guard_forget(old);
	return true;
}

u64 call_set_cr3(struct mcpu *cpu, struct mregs *regs)
{
	guard_begin(cpu, regs);
	if (!m_set_cr3(cpu, regs->eax))
		guard_say("SetCR3 to what cannot be");
	return 0;
}

u64 call_inval_page(struct mcpu *cpu, struct mregs *regs)
{
	guard_begin(cpu, regs);
	m_pending(cpu);
	guard_catch_up(cpu);
	m_invlpg(regs->eax);
	return 0;
}

u64 call_flush_tlb(struct mcpu *cpu, struct mregs *regs)
{
	guard_begin(cpu, regs);
	m_pending(cpu);
	guard_catch_up(cpu);
	if (!(regs->eax & VMI_FLUSH_NON_GLOBAL) ||
	    regs->eax & ~(u32)(VMI_FLUSH_NON_GLOBAL | VMI_FLUSH_GLOBAL))
		guard_say("FlushTLB with such flags");
	if (regs->eax & VMI_FLUSH_GLOBAL)
		guard_flush();
	else
		m_put_cr3(m_get_cr3());
	return 0;
}
