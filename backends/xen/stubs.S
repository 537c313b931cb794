/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Ops of Xen PV that are written in assembly, because they change no register. */
#include "xen.h"
#include <pvops/percpu.h>

#define HYPERVISOR_xen_version	17
#define HYPERVISOR_iret		23
#define HYPERVISOR_vcpu_op	24
#define HYPERVISOR_sched_op	29
#define SCHEDOP_yield		0
#define VCPUOP_down		2
#define VGCF_in_syscall		0x100

#define THIS(offset)	%gs:pvops_percpu + (offset)(%rip)
#define CALLS(nr)	THIS(XEN_CALLS + 4 * (nr))

	.macro FUNC name
	.globl	\name
	.type	\name, @function
\name:
	.endm

	.text
FUNC xen_nothing
	ret

/*
 * Unmask, then look: an event that came before the unmasking is pending and delivered by the
 * hypercall's return; one that comes after it is delivered by Xen itself. None gets lost. One
 * CPU, so program order is order enough.
 */
FUNC xen_irq_enable
	movb	$0, THIS(XEN_MASK)
	testb	$0xff, THIS(XEN_PENDING)
	jnz	1f
	ret
1:	push	%rax
	push	%rcx
	push	%rdi
	push	%rsi
	push	%r11
	/* The cheapest way into Xen and back: xen_version(XENVER_version). */
	mov	$HYPERVISOR_xen_version, %eax
	incl	CALLS(HYPERVISOR_xen_version)
	xor	%edi, %edi
	xor	%esi, %esi
	push	%rdx
	push	%r10
	push	%r8
	syscall
	pop	%r8
	pop	%r10
	pop	%rdx
	pop	%r11
	pop	%rsi
	pop	%rdi
	pop	%rcx
	pop	%rax
	ret

FUNC xen_irq_restore_op
	test	$0x200, %edi
	jnz	xen_irq_enable
	ret

/* Return by hypercall through struct iret_context, of which the frame is the upper half. */
FUNC xen_iret_func
	add	$8, %rsp
FUNC xen_iret
	pushq	$0
1:	push	%rcx
	push	%r11
	push	%rax
	mov	$HYPERVISOR_iret, %eax
	incl	CALLS(HYPERVISOR_iret)
	syscall
	ud2

FUNC xen_sysret_func
	add	$8, %rsp
FUNC xen_sysret
	pushq	$VGCF_in_syscall
	jmp	1b

/* Called, rcx and r11 of the interrupted code lie above the return address. */
FUNC xen_entry_frame_func
	mov	8(%rsp), %rcx
	mov	16(%rsp), %r11
	ret	$16

FUNC xen_read_cr0
	mov	THIS(XEN_CR0), %rax
	ret

FUNC xen_write_cr2
	mov	%rdi, THIS(XEN_CR2)
	ret

FUNC xen_read_cr3
	mov	THIS(XEN_CR3), %rax
	ret

FUNC xen_read_cr4
	mov	THIS(XEN_CR4), %rax
	ret

FUNC xen_yield
	push	%rax
	push	%rcx
	push	%rdi
	push	%rsi
	push	%rdx
	push	%r10
	push	%r8
	push	%r11
	mov	$HYPERVISOR_sched_op, %eax
	incl	CALLS(HYPERVISOR_sched_op)
	mov	$SCHEDOP_yield, %edi
	xor	%esi, %esi
	syscall
	pop	%r11
	pop	%r8
	pop	%r10
	pop	%rdx
	pop	%rsi
	pop	%rdi
	pop	%rcx
	pop	%rax
	ret

/*
 * xen_down(cpu): this CPU goes down, events masked. From the hypercall on its stack may be
 * somebody else's, so when VCPUOP_up brings it back it goes on without one, on the new stack.
 */
FUNC xen_down
	mov	%edi, %ebx
1:	mov	$HYPERVISOR_vcpu_op, %eax
	incl	CALLS(HYPERVISOR_vcpu_op)
	mov	$VCPUOP_down, %edi
	mov	%ebx, %esi
	xor	%edx, %edx
	syscall
	mov	xen_restart_stack(, %rbx, 8), %rsp
	test	%rsp, %rsp
	jz	1b
	xor	%ebp, %ebp
	call	xen_restarted
	ud2

	.section .note.GNU-stack, "", @progbits
