// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Being saved, and what PV and HVM guests alike must tell a new host. */
#include "xen.h"

static u32 generation;

u32 pvops_xen_generation(void)
{
	return generation;
}

long xen_suspend_call(unsigned long start_info)
{
	struct sched_shutdown op = { .reason = SHUTDOWN_suspend };

	xen_time_suspend();
	/* 1: the hypercall was cancelled, and we are where we were. */
	return xen_call3(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &op, start_info);
}

void xen_resume(int (*tell)(unsigned int cpu))
{
	int err;

	for (unsigned int cpu = 0; cpu < PVOPS_MAX_CPUS; cpu++) {
		if (!pvops_get_host()->percpu(cpu) || !xen_cpu_of(cpu)->kicker)
			continue;
		err = tell(cpu);
		if (!err && !cpu)
			xen_time_resume();
		xen_cpu_of(cpu)->kicker = 0;
		if (!err)
			err = xen_vcpu_prepare(cpu);
		if (err)
			pvops_panic("xen: CPU %u cannot go on after a restore: error %d", cpu, err);
	}
	xen_events_resume();
	/* Now, for it may be due at once. */
	if (xen_cpu()->deadline)
		XEN_MUST("VCPUOP_set_singleshot_timer", xen_set_timer(xen_cpu()->deadline));
	generation++;
}
