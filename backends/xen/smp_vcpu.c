// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What Xen is asked of another vCPU: how many there are, their first state, to run. */
#include "xen.h"

static long vcpu_op(unsigned int cmd, unsigned int cpu, const void *arg)
{
	return xen_call3(__HYPERVISOR_vcpu_op, cmd, xen_vcpu_nr(cpu), arg);
}

int xen_vcpu_is_up(unsigned int cpu)
{
	return (int)vcpu_op(VCPUOP_is_up, cpu, NULL);
}

unsigned int xen_count_vcpus(unsigned int most)
{
	unsigned int cpu = 1;

	while (cpu < most && xen_vcpu_is_up(cpu) >= 0)
		cpu++;
	return cpu;
}

void xen_vcpu_context(struct vcpu_guest_context *to, const struct pvops_cpu_start *start)
{
	unsigned long root = (__force unsigned long)start->root >> PVOPS_PAGE_SHIFT;

	*to = (struct vcpu_guest_context){ 0 };
	/* Not VGCF_online: Xen would take the vCPU for up, and VCPUOP_up would not wake it. */
	to->flags = VGCF_in_kernel;
	to->user_regs.rip = (unsigned long)start->entry;
	to->user_regs.rsp = (unsigned long)start->stack - 8;
	to->user_regs.rdi = (unsigned long)start->arg;
	to->user_regs.rflags = 0x1000;			/* I/O privilege level 1 */
	to->user_regs.cs = FLAT_KERNEL_CS;
	to->user_regs.ss = FLAT_KERNEL_SS;
	to->kernel_ss = FLAT_KERNEL_SS;
	to->kernel_sp = (unsigned long)start->stack;
	to->ctrlreg[3] = xen_pfn_to_mfn(root) << PVOPS_PAGE_SHIFT;
	to->gs_base_kernel = start->gs_base;
}

int xen_vcpu_initialise(unsigned int cpu, const struct vcpu_guest_context *from)
{
	return (int)vcpu_op(VCPUOP_initialise, cpu, from);
}

int xen_vcpu_up(unsigned int cpu)
{
	return (int)vcpu_op(VCPUOP_up, cpu, NULL);
}
