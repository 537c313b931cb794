/* SPDX-License-Identifier: GPL-2.0 */
/* The part of arch/x86/xen/xen-ops.h that xen-calls.c does, who cannot read all of it. */
#ifndef _PVOPS_XEN_CALLS_H
#define _PVOPS_XEN_CALLS_H

#include <linux/percpu-defs.h>
#include <linux/types.h>

struct multicall_entry;

struct multicall_space {
	struct multicall_entry *mc;
	void *args;
};

struct multicall_space __xen_mc_entry(size_t args);
struct multicall_space xen_mc_extend_args(unsigned long op, size_t arg_size);
void xen_mc_flush(void);
void xen_mc_callback(void (*fn)(void *), void *data);

DECLARE_PER_CPU(unsigned long, xen_mc_irq_flags);

#endif /* _PVOPS_XEN_CALLS_H */
