// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The host wants to save us, or to move us. First no CPU but this one runs threads any more, but
 * all take interrupts: what has been sent arrives. Then they stop, one after the other.
 */
#include "sched.h"
#include "smp.h"
#include "suspend.h"

static void quiesce(bool on)
{
	for (unsigned int cpu = 1; cpu < nr_cpus; cpu++) {
		cpus[cpu]->quiet = false;
		__atomic_store_n(&cpus[cpu]->quiesce, on, __ATOMIC_RELEASE);
	}
}

/* In the middle of what they do in the kernel threads are left alone: until they let others run. */
static int wait_quiet(void)
{
	u64 end = pvops_time_clock() + QUIET_NS;

	for (unsigned int cpu = 1; cpu < nr_cpus; cpu++) {
		smp_wake(cpu);
		while (!__atomic_load_n(&cpus[cpu]->quiet, __ATOMIC_ACQUIRE)) {
			if (pvops_time_clock() > end)
				return -PVOPS_EBUSY;
			pvops_smp_yield();
		}
	}
	return 0;
}

int suspend(void)
{
	unsigned int stopped;
	unsigned long flags;
	int how, err;

	quiesce(true);
	how = wait_quiet();
	for (stopped = 1; !how && stopped < nr_cpus; stopped++)
		how = smp_stop(stopped);
	if (!how) {
		flags = pvops_irq_save();
		pvops_irq_disable();
		how = pvops_suspend();
		pvops_irq_restore(flags);
	}
	quiesce(false);
	for (unsigned int cpu = 1; cpu < stopped; cpu++) {
		err = pvops_smp_cpu_stopped(cpu) ? smp_start(cpu) : 0;
		if (err)
			kpanic("CPU %u does not start after a suspend: error %d", cpu, err);
	}
	return how;
}
