// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* For backends that stand on another. */
#include "core.h"

static struct {
	struct pvops_cpu_start start;
	void (*first)(void);
} starts[PVOPS_MAX_CPUS];

static const struct pvops_base_ways by_instructions;
static const struct pvops_base_ways *ways PVOPS_SEALED = &by_instructions;

void pvops_base_set_ways(const struct pvops_base_ways *new)
{
	ways = new;
}

const struct pvops_base_ways *pvops_base_ways(void)
{
	return ways;
}

const void *pvops_base_func(unsigned int op)
{
	return pvops_state.base && op < PVOPS_NR_OPS ? pvops_state.base->forms[op].func : NULL;
}

static void begin(void *arg)
{
	unsigned int cpu = pvops_cpu();
	struct pvops_cpu_start *start = &starts[cpu].start;

	starts[cpu].first();
	start->entry(start->arg);
}

int pvops_base_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start,
			 void (*first)(void))
{
	pvops_fn_smp_start_cpu_t *base = pvops_base_func(PVOPS_OP_smp_start_cpu);
	struct pvops_cpu_start ours = *start;

	if (!base)
		return -PVOPS_ENOSYS;
	if (!cpu || cpu >= PVOPS_MAX_CPUS || cpu >= pvops_smp_nr_cpus() || !start->entry ||
	    (unsigned long)start->stack % 16)
		return -PVOPS_EINVAL;
	/* While it runs, it may be looking at these. */
	if (!pvops_smp_cpu_stopped(cpu))
		return -PVOPS_EBUSY;
	starts[cpu].start = *start;
	starts[cpu].first = first;
	ours.entry = begin;
	return base(cpu, &ours);
}
