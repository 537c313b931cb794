/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Ways into the monitor and out of it, and the few instructions that may fault inside. */
#include "layout.h"

/* A fault at the one goes on at the other. */
.macro EXTABLE at, fixup
	.pushsection .extable, "a"
	.long	\at, \fixup
	.popsection
.endm

	.section .head, "ax"
	/*
	 * From the ROM's vmi_init, on the kernel's stack and descriptors, paging and interrupts as
	 * they were called: esp: the kernel's registers by pusha, its flags, the return address.
	 * eax: linear address of the ROM's stubs.
	 */
	.globl	m_begin
m_begin:
	mov	%esp, %edx
	mov	$m_stacks + M_STACK_BYTES, %esp
	movl	$m_cpus, m_stacks
	cld
	sub	$19 * 4, %esp			/* struct mregs */
	mov	%esp, %ecx
	call	m_start
	jmp	m_exit

	/* A started CPU, from the ROM, without a stack. Which one? */
	.org	M_AP_ENTRY
	mov	$1, %eax
	cpuid
	shr	$24, %ebx
	xor	%ecx, %ecx
1:	cmp	%ebx, m_ap_ids(, %ecx, 4)
	je	2f
	inc	%ecx
	cmp	$M_MAX_CPUS, %ecx
	jb	1b
0:	cli
	hlt
	jmp	0b
2:	mov	%ecx, %eax
	inc	%ecx
	imul	$M_STACK_BYTES, %ecx
	lea	m_stacks(%ecx), %esp
	sub	$19 * 4, %esp
	mov	%esp, %edx
	cld
	call	m_start_ap
	jmp	m_exit

	.text
	.altmacro
	.macro STUB vector
	.balign	16
	.if \vector == 10 || \vector == 11 || \vector == 12 || \vector == 13 || \vector == 14 || \
		\vector == 17 || \vector == 21 || \vector == 29 || \vector == 30
	.else
	push	$0
	.endif
	push	$\vector
	jmp	entry_common
	.endm

	.balign	16
	.globl	m_vectors
m_vectors:
	.set	v, 0
	.rept	256
	STUB	%v
	.set	v, v + 1
	.endr
	.noaltmacro

entry_common:
	push	%ds
	push	%es
	push	%fs
	push	%gs
	pusha
	cld
	mov	$M_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	/* What the kernel has in these may be no segment any more when a fault in here returns. */
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%esp, %eax
	call	m_trap
	.globl	m_exit
m_exit:
	popa
1:	pop	%gs
2:	pop	%fs
3:	pop	%es
4:	pop	%ds
	add	$8, %esp
5:	iret

	/* A selector that is none any more: null. */
.macro NULL_INSTEAD at
6:	movl	$0, %ss:(%esp)
	jmp	\at
	EXTABLE	\at, 6b
.endm
	NULL_INSTEAD 1b
	NULL_INSTEAD 2b
	NULL_INSTEAD 3b
	NULL_INSTEAD 4b
	/* Nobody can go on there: it faults at where it would have gone. */
6:	pushl	%ss:m_own_error
	pushl	%ss:m_own_vector
	jmp	entry_common
	EXTABLE	5b, 6b

	/* Returns the vector in a struct mcpu, by what m_trap() does with interrupts in here. */
	.globl	m_wait
m_wait:
	sti
	hlt
	cli
	ret

	.globl	m_df_entry
m_df_entry:
	call	m_own_double_fault
	jmp	m_df_entry

	/* m_copy(to, from, len) */
	.globl	m_copy
m_copy:
	push	%esi
	push	%edi
	mov	%eax, %edi
	mov	%edx, %esi
1:	rep	movsb
	xor	%eax, %eax
2:	pop	%edi
	pop	%esi
	ret
3:	mov	$-1, %eax
	jmp	2b
	EXTABLE	1b, 3b

	/* m_own_rdmsr(msr, val), m_rdpmc(counter, val), m_own_wrmsr(msr, val) */
	.globl	m_own_rdmsr
m_own_rdmsr:
	push	%ebx
	mov	%edx, %ebx
	mov	%eax, %ecx
1:	rdmsr
	jmp	4f
	EXTABLE	1b, 3f
	.globl	m_rdpmc
m_rdpmc:
	push	%ebx
	mov	%edx, %ebx
	mov	%eax, %ecx
2:	rdpmc
4:	mov	%eax, (%ebx)
	mov	%edx, 4(%ebx)
	xor	%eax, %eax
	pop	%ebx
	ret
3:	mov	$-1, %eax
	pop	%ebx
	ret
	EXTABLE	2b, 3b
	.globl	m_own_wrmsr
m_own_wrmsr:
	push	%ebx
	mov	%eax, %ebx
	mov	%edx, %eax
	mov	%ecx, %edx
	mov	%ebx, %ecx
1:	wrmsr
	xor	%eax, %eax
	pop	%ebx
	ret
	EXTABLE	1b, 3b

	.bss
	.balign	M_STACK_BYTES
	.globl	m_stacks
m_stacks:
	.skip	M_STACK_BYTES * M_MAX_CPUS

	.section .note.GNU-stack, "", @progbits
