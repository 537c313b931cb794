/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Ways into the i386 kernel and out of it.
 *
 * An entry makes a whole struct regs: for one from the kernel, where the CPU pushes neither stack
 * pointer nor stack segment, with a copy of the frame. So a handler may change sp there too; the
 * way back puts the frame where sp then says. Kernel code may run in ring 1, under a monitor: bit
 * 1 of CS's RPL tells user mode.
 */
#include <pvops/asm.h>
#include "guest.h"

#define NR_VECTORS	256
#define VECTOR_UPCALL	0x100		/* no vector: a hypervisor's event upcall */
#define REGS_VECTOR	(11 * 4)	/* offsets into struct regs */
#define REGS_IP		(13 * 4)
#define REGS_CS		(14 * 4)
#define REGS_FLAGS	(15 * 4)
#define REGS_SP		(16 * 4)
#define FRAME_CS	(3 * 4)		/* behind vector, error code, ip */
#define USER_RPL	2

	.text

	.macro PUSH_REGS
	push	%edi
	push	%esi
	push	%edx
	push	%ecx
	push	%eax
	push	%ebx
	push	%ebp
	push	%ds
	push	%es
	push	%fs
	push	%gs
	mov	$SEL_KERNEL_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	$SEL_GS, %eax
	mov	%eax, %gs
	/* What a fault of POP_SEGMENT finds must not fault on its own way back. */
	xor	%eax, %eax
	mov	%eax, %fs
	.endm

/* A selector whose descriptor is gone faults here, in the kernel: null instead. */
	.macro POP_SEGMENT segment
.Lpop\@:
	pop	\segment
	.pushsection .text.fixup, "ax"
.Lnull\@:
	movl	$0, (%esp)
	jmp	.Lpop\@
	.popsection
	.pushsection .guest_extable, "a"
	.long	.Lpop\@ - ., .Lnull\@ - .
	.popsection
	.endm

	.macro POP_REGS
	POP_SEGMENT %gs
	POP_SEGMENT %fs
	POP_SEGMENT %es
	POP_SEGMENT %ds
	pop	%ebp
	pop	%ebx
	pop	%eax
	pop	%ecx
	pop	%edx
	pop	%esi
	pop	%edi
	.endm

/* 17, 21, 29 and 30 push an error code too; 8 comes by a task gate. */
	.altmacro
	.macro STUB vector
	.balign	32
	.set	has_code, (\vector == 17) | (\vector == 21) | (\vector == 29) | (\vector == 30)
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
	push	$0
	push	$VECTOR_UPCALL
	jmp	entry_common

	.type	entry_common, @function
entry_common:
	cld
	testb	$USER_RPL, FRAME_CS(%esp)
	jnz	1f
	push	%ss
	push	%esp
	addl	$6 * 4, (%esp)			/* as it was before the CPU's three words */
	.rept	5
	push	6 * 4(%esp)
	.endr
1:	PUSH_REGS
	mov	%esp, %eax
	xor	%ebp, %ebp
	call	trap

return_from_trap:
	testb	$USER_RPL, REGS_CS(%esp)
	jz	1f
	mov	%esp, %eax
	call	before_user
	POP_REGS
	add	$8, %esp
	PVOPS_SITE_ASM(cpu_iret)
1:	mov	REGS_SP(%esp), %eax
	mov	REGS_FLAGS(%esp), %ecx
	mov	%ecx, -4(%eax)
	mov	REGS_CS(%esp), %ecx
	mov	%ecx, -8(%eax)
	mov	REGS_IP(%esp), %ecx
	mov	%ecx, -12(%eax)
	sub	$12, %eax
	mov	%eax, REGS_VECTOR(%esp)
	POP_REGS
	pop	%esp
	PVOPS_SITE_ASM(cpu_iret)
	.size	entry_common, . - entry_common

/* return_to_user(regs) */
	.globl	return_to_user
	.type	return_to_user, @function
return_to_user:
	mov	%eax, %esp
	jmp	return_from_trap
	.size	return_to_user, . - return_to_user

/*
 * A task of its own, for the stack may be what is wrong: double_fault(error code). If that comes
 * back, so does the interrupted task (its NT flag makes IRET switch). This one stays behind the
 * IRET, wherever the op has that, until cpu_fault_task() puts it to its beginning again.
 */
	.globl	entry_double_fault
	.type	entry_double_fault, @function
entry_double_fault:
	cld
	pop	%eax
	xor	%ebp, %ebp
	call	double_fault
	PVOPS_SITE_ASM(cpu_iret)
	.size	entry_double_fault, . - entry_double_fault

/* catch_call(arg, fn, back): fn(arg); a fault handler may jump back to back[0] with esp back[1]. */
	.globl	catch_call
	.type	catch_call, @function
catch_call:
	push	%ebx
	push	%ebp
	push	%esi
	push	%edi
	movl	$1f, (%ecx)
	mov	%esp, 4(%ecx)
	call	*%edx
	xor	%eax, %eax
	jmp	2f
1:	mov	$1, %eax
2:	pop	%edi
	pop	%esi
	pop	%ebp
	pop	%ebx
	ret
	.size	catch_call, . - catch_call

/* switch_stacks(save: unsigned long *, load: unsigned long): the callee-saved registers. */
	.globl	switch_stacks
	.type	switch_stacks, @function
switch_stacks:
	push	%ebx
	push	%esi
	push	%edi
	push	%ebp
	mov	%esp, (%eax)
	mov	%edx, %esp
	pop	%ebp
	pop	%edi
	pop	%esi
	pop	%ebx
	ret
	.size	switch_stacks, . - switch_stacks

/* First steps of a thread: ebx is its function, esi the argument. */
	.globl	thread_start
	.type	thread_start, @function
thread_start:
	call	thread_begin
	mov	%esi, %eax
	call	*%ebx
	call	thread_exit
	ud2
	.size	thread_start, . - thread_start

	.section .note.GNU-stack, "", @progbits
