// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Calls to the host. */
#include "hv.h"

void vmware_call(enum vmware_way way, struct vmware_regs *regs)
{
	regs->eax = VMWARE_MAGIC;
	/* Flags where an instruction is used: none is low bandwidth, towards us. */
	regs->edx = way == VMWARE_BY_PORT ? VMWARE_PORT : 0;
	switch (way) {
	case VMWARE_BY_PORT:
		vmware_in(regs);
		break;
	case VMWARE_BY_VMCALL:
		vmware_vmcall(regs);
		break;
	case VMWARE_BY_VMMCALL:
		vmware_vmmcall(regs);
		break;
	}
}

u32 vmware_version(enum vmware_way way)
{
	struct vmware_regs regs = { .ecx = VMWARE_CMD_GETVERSION };

	vmware_call(way, &regs);
	/* All ones is also what a port without a device reads as. */
	return regs.eax != VMWARE_UNKNOWN && regs.ebx == VMWARE_MAGIC ? regs.eax : 0;
}

u64 vmware_gethz(enum vmware_way way)
{
	struct vmware_regs regs = { .ebx = VMWARE_UNKNOWN, .ecx = VMWARE_CMD_GETHZ };

	vmware_call(way, &regs);
	return regs.ebx == VMWARE_UNKNOWN ? 0 : ((u64)regs.ebx << 32 | regs.eax) / 1000;
}

u32 vmware_stealclock(enum vmware_way way, u64 gpa)
{
	struct vmware_regs regs = {
		.ecx = VMWARE_CMD_STEALCLOCK, .esi = (u32)(gpa >> 32), .edi = (u32)gpa,
	};

	vmware_call(way, &regs);
	return regs.eax;
}
