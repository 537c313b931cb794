// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* As VMware shows itself, calls by VMMCALL: <pvops/abi/vmware.h>. */
#include "host.h"
#include <pvops/abi/vmware.h>

#define CMD_GETVCPU_INFO	68
#define VCPU_X2APIC		(1U << 3)
#define BUS_KHZ			1000000		/* QEMU's APIC */

static void vmware_cpuid(u32 leaf, u32 out[4])
{
	if (!leaf) {
		out[0] = 0x40000000 + VMWARE_LEAF_TIMING;
		copy_text(out + 1, VMWARE_SIGNATURE);
	} else if (leaf == VMWARE_LEAF_TIMING) {
		out[0] = tsc_khz;
		out[1] = BUS_KHZ;
		out[2] = VMWARE_ECX_VMMCALL;
	}
}

static bool no_msr(struct cpu *cpu, u32 msr, u64 *val)
{
	(void)cpu, (void)msr, (void)val;
	return false;
}

static bool no_msr_write(struct cpu *cpu, u32 msr, u64 val)
{
	(void)cpu, (void)msr, (void)val;
	return false;
}

static bool vmware_call(struct cpu *cpu)
{
	u64 *regs = cpu->regs, *rax = &cpu->vmcb->rax, hz = tsc_khz * 1000;

	if ((u32)*rax != VMWARE_MAGIC)
		return false;
	switch ((u16)regs[RCX]) {
	case VMWARE_CMD_GETVERSION:
		*rax = 6;
		regs[RBX] = VMWARE_MAGIC;
		regs[RCX] = 2;
		break;
	case VMWARE_CMD_GETHZ:
		*rax = (u32)hz;
		regs[RBX] = hz >> 32;
		regs[RCX] = BUS_KHZ * 1000;
		break;
	case CMD_GETVCPU_INFO:
		*rax = VCPU_X2APIC;
		break;
	case VMWARE_CMD_STEALCLOCK:
		cpu->steal = (u64)(u32)regs[RSI] << 32 | (u32)regs[RDI];
		*rax = cpu->steal & VMWARE_STEAL_OFF ? VMWARE_STEAL_DISABLED : VMWARE_STEAL_ENABLED;
		if (cpu->steal & VMWARE_STEAL_OFF)
			cpu->steal = 0;
		break;
	default:
		*rax = VMWARE_UNKNOWN;
	}
	return true;
}

static void vmware_wake(struct cpu *cpu)
{
	u64 ticks = steal_some(cpu);

	if (cpu->steal)
		((struct vmware_steal *)at(cpu->steal))->clock += ticks;
}

const struct face face_vmware = {
	.name		= "vmware",
	.cpuid		= vmware_cpuid,
	.max_leaf	= VMWARE_LEAF_TIMING,
	.read_msr	= no_msr,
	.write_msr	= no_msr_write,
	.call		= vmware_call,
	.wake		= vmware_wake,
};
