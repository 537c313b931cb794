/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A hypercall in assembly: number in eax; rcx and r11 are lost, and what holds arguments. */
#ifndef PVOPS_XEN_CALL_H
#define PVOPS_XEN_CALL_H

#include <pvops/asm-text.h>

/*
 * COUNT_HYPERCALL nr, number, scratch: as xen_call() counts; both registers are lost, and GS is the
 * kernel's.
 */
#ifdef PVOPS_HOSTED
#define HYPERCALL	call xen_hosted_call	/* the test's */
	.macro COUNT_HYPERCALL nr, number, scratch
	.endm
#elif defined(__KERNEL__)
#include <pvops/xen-abi.h>
#else
#include <pvops/percpu.h>

#define HYPERCALL	syscall
	.macro COUNT_HYPERCALL nr, number, scratch
	movslq	%gs:pvops_percpu + PVOPS_PERCPU_CPU(%rip), \number
	lea	xen_hypercall_counts(%rip), \scratch
	shl	$9, \number			/* 64 hypercalls of 8 bytes */
	incq	8 * \nr(\scratch, \number)
	.endm
#endif

#endif /* PVOPS_XEN_CALL_H */
