// SPDX-License-Identifier: GPL-2.0
/*
 * Linux's queue of hypercalls is the library's: arch/x86/xen/xen-ops.h's functions on it, in the
 * place of arch/x86/xen/multicalls.c. When it is emptied is Linux's affair.
 */
#include <linux/bug.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <pvops/xen-calls.h>
#include "lib/backends/xen/xen.h"

#define MAX_CALLBACKS	32

struct xen_callbacks {
	unsigned int nr;
	struct {
		void (*fn)(void *data);
		void *data;
	} list[MAX_CALLBACKS];
};

static DEFINE_PER_CPU(struct xen_callbacks, xen_callbacks);
DEFINE_PER_CPU(unsigned long, xen_mc_irq_flags);

void xen_mc_flush(void)
{
	struct xen_callbacks *todo;
	unsigned long flags;

	WARN_ON_ONCE(preemptible());
	local_irq_save(flags);
	/* The log has said which, and why. */
	WARN_ON(xen_batch_run());
	todo = this_cpu_ptr(&xen_callbacks);
	for (unsigned int i = 0; i < todo->nr; i++)
		todo->list[i].fn(todo->list[i].data);
	todo->nr = 0;
	local_irq_restore(flags);
}

struct multicall_space __xen_mc_entry(size_t args)
{
	struct multicall_space space;

	space.mc = xen_batch_entry(args, &space.args);
	return space;
}

struct multicall_space xen_mc_extend_args(unsigned long op, size_t size)
{
	struct multicall_space space;

	space.mc = xen_batch_extend(op, size, &space.args);
	return space;
}

void xen_mc_callback(void (*fn)(void *data), void *data)
{
	struct xen_callbacks *todo = this_cpu_ptr(&xen_callbacks);

	if (todo->nr == MAX_CALLBACKS)
		xen_mc_flush();
	todo->list[todo->nr].fn = fn;
	todo->list[todo->nr].data = data;
	todo->nr++;
}
