// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Stolen time: the host counts in a page of ours how long each CPU had to wait for a real one.
 * Each CPU says itself where, so the other ones come by us.
 */
#include <pvops/insn.h>
#include <pvops/tsc.h>
#include "hv.h"

static enum vmware_way steal_way;

static struct vmware_steal *area(unsigned int cpu)
{
	struct pvops_percpu *percpu = cpu < PVOPS_MAX_CPUS ? pvops_get_host()->percpu(cpu) : NULL;

	_Static_assert(sizeof(struct vmware_steal) <= sizeof(percpu->priv) &&
		       offsetof(struct pvops_percpu, priv) % 64 == 0, "one cache line");
	return percpu ? (void *)percpu->priv : NULL;
}

bool vmware_steal_offered(enum vmware_way way)
{
	steal_way = way;
	/* Switching off what is off changes nothing and tells whether there is a switch. */
	return vmware_stealclock(way, VMWARE_STEAL_OFF) != VMWARE_UNKNOWN;
}

static void steal_on(void)
{
	u32 cpu = vmware_cpu(), answer;

	answer = vmware_stealclock(steal_way,
				   (__force u64)pvops_get_host()->virt_to_gpa(area(cpu)));
	if (answer != VMWARE_STEAL_ENABLED)
		pvops_log("vmware: CPU %u: no steal clock, the host answers 0x%x", cpu, answer);
}

int vmware_steal_init_cpu(unsigned int cpu)
{
	struct vmware_steal *steal = area(cpu);

	if (!steal)
		return -PVOPS_EINVAL;
	*steal = (struct vmware_steal){ 0 };
	/* The others do it when they come up, see below. */
	if (!cpu)
		steal_on();
	return 0;
}

u64 vmware_time_steal(unsigned int cpu)
{
	const struct vmware_steal *steal = area(cpu);

	return steal ? pvops_tsc_ns(pvops_load64(&steal->clock)) : 0;
}

int vmware_smp_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start)
{
	return pvops_base_start_cpu(cpu, start, steal_on);
}

void vmware_smp_stop_cpu(void)
{
	pvops_fn_smp_stop_cpu_t *stop = pvops_base_func(PVOPS_OP_smp_stop_cpu);
	u32 answer = vmware_stealclock(steal_way, VMWARE_STEAL_OFF);

	if (answer != VMWARE_STEAL_DISABLED)
		pvops_log("vmware: CPU %u: the steal clock goes on, the host answers 0x%x",
			  vmware_cpu(), answer);
	stop();
}
