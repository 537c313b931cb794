// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A VMware inside the guest, for what QEMU's has not: linked into an image whose backend calls
 * these instead of the instructions (-DVMWARE_SCRIPTED). The TSC runs at 1 GHz (-icount shift=0).
 */
#include "../../backends/vmware/hv.h"

#define HZ	1000000000ULL

static u64 areas[PVOPS_MAX_CPUS];
static u32 on[PVOPS_MAX_CPUS], off[PVOPS_MAX_CPUS];

static u32 stealclock(u64 gpa)
{
	u32 cpu = pvops_cpu();
	struct vmware_steal *steal;

	if (gpa & VMWARE_STEAL_OFF) {
		areas[cpu] = 0;
		off[cpu]++;
		return VMWARE_STEAL_DISABLED;
	}
	if (gpa % sizeof(*steal) || areas[cpu])
		pvops_panic("CPU %u: steal clock at %llx, was at %llx", cpu, gpa, areas[cpu]);
	areas[cpu] = gpa;
	steal = pvops_get_host()->gpa_to_virt((__force pvops_gpa_t)(unsigned long)gpa);
	steal->clock += 1000;
	on[cpu]++;
	if (cpu == 1)
		pvops_log("script: CPU 1: steal clock on %u times, off %u, shows %llu ns", on[1],
			  off[1], vmware_time_steal(1));
	return VMWARE_STEAL_ENABLED;
}

void vmware_in(struct vmware_regs *regs)
{
	switch (regs->ecx) {
	case VMWARE_CMD_GETVERSION:
		regs->eax = 6;
		regs->ebx = VMWARE_MAGIC;
		break;
	case VMWARE_CMD_GETHZ:
		regs->eax = (u32)HZ;
		regs->ebx = (u32)(HZ >> 32);
		break;
	case VMWARE_CMD_STEALCLOCK:
		regs->eax = stealclock((u64)regs->esi << 32 | regs->edi);
		break;
	default:
		regs->eax = VMWARE_UNKNOWN;
	}
}

void vmware_vmcall(struct vmware_regs *regs)
{
	pvops_panic("vmcall on a machine that does not offer it");
}

void vmware_vmmcall(struct vmware_regs *regs)
{
	pvops_panic("vmmcall on a machine that does not offer it");
}

u32 vmware_cpu(void)
{
	return pvops_cpu();
}
