// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Being saved by the host and going on later, here or elsewhere. */
#include "core.h"

/* Why not now; 0: nothing against it. */
static int refusal(void)
{
	unsigned long flags = pvops_irq_save();

	if (!pvops_state.info.backend->suspend)
		return -PVOPS_ENOSYS;
	if (pvops_cpu() || flags & PVOPS_FLAGS_IF)
		return -PVOPS_EINVAL;
	for (unsigned int cpu = 1; cpu < PVOPS_MAX_CPUS && cpu < pvops_smp_nr_cpus(); cpu++)
		if (pvops_state.host->percpu(cpu) && !pvops_smp_cpu_stopped(cpu))
			return -PVOPS_EBUSY;
	return 0;
}

int pvops_suspend(void)
{
	const struct pvops_backend *backend = pvops_state.info.backend;
	u64 before = pvops_time_clock();
	int how = refusal();

	if (!how)
		how = backend->suspend();
	if (how < 0)
		pvops_log("backend %s: not suspended: error %d", backend->name, how);
	else
		pvops_log("backend %s: %s after %llu us", backend->name,
			  how ? "goes on, the host has only looked" : "restored",
			  (pvops_time_clock() - before) / 1000);
	return how;
}
