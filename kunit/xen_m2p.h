/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Taken in before all of backends/xen: Xen's table of frames is the suite's own. */
#ifndef __ASSEMBLY__
extern unsigned long pvops_kunit_m2p[];
#define HYPERVISOR_VIRT_START	((unsigned long)pvops_kunit_m2p)
#endif
