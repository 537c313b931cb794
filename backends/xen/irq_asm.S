/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The event mask. An enable that finds something pending asks Xen to deliver it, by any hypercall:
 * on its way back Xen looks.
 */
#include <pvops/region.h>
#include <pvops/percpu.h>
#include "call.h"

#define PENDING		pvops_percpu + 0
#define MASK		pvops_percpu + 1
#define NR_xen_version	17

	PVOPS_ASM_TEXT
PVOPS_FUNC(xen_irq_restore)
	bt	$9, %edi
	jc	xen_irq_enable
	PVOPS_RETURN
PVOPS_FUNC_END(xen_irq_restore)

PVOPS_FUNC(xen_irq_enable)
	movb	$0, %gs:MASK(%rip)
	/* An event that comes from here on is an upcall; one that came before is seen here. */
	cmpb	$0, %gs:PENDING(%rip)
	jne	1f
	PVOPS_RETURN
1:	push	%rax
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	mov	$NR_xen_version, %eax
	xor	%edi, %edi
	xor	%esi, %esi
	PVOPS_NATIVE_BEGIN			/* events that drivers flush come here, too */
	HYPERCALL
	PVOPS_NATIVE_END
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rax
	PVOPS_RETURN
PVOPS_FUNC_END(xen_irq_enable)

	.section .note.GNU-stack, "", @progbits
