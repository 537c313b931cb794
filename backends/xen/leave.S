/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Ways out of the kernel, into it, and of a CPU out of work: for who has no code of its own there.
 */
#include "call.h"

#define NR_iret		23
#define NR_vcpu_op	24
#define VGCF_IN_SYSCALL	256

	.text

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
	COUNT_HYPERCALL NR_iret, %rax, %rcx
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
	COUNT_HYPERCALL NR_vcpu_op, %rax, %rcx
	mov	$NR_vcpu_op, %eax
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
