// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Entries that may wait: set with DEFER, or in the lazy mode of page tables. They do wait here,
 * for as long as the ABI lets them, so that a kernel that counts on more than that is found.
 */
#include "guard.h"

#define MAX_WAITING	32U

static struct mqueue {
	u32 nr;
	struct {
		u32 table, index, blame;
		u64 entry;
	} waiting[MAX_WAITING];
} queues[M_MAX_CPUS];

bool guard_catch_up(struct mcpu *cpu)
{
	struct mqueue *q = queues + cpu->index;
	u32 blame = guard_blame, nr = q->nr;

	q->nr = 0;
	for (u32 i = 0; i < nr; i++) {
		guard_blame = q->waiting[i].blame;
		guard_change(cpu, q->waiting[i].table, q->waiting[i].index,
			     guard_read(q->waiting[i].table, q->waiting[i].index),
			     q->waiting[i].entry);
	}
	guard_blame = blame;
	return nr;
}

void guard_defer(struct mcpu *cpu, const struct mplace *place, u64 entry)
{
	struct mqueue *q = queues + cpu->index;

	if (q->nr == MAX_WAITING)
		guard_catch_up(cpu);
	q->waiting[q->nr].table = place->table;
	q->waiting[q->nr].index = place->index;
	q->waiting[q->nr].entry = entry;
	q->waiting[q->nr++].blame = guard_blame;
}

u64 call_set_lazy_mode(struct mcpu *cpu, struct mregs *regs)
{
	guard_begin(cpu, regs);
	if (regs->eax > VMI_LAZY_CPU)
		guard_say("SetLazyMode of none that there is");
	else if (regs->eax && cpu->lazy)
		guard_say("SetLazyMode in another");
	if (!regs->eax) {
		guard_catch_up(cpu);
		m_pending(cpu);
	}
	cpu->lazy = regs->eax;
	return 0;
}
