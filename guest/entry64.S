/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Ways into the kernel and out of it, the same for bare hardware and Xen PV.
 *
 * An entry begins with the site of cpu.entry_frame, which drops what the host has pushed above
 * the hardware's frame; then error code (or 0) and vector, and all registers: struct regs.
 */
#include <pvops/asm.h>
#include "guest.h"

#define NR_VECTORS	256
#define VECTOR_SYSCALL	0x80
#define VECTOR_UPCALL	0x100		/* no vector: Xen's event upcall */
#define REGS_CS		(18 * 8)	/* offsets into struct regs */
#define FRAME_CS	(3 * 8)		/* behind vector, error code, rip */

	.text

	.macro PUSH_REGS
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	.endm

	.macro POP_REGS
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	.endm

/* Stubs: 16 bytes apart would be too tight for the site, so each is aligned to 32. */
	.altmacro
	.macro STUB vector
	.balign	32
	PVOPS_SITE_ASM(cpu_entry_frame)
	.set	has_code, (\vector == 8) | (\vector == 17) | (\vector == 21) | (\vector == 29) | \
		(\vector == 30)
	.if \vector == 10 || \vector == 11 || \vector == 12 || \vector == 13 || \vector == 14 || \
		has_code
	.else
	push	$0
	.endif
	push	$\vector
	jmp	entry_common
	.endm

	.balign	32
	.globl	vector_stubs
vector_stubs:
	.set	v, 0
	.rept	NR_VECTORS
	STUB	%v
	.set	v, v + 1
	.endr
	.noaltmacro

	.globl	entry_upcall
	.balign	32
entry_upcall:
	PVOPS_SITE_ASM(cpu_entry_frame)
	push	$0
	push	$VECTOR_UPCALL
	jmp	entry_common

	.type	entry_common, @function
entry_common:
	cld
	testb	$3, FRAME_CS(%rsp)
	jz	1f
	PVOPS_SITE_ASM(cpu_swapgs)
	jmp	2f
	/*
	 * From the kernel: an int3 in a site is answered with a call, whose return address goes
	 * below the interrupted stack. Copy the frame down to leave room for it.
	 */
1:	cmpq	$3, (%rsp)
	jne	2f
	.rept	7
	push	6 * 8(%rsp)
	.endr
2:	PUSH_REGS
	mov	%rsp, %rdi
	xor	%ebp, %ebp
	call	trap

	.globl	return_from_trap
return_from_trap:
	testb	$3, REGS_CS(%rsp)
	jz	1f
	mov	%rsp, %rdi
	call	before_user
	POP_REGS
	add	$16, %rsp
	PVOPS_SITE_ASM(cpu_swapgs)
	PVOPS_SITE_ASM(cpu_iret)
1:	POP_REGS
	add	$16, %rsp
	PVOPS_SITE_ASM(cpu_iret)
	.size	entry_common, . - entry_common

/* return_to_user(regs) */
	.globl	return_to_user
	.type	return_to_user, @function
return_to_user:
	mov	%rdi, %rsp
	jmp	return_from_trap
	.size	return_to_user, . - return_to_user

/* SYSCALL on bare hardware: the user's stack, rip in rcx, flags in r11, interrupts off. */
	.globl	entry_syscall_bare
	.type	entry_syscall_bare, @function
entry_syscall_bare:
	swapgs
	mov	%rsp, %gs:CPU_USER_SP
	mov	%gs:CPU_KERNEL_SP, %rsp
	push	$SEL_USER_DS
	push	%gs:CPU_USER_SP
	push	%r11
	push	$SEL_USER_CS
	push	%rcx
	jmp	syscall_common
	.size	entry_syscall_bare, . - entry_syscall_bare

/* SYSCALL where the host has pushed a frame and switched GS. */
	.globl	entry_syscall_framed
	.type	entry_syscall_framed, @function
entry_syscall_framed:
	PVOPS_SITE_ASM(cpu_entry_frame)
syscall_common:
	cld
	push	$0
	push	$VECTOR_SYSCALL
	PUSH_REGS
	mov	%rsp, %rdi
	xor	%ebp, %ebp
	call	syscall
	mov	%rsp, %rdi
	call	before_user
	POP_REGS
	add	$16, %rsp
	PVOPS_SITE_ASM(cpu_swapgs)
	/*
	 * SYSRET to an address that is not canonical faults in the kernel, on the user's stack
	 * (CVE-2012-0217): such a frame leaves by IRET.
	 */
	btq	$47, (%rsp)
	jc	1f
	PVOPS_SITE_ASM(cpu_sysret)
	ud2
1:	PVOPS_SITE_ASM(cpu_iret)
	ud2
	.size	entry_syscall_framed, . - entry_syscall_framed

/* Failsafe of Xen: ds, es, fs, gs above the frame; they are nothing to us. */
	.globl	entry_failsafe
	.type	entry_failsafe, @function
entry_failsafe:
	PVOPS_SITE_ASM(cpu_entry_frame)
	add	$32, %rsp
	push	$0
	push	$13
	jmp	entry_common
	.size	entry_failsafe, . - entry_failsafe

/* catch_call(arg, fn, back): fn(arg); a fault handler may jump back to back[0] with rsp back[1]. */
	.globl	catch_call
	.type	catch_call, @function
catch_call:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	lea	1f(%rip), %rax
	mov	%rax, (%rdx)
	mov	%rsp, 8(%rdx)
	call	*%rsi
	xor	%eax, %eax
	jmp	2f
1:	mov	$1, %eax
2:	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size	catch_call, . - catch_call

/* switch_stacks(save: unsigned long *, load: unsigned long): the callee-saved registers. */
	.globl	switch_stacks
	.type	switch_stacks, @function
switch_stacks:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, (%rdi)
	mov	%rsi, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size	switch_stacks, . - switch_stacks

/* First steps of a thread: r12 is its function, r13 the argument. */
	.globl	thread_start
	.type	thread_start, @function
thread_start:
	call	thread_begin
	mov	%r13, %rdi
	call	*%r12
	call	thread_exit
	ud2
	.size	thread_start, . - thread_start

	.section .note.GNU-stack, "", @progbits
