/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the Xen backend shows besides ops. */
#ifndef PVOPS_XEN_H
#define PVOPS_XEN_H

#include <pvops/types.h>

#define PVOPS_XEN_NR_HYPERCALLS	64

/**
 * pvops_xen_hypercalls() - hypercalls made so far, of all CPUs.
 * @nr: number of the hypercall (xen.h); those inside of a multicall count under the multicall
 *
 * Return: how many; 0 where Xen is not the host. Any context.
 */
u64 pvops_xen_hypercalls(unsigned int nr);

#endif /* PVOPS_XEN_H */
