// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* CPUs: bring up, take down, bring up again. */
#include "xen.h"

static unsigned int cpus;
static struct vcpu_guest_context context;	/* one start at a time */

/* Where a vCPU that comes up again goes on: stack and function, see xen_down(). */
static struct {
	unsigned long stack;
	unsigned long entry;
	struct pvops_cpu_start start;
} again[PVOPS_MAX_CPUS];

static bool known[PVOPS_MAX_CPUS];		/* has been up once */

long xen_down(unsigned long cpu, const void *slot);	/* leave.S */

int xen_cpus_init(void)
{
	known[0] = true;
	cpus = xen_count_vcpus(PVOPS_MAX_CPUS);
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

int xen_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start)
{
	unsigned long root = (__force unsigned long)start->root >> PVOPS_PAGE_SHIFT;
	int err = 0;

	if (!cpu || cpu >= cpus || !start->entry || (unsigned long)start->stack % 16)
		return -PVOPS_EINVAL;
	if (xen_vcpu_is_up(cpu) > 0)
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
		xen_vcpu_context(&context, start);
		context.ctrlreg[0] = xen_cpu_of(0)->cr0;
		xen_cpu_of(cpu)->root = root << PVOPS_PAGE_SHIFT;
		err = xen_vcpu_initialise(cpu, &context);
	}
	if (!err)
		err = xen_vcpu_up(cpu);
	if (err) {
		pvops_log("xen-pv: CPU %u does not start: error %d", cpu, err);
		return err;
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
	return cpu < cpus && !xen_vcpu_is_up(cpu);
}
