/* SPDX-License-Identifier: GPL-2.0 */
/* CPU and interrupt flag under Xen PV: what xen-cpu.c and the library do for arch/x86/xen. */
#ifndef _PVOPS_XEN_CPU_H
#define _PVOPS_XEN_CPU_H

#include <linux/init.h>
#include <pvops/backend.h>
#include <pvops/thunks.h>

/* Xen writes to each CPU's block from here on. */
void __init pvops_xen_vcpu_info_placed(void);

/* Before a CPU comes up: its queue of calls. */
int pvops_xen_prepare_cpu(unsigned int cpu);

#endif /* _PVOPS_XEN_CPU_H */
