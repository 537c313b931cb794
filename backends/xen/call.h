/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A hypercall in assembly: number in eax; rcx and r11 are lost, and what holds arguments. */
#ifndef PVOPS_XEN_CALL_H
#define PVOPS_XEN_CALL_H

#include <pvops/asm-text.h>

#ifdef PVOPS_HOSTED
#define HYPERCALL	call xen_hosted_call	/* the test's */
#elif defined(__KERNEL__)
#include <pvops/xen-abi.h>
#else
#define HYPERCALL	syscall
#endif

#endif /* PVOPS_XEN_CALL_H */
