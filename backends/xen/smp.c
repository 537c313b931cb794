// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* vCPUs: bring up, take down, bring up again. */
#include "xen.h"

static unsigned int cpus;
static vcpu_guest_context_t context;		/* one start at a time */

/* Where a vCPU that comes up again goes on: stack and function, see xen_down(). */
static struct {
	unsigned long stack;
	unsigned long entry;
	struct pvops_cpu_start start;
} again[PVOPS_MAX_CPUS];

static bool known[PVOPS_MAX_CPUS];		/* has been up once */

long xen_down(unsigned long cpu, const void *slot);	/* leave.S */

static long vcpu_op(unsigned int cmd, unsigned int cpu, void *arg)
{
	return xen_call3(__HYPERVISOR_vcpu_op, cmd, cpu, arg);
}

int xen_cpus_init(void)
{
	known[0] = true;
	for (cpus = 1; cpus < PVOPS_MAX_CPUS; cpus++)
		if (vcpu_op(VCPUOP_is_up, cpus, NULL) < 0)
			break;
	return 0;
}

/* The vCPUs of a restored domain have never been up, but for this one. */
void xen_smp_resume(void)
{
	for (unsigned int cpu = 1; cpu < PVOPS_MAX_CPUS; cpu++)
		known[cpu] = false;
}

unsigned int xen_nr_cpus(void)
{
	return cpus;
}

static __attribute__((noreturn)) void begin_again(void)
{
	struct pvops_cpu_start *start = &again[pvops_cpu()].start;

	xen_activate(start->root);
	start->entry(start->arg);
	__builtin_unreachable();
}

static long start_fresh(unsigned int cpu, const struct pvops_cpu_start *start)
{
	unsigned long root = (__force unsigned long)start->root >> PVOPS_PAGE_SHIFT;

	context = (vcpu_guest_context_t){ 0 };
	/* Not VGCF_online: Xen would take the vCPU for up, and VCPUOP_up would not wake it. */
	context.flags = VGCF_in_kernel;
	context.user_regs.rip = (unsigned long)start->entry;
	context.user_regs.rsp = (unsigned long)start->stack - 8;
	context.user_regs.rdi = (unsigned long)start->arg;
	context.user_regs.rflags = 0x1000;		/* I/O privilege level 1 */
	context.user_regs.cs = FLAT_KERNEL_CS;
	context.user_regs.ss = FLAT_KERNEL_SS;
	context.kernel_ss = FLAT_KERNEL_SS;
	context.kernel_sp = (unsigned long)start->stack;
	context.ctrlreg[0] = xen_cpu_of(0)->cr0;
	context.ctrlreg[3] = xen_pfn_to_mfn(root) << PVOPS_PAGE_SHIFT;
	context.gs_base_kernel = start->gs_base;
	xen_cpu_of(cpu)->root = root << PVOPS_PAGE_SHIFT;
	return vcpu_op(VCPUOP_initialise, cpu, &context);
}

int xen_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start)
{
	unsigned long root = (__force unsigned long)start->root >> PVOPS_PAGE_SHIFT;
	long err = 0;

	if (!cpu || cpu >= cpus || !start->entry || (unsigned long)start->stack % 16)
		return -PVOPS_EINVAL;
	if (vcpu_op(VCPUOP_is_up, cpu, NULL) > 0)
		return -PVOPS_EBUSY;
	if (!xen_cpu_of(cpu)->batch || xen_pin_pfn(root))
		return -PVOPS_EINVAL;
	/* Masked until it says otherwise. */
	((struct vcpu_info *)pvops_get_host()->percpu(cpu)->hv)->evtchn_upcall_mask = 1;
	if (known[cpu]) {
		again[cpu].start = *start;
		again[cpu].stack = (unsigned long)start->stack - 8;
		again[cpu].entry = (unsigned long)begin_again;
	} else {
		err = start_fresh(cpu, start);
	}
	if (!err)
		err = vcpu_op(VCPUOP_up, cpu, NULL);
	if (err) {
		pvops_log("xen-pv: CPU %u does not start: error %ld", cpu, err);
		return (int)err;
	}
	known[cpu] = true;
	return 0;
}

void xen_stop_cpu(void)
{
	unsigned int cpu = pvops_cpu();

	xen_mask_save();
	/* Others may want to free the address space that we are in. */
	xen_activate((__force pvops_gpa_t)(xen_start->pt_base - PVOPS_VIRT_BASE));
	XEN_MUST("VCPUOP_stop_singleshot_timer", xen_stop_timer());
	pvops_panic("xen-pv: CPU %u does not stop: error %ld", cpu, xen_down(cpu, &again[cpu]));
}

bool xen_cpu_stopped(unsigned int cpu)
{
	return cpu < cpus && vcpu_op(VCPUOP_is_up, cpu, NULL) == 0;
}
