/* SPDX-License-Identifier: GPL-2.0 */
/* Hypercalls, counted by each CPU. */
#ifndef _PVOPS_COUNT_H
#define _PVOPS_COUNT_H

#include <pvops/xen.h>

#ifndef __ASSEMBLY__
#include <linux/percpu.h>

DECLARE_PER_CPU(u64[PVOPS_XEN_NR_HYPERCALLS], pvops_hypercalls);

/* As xen_hypercall_pv(), _amd() and _intel(). */
void pvops_count_pv(void);
void pvops_count_amd(void);
void pvops_count_intel(void);
#endif /* __ASSEMBLY__ */

#endif /* _PVOPS_COUNT_H */
