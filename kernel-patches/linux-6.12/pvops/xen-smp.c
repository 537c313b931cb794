// SPDX-License-Identifier: GPL-2.0
/* Starting vCPUs by the library, for arch/x86/xen/smp_pv.c. */
#include <pvops/xen-glue.h>
#include "lib/backends/xen/xen.h"

int pvops_xen_vcpu_is_up(unsigned int cpu)
{
	return xen_vcpu_is_up(cpu);
}

void pvops_xen_vcpu_context(struct vcpu_guest_context *to, void (*entry)(void),
			    struct pt_regs *stack, unsigned long root, unsigned long gs_base)
{
	const struct pvops_cpu_start start = {
		.entry		= (void *)entry,
		/* As if called: a word below it the return address would be. */
		.stack		= (void *)stack + 8,
		.root		= (__force pvops_gpa_t)root,
		.gs_base	= gs_base,
	};

	xen_vcpu_context(to, &start);
}

int pvops_xen_vcpu_initialise(unsigned int cpu, const struct vcpu_guest_context *from)
{
	return xen_vcpu_initialise(cpu, from);
}

int pvops_xen_vcpu_up(unsigned int cpu)
{
	return xen_vcpu_up(cpu);
}
