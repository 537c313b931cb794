// SPDX-License-Identifier: GPL-2.0
/* Xen's time: what arch/x86/xen/time.c and the scheduler's accounts have from the library. */
#include <linux/jump_label.h>
#include <linux/static_call.h>
#include <linux/time64.h>
#include <asm/paravirt.h>
#include <pvops/xen-glue.h>
#include "lib/backends/xen/xen.h"

noinstr u64 pvops_xen_clock(const struct pvclock_vcpu_time_info *time)
{
	return xen_clock_by(time);
}

void pvops_xen_clock_restart(void)
{
	xen_clock_restart();
}

void pvops_xen_wallclock(const struct pvclock_wall_clock *boot,
			 const struct pvclock_vcpu_time_info *time, struct timespec64 *ts)
{
	struct pvops_timespec now;

	/* Both are where the library looks. */
	xen_wallclock(&now);
	ts->tv_sec = now.sec;
	ts->tv_nsec = now.nsec;
}

int pvops_xen_set_timer(u64 ns)
{
	return xen_set_timer(xen_clock() + ns);
}

int pvops_xen_stop_timer(void)
{
	return xen_stop_timer();
}

u64 xen_steal_clock(int cpu)
{
	return xen_steal(cpu);
}

bool xen_vcpu_stolen(int cpu)
{
	return xen_preempted(cpu);
}

void xen_setup_runstate_info(int cpu)
{
	/* Without it nothing is known to be stolen; the library says so. */
	xen_time_init_cpu(cpu);
}

static DEFINE_PER_CPU(u64, stolen_before);

/* -1: about to be saved, 0: restored elsewhere, areas registered anew, 1: it came to nothing. */
void xen_manage_runstate_time(int action)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (action < 0)
			per_cpu(stolen_before, cpu) = xen_steal(cpu);
		else if (!action)
			xen_steal_was(cpu, per_cpu(stolen_before, cpu));
	}
}

void __init xen_time_setup_guest(void)
{
	bool marked = !HYPERVISOR_vm_assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag);

	static_call_update(pv_steal_clock, xen_steal_clock);
	static_key_slow_inc(&paravirt_steal_enabled);
	if (marked)
		static_key_slow_inc(&paravirt_steal_rq_enabled);
}
