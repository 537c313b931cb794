// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Tables written by the kernel itself. Such a write faults; then the one instruction runs, with
 * the table writable and a trap behind it. What it changed must be shown by UpdatePxE before the
 * kernel does something that would have to know; else it is a violation.
 *
 * From the write to the next thing that we hear of the kernel no interrupt comes: its handler's
 * calls would find a write that only has not been shown yet.
 */
#include "guard.h"

#define MAX_PENDING	64U
#define MAX_OPEN	2U			/* one instruction, one write: two pages at most */
#define DR6_STEP	0x4000U

/* Of each CPU: another that comes in must not find a write only not shown yet. */
static struct mwrites {
	u32 nr;
	struct {
		u32 table, index, eip;
	} pending[MAX_PENDING];
	bool held;				/* its interrupt flag is */
} writes[M_MAX_CPUS];

static struct mopen {
	u32 table;				/* the frame that is written to */
	struct mplace place;			/* what maps it */
	u64 before[ENTRIES], after[ENTRIES];
} opened[MAX_OPEN];
static u32 nr_opened;
static u32 flags, from;				/* of the instruction that runs */

void guard_shown(u32 table, u32 index)
{
	for (struct mwrites *w = writes; w < writes + M_MAX_CPUS; w++)
		for (u32 i = 0; i < w->nr; i++)
			if (w->pending[i].table == table && w->pending[i].index == index)
				w->pending[i--] = w->pending[--w->nr];
}

static void report(struct mwrites *w, u32 first)
{
	for (u32 i = first; i < w->nr; i++)
		m_violation("page table write", w->pending[i].eip);
	w->nr = first;
}

static void written(struct mwrites *w, u32 table, u32 index, u32 eip)
{
	for (u32 i = 0; i < w->nr; i++)
		if (w->pending[i].table == table && w->pending[i].index == index)
			return;
	if (w->nr == MAX_PENDING)
		report(w, MAX_PENDING - 1);
	w->pending[w->nr].table = table;
	w->pending[w->nr].index = index;
	w->pending[w->nr++].eip = eip;
}

void m_pending(struct mcpu *cpu)
{
	report(writes + cpu->index, 0);
}

/* The mapping that a write to a table went by, if the kernel means it to be writable. */
static bool is_ours(struct mcpu *cpu, u32 linear, struct mplace *place)
{
	struct msplit *split;
	struct mframe *f;

	if (linear >= M_TOP || !guard_walk(cpu->cr3, linear, LEVEL_PT, place) || place->sealed ||
	    (place->entry & (PTE_P | PTE_W)) != PTE_P || place->level != LEVEL_PT)
		return false;
	f = guard_frame((place->entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT);
	if (!f || !f->level)
		return false;
	f = guard_frame(place->table);
	split = f ? NULL : guard_split_of(place->table);
	return f ? guard_is_taken(f, place->index) : split && split->entry & PTE_W;
}

bool m_page_fault(struct mcpu *cpu, struct mregs *regs, u32 cr2)
{
	struct mopen *o = opened + nr_opened;
	const u64 *now;

	/* What waits does not wait any longer; and then this may be no fault. */
	guard_on(cpu);
	if (!cpu->stepping && guard_catch_up(cpu))
		return true;
	if (m_from_user(regs) || !(regs->error & PF_PRESENT) || !(regs->error & PF_WRITE) ||
	    nr_opened == MAX_OPEN || !is_ours(cpu, cr2, &o->place))
		return false;
	o->table = (u32)((o->place.entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT);
	now = m_frame(WIN_TABLE, (u64)o->table << PVOPS_PAGE_SHIFT);
	for (u32 i = 0; i < ENTRIES; i++)
		o->before[i] = now[i];
	nr_opened++;
	guard_write(o->place.table, o->place.index, o->place.entry | PTE_W);
	m_invlpg(cr2);
	if (!cpu->stepping) {
		cpu->stepping = true;
		flags = regs->eflags;
		from = regs->eip;
	}
	regs->eflags = (regs->eflags | FLAG_TF) & ~FLAG_IF;
	return true;
}

/* What the instruction did is taken back, and then done by us, entry by entry. */
static void take_in(struct mcpu *cpu, struct mopen *o)
{
	for (u32 i = 0; i < ENTRIES; i++) {
		if (!((o->after[i] ^ o->before[i]) & ~PTE_AD))
			continue;
		guard_change(cpu, o->table, i, guard_read(o->table, i), o->after[i]);
		written(writes + cpu->index, o->table, i, from);
	}
}

static void take_back(struct mopen *o)
{
	u64 *now = m_frame(WIN_TABLE, (u64)o->table << PVOPS_PAGE_SHIFT);

	for (u32 i = 0; i < ENTRIES; i++) {
		o->after[i] = now[i];
		if ((now[i] ^ o->before[i]) & ~PTE_AD)
			now[i] = o->before[i];
	}
}

/* It has run, or will have to begin anew: as before. */
static void settle(struct mcpu *cpu, struct mregs *regs)
{
	u32 n;

	for (n = 0; n < nr_opened; n++) {
		const struct mplace *place = &opened[n].place;
		u64 entry = guard_read(place->table, place->index);

		/* But for what it has put in the place of that. */
		if (!((entry ^ place->entry) & (PTE_P | PVOPS_PTE_FRAME)))
			guard_write(place->table, place->index, entry & ~PTE_W);
	}
	for (n = 0; n < nr_opened; n++)
		take_back(opened + n);
	guard_on(cpu);
	guard_blame = from;
	for (n = 0; n < nr_opened; n++)
		take_in(cpu, opened + n);
	nr_opened = 0;
	/* What was there for a moment, and writable for longer, the CPU remembers. */
	guard_flush();
	cpu->stepping = false;
	regs->eflags = (regs->eflags & ~(FLAG_TF | FLAG_IF)) | (flags & FLAG_TF);
	writes[cpu->index].held = flags & FLAG_IF;
}

bool m_debug(struct mcpu *cpu, struct mregs *regs, u32 dr6)
{
	if (!cpu->stepping || !(dr6 & DR6_STEP))
		return false;
	m_put_db6(dr6 & ~DR6_STEP);
	settle(cpu, regs);
	return !(flags & FLAG_TF);
}

void m_entered(struct mcpu *cpu, struct mregs *regs, u32 cr2)
{
	struct mplace place;

	if (cpu->stepping && regs->vector != VECTOR_DB &&
	    !(regs->vector == VECTOR_PF && is_ours(cpu, cr2, &place)))
		settle(cpu, regs);
	if (writes[cpu->index].held && !cpu->stepping) {
		regs->eflags |= FLAG_IF;
		writes[cpu->index].held = false;
	}
}
