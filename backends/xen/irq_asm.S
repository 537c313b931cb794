/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The event mask, and ways out of the kernel. An enable that finds something pending asks Xen to
 * deliver it, by any hypercall: on its way back Xen looks.
 */
#include <pvops/percpu.h>

#define PENDING		pvops_percpu + 0
#define MASK		pvops_percpu + 1
#define NR_xen_version	17
#define NR_iret		23
#define VGCF_IN_SYSCALL	256

#ifdef PVOPS_HOSTED
#define HYPERCALL	call xen_hosted_call	/* the test's */
#else
#define HYPERCALL	syscall
#endif

	.text
	.globl	xen_irq_restore, xen_irq_enable
	.type	xen_irq_restore, @function
	.type	xen_irq_enable, @function
xen_irq_restore:
	bt	$9, %edi
	jc	xen_irq_enable
	ret
	.size	xen_irq_restore, . - xen_irq_restore

xen_irq_enable:
	movb	$0, %gs:MASK(%rip)
	/* An event that comes from here on is an upcall; one that came before is seen here. */
	cmpb	$0, %gs:PENDING(%rip)
	jne	1f
	ret
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
	HYPERCALL
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rax
	ret
	.size	xen_irq_enable, . - xen_irq_enable

/*
 * Return through the frame on top of the stack. Xen wants (struct iret_context) rax, r11, rcx
 * and a word of flags below it.
 */
	.globl	xen_iret_stub, xen_iret_func, xen_sysret_stub, xen_sysret_func
	.type	xen_iret_func, @function
	.type	xen_iret_stub, @function
xen_iret_func:				/* called: a return address lies above the frame */
	lea	8(%rsp), %rsp
xen_iret_stub:
	push	$0
1:	push	%rcx
	push	%r11
	push	%rax
	mov	$NR_iret, %eax
	HYPERCALL			/* does not come back */
	ud2
	.size	xen_iret_stub, . - xen_iret_stub

	.type	xen_sysret_func, @function
	.type	xen_sysret_stub, @function
xen_sysret_func:
	lea	8(%rsp), %rsp
xen_sysret_stub:
	push	$VGCF_IN_SYSCALL
	jmp	1b
	.size	xen_sysret_stub, . - xen_sysret_stub

/* Drop rcx and r11 that Xen has pushed above the frame, below our return address. */
	.globl	xen_entry_frame_func
	.type	xen_entry_frame_func, @function
xen_entry_frame_func:
	mov	8(%rsp), %rcx
	mov	16(%rsp), %r11
	ret	$16
	.size	xen_entry_frame_func, . - xen_entry_frame_func

/*
 * xen_down(cpu, slot): VCPUOP_down; brought up again, go on with the new stack and function in
 * slot[0], slot[1]. The stack we came on is not touched any more. Back with an error if refused.
 */
	.globl	xen_down
	.type	xen_down, @function
xen_down:
	push	%rbx
	mov	%rsi, %rbx
	mov	%rdi, %rsi
	mov	$2, %edi			/* VCPUOP_down */
	xor	%edx, %edx
	mov	$24, %eax			/* vcpu_op */
	HYPERCALL
	test	%rax, %rax
	js	1f
	mov	(%rbx), %rsp
	xor	%ebp, %ebp
	jmp	*8(%rbx)
1:	pop	%rbx
	ret
	.size	xen_down, . - xen_down

	.section .note.GNU-stack, "", @progbits
