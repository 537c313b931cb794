/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef PVOPS_WHERE_H
#define PVOPS_WHERE_H

/* Built with Linux, as arch/x86/pvops/lib/: what a kernel has is Linux's then. Not in its tests. */
#if defined(__KERNEL__) && !defined(PVOPS_HOSTED)
#define PVOPS_LINUX
#endif

#endif /* PVOPS_WHERE_H */
