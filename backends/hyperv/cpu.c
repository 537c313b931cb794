// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The end of the machine, said to the host. */
#include "hyperv.h"

#define CRASH_PARAMETERS	5
#define CRASH_CODE		0x73706f7670ULL		/* "pvops", as bytes in memory */

static void tell_crash(void)
{
	const u64 what[CRASH_PARAMETERS] = { CRASH_CODE, pvops_cpu(), hyperv.used };
	u64 can;

	if (hyperv_rdmsr(HV_MSR_CRASH_CTL, &can) || !(can & HV_CRASH_NOTIFY)) {
		pvops_log("hyperv: the host does not want to hear of the crash");
		return;
	}
	for (u32 i = 0; i < CRASH_PARAMETERS; i++)
		hyperv_wrmsr(HV_MSR_CRASH_P0 + i, what[i]);
	if (hyperv_wrmsr(HV_MSR_CRASH_CTL, HV_CRASH_NOTIFY))
		pvops_log("hyperv: the host cannot be told of the crash");
}

void hyperv_cpu_shutdown(unsigned int reason)
{
	pvops_fn_cpu_shutdown_t *base = pvops_base_func(PVOPS_OP_cpu_shutdown);

	if (reason == PVOPS_SHUTDOWN_CRASH && hyperv_uses(HYPERV_CRASH))
		tell_crash();
	/* Who comes back from here is still running. */
	if (reason == PVOPS_SHUTDOWN_REBOOT && hyperv_uses(HYPERV_RESET))
		hyperv_wrmsr(HV_MSR_RESET, 1);
	base(reason);
}
