// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* SetLinearMapping: where the kernel says that it has memory, and what it says by pointers. */
#include "guard.h"

struct mlinear guard_linear[M_MAX_CPUS][VMI_LINEAR_SLOTS];
static u32 on_cpu;

bool guard_slot_linear(u32 slot, u32 frame, u32 *va)
{
	const struct mlinear *l = &guard_linear[on_cpu][slot];

	if (frame < l->frame || frame - l->frame >= l->pages)
		return false;
	*va = l->va + ((frame - l->frame) << PVOPS_PAGE_SHIFT);
	return true;
}

bool guard_by_slot(const struct mplace *place)
{
	u64 frame = (place->entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT;
	struct mplace there;
	u32 va;

	for (u32 slot = 0; slot < VMI_LINEAR_SLOTS; slot++)
		if (guard_slot_linear(slot, (u32)frame, &va) &&
		    guard_walk(m_get_cr3(), va, LEVEL_PT, &there) && there.level == LEVEL_PT &&
		    there.table == place->table && there.index == place->index)
			return true;
	return false;
}

/* What the slots say of an address. */
static bool by_slots(u32 linear, u64 *gpa)
{
	for (u32 slot = 0; slot < VMI_LINEAR_SLOTS; slot++) {
		const struct mlinear *l = &guard_linear[on_cpu][slot];
		u32 page = (linear - l->va) >> PVOPS_PAGE_SHIFT;

		if (linear < l->va || page >= l->pages)
			continue;
		*gpa = ((u64)(l->frame + page) << PVOPS_PAGE_SHIFT) |
		       (linear & ~(u32)PVOPS_PAGE_MASK);
		return true;
	}
	return false;
}

bool guard_entry(struct mcpu *cpu, u32 pointer, struct mplace *place)
{
	struct mplace leaf;
	u64 gpa, said;

	if (pointer % 8 || pointer >= M_TOP || !guard_walk(cpu->cr3, pointer, LEVEL_PT, &leaf) ||
	    !(leaf.entry & PTE_P)) {
		guard_say("entry that is nowhere");
		return false;
	}
	gpa = leaf.entry & PVOPS_PTE_FRAME;
	if (leaf.level == LEVEL_PD)
		gpa = (gpa & ~0x1fffffULL) | (pointer & 0x1ff000);
	gpa |= pointer & ~(u32)PVOPS_PAGE_MASK;
	if (!by_slots(pointer, &said))
		guard_say("entry that no linear mapping has");
	else if (said != gpa)
		guard_say("linear mapping that is not so");
	if (!guard_frame(gpa >> PVOPS_PAGE_SHIFT)) {
		guard_say("entry outside of memory");
		return false;
	}
	place->table = (u32)(gpa >> PVOPS_PAGE_SHIFT);
	place->index = (u32)gpa % PVOPS_PAGE_SIZE / 8;
	place->level = guard_frame(place->table)->level;
	place->entry = guard_read(place->table, place->index);
	return true;
}

u64 call_set_linear_mapping(struct mcpu *cpu, struct mregs *regs)
{
	u32 slot = regs->eax, va = regs->edx, pages = regs->ecx, frame = m_arg(regs, 0);

	guard_begin(cpu, regs);
	if (slot >= VMI_LINEAR_SLOTS || va % PVOPS_PAGE_SIZE || va >= M_TOP ||
	    pages > (M_TOP - va) >> PVOPS_PAGE_SHIFT || frame > ~0U - pages) {
		guard_say("SetLinearMapping of what cannot be");
		return 0;
	}
	guard_linear[cpu->index][slot] = (struct mlinear){ va, pages, frame };
	return 0;
}

void guard_on(struct mcpu *cpu)
{
	on_cpu = cpu->index;
}

/* Each call: whose mappings count, and whom to blame: who called the ROM. */
void guard_begin(struct mcpu *cpu, struct mregs *regs)
{
	guard_on(cpu);
	guard_blame = regs->eip;
	m_read(regs->esp, &guard_blame, sizeof(guard_blame));
}
