// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What each vCPU tells Xen, and the domain's end: PV and HVM guests alike. */
#include <pvops/clock.h>
#include "xen.h"

bool xen_dom0;

PVOPS_THUNK_smp_yield(xen_yield_op, xen_yield);

/* Deadlines and runstates are in Xen's system time, so no other clock would do. */
void xen_clock_init(const char *name)
{
	const struct pvops_clock_facts facts = {
		.has = PVOPS_CLOCK_TSC | PVOPS_CLOCK_PVCLOCK | PVOPS_CLOCK_PV_SYSTEM,
	};
	struct pvops_clock_choice choice;

	pvops_clock_offer(name, &facts, &choice);
}

void xen_yield(void)
{
	xen_call2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
}

int xen_vcpu_register(unsigned int cpu, u64 machine)
{
	struct vcpu_register_vcpu_info op = {
		.mfn = machine >> PVOPS_PAGE_SHIFT, .offset = (u32)(machine & ~PVOPS_PAGE_MASK),
	};
	long err = xen_call3(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, cpu, &op);

	if (err)
		pvops_log("xen: CPU %u: vcpu_info refused: error %ld", cpu, err);
	return (int)err;
}

/* Runstate area and the port that ends lock.wait, once. */
int xen_vcpu_prepare(unsigned int cpu)
{
	struct xen_cpu *xcpu = xen_cpu_of(cpu);
	int port, err;

	if (xcpu->kicker)
		return 0;			/* has been prepared before */
	err = xen_time_init_cpu(cpu);
	if (err)
		return err;
	port = xen_bind_ipi_port(cpu);
	if (port < 0) {
		pvops_log("xen: CPU %u: no port for locks: error %d", cpu, port);
		return port;
	}
	xcpu->kicker = (u32)port;
	return 0;
}

void xen_shutdown(unsigned int reason)
{
	struct sched_shutdown op = {
		.reason = reason == PVOPS_SHUTDOWN_POWEROFF ? SHUTDOWN_poweroff :
			  reason == PVOPS_SHUTDOWN_REBOOT ? SHUTDOWN_reboot : SHUTDOWN_crash,
	};

	XEN_MUST("SCHEDOP_shutdown", xen_call2(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &op));
}

u64 xen_hypercall_counts[PVOPS_MAX_CPUS][PVOPS_XEN_NR_HYPERCALLS];

u64 pvops_xen_hypercalls(unsigned int nr)
{
	u64 sum = 0;

	for (unsigned int cpu = 0; cpu < PVOPS_MAX_CPUS && nr < PVOPS_XEN_NR_HYPERCALLS; cpu++)
		sum += xen_hypercall_counts[cpu][nr];
	return sum;
}
