/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the Xen PV backend shows beyond the ops. */
#ifndef PVOPS_XEN_H
#define PVOPS_XEN_H

#include <pvops/types.h>

/* An event channel port as index of PVOPS_IRQ_HOST; a plain number below 24 is a VIRQ. */
#define PVOPS_XEN_PORT(port)	(0x10000U | (port))

/**
 * pvops_xen_hypercalls() - hypercalls of one number since boot, on all CPUs.
 * @nr: __HYPERVISOR_*; below 64
 *
 * A multicall counts as one. The counter of a CPU has 32 bits. 0 if Xen PV is not the
 * selected backend.
 */
u64 pvops_xen_hypercalls(unsigned int nr);

#endif /* PVOPS_XEN_H */
