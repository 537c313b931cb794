/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* From multiboot and from the start-up IPI to 64-bit mode, and in and out of the guest. */
#include "host.h"

#define MB_MAGIC	0x1badb002
#define MB_FLAGS	(1 << 1)		/* with a memory map */

	.section .head, "ax"
	.code32
	.globl	start
start:	jmp	1f
	.balign	4
	.long	MB_MAGIC, MB_FLAGS, -(MB_MAGIC + MB_FLAGS)
1:	cld
	mov	%eax, %esi
	mov	%ebx, %edi
	mov	$stacks + STACK_SIZE, %esp
	/* 4 GiB in pages of 2 MiB, for us and as the guest's first tables. */
	mov	$level2, %ebx
	mov	$0xe7, %eax
1:	mov	%eax, (%ebx)
	movl	$0, 4(%ebx)
	add	$0x200000, %eax
	add	$8, %ebx
	cmp	$level2 + 4 * 4096, %ebx
	jne	1b
	movl	$level2 + 0x027, level3
	movl	$level2 + 0x1027, level3 + 8
	movl	$level2 + 0x2027, level3 + 16
	movl	$level2 + 0x3027, level3 + 24
	movl	$level3 + 0x27, level4
	mov	$1f, %ebp
	jmp	to_long

	.code64
1:	mov	%esp, %esp
	xchg	%esi, %edi			/* arguments: magic, information */
	call	host_start
	ud2

	/* From 32-bit mode without paging to where ebp says. */
	.code32
to_long:
	lgdt	gdt_ptr
	mov	%cr4, %eax
	or	$0x20, %eax
	mov	%eax, %cr4
	mov	$level4, %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x1900, %eax			/* SVME NXE LME */
	wrmsr
	mov	%cr0, %eax
	and	$0x9fffffff, %eax
	or	$0x80000001, %eax
	mov	%eax, %cr0
	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	ljmp	$CODE64, $1f
	.code64
1:	lidt	idt_ptr
	mov	%ebp, %ebp
	jmp	*%rbp

	/* Copied to AP_PAGE: what a start-up IPI finds. */
	.code16
	.globl	ap_page, ap_page_end
ap_page:
	cli
	cld
	lgdtl	%cs:(ap_gdt_ptr - ap_page)
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$CODE32, $ap32
	.balign	4
ap_gdt_ptr:
	.short	gdt_end - gdt - 1
	.long	gdt
ap_page_end:

	.code32
ap32:	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %ss
	mov	$1, %eax
	cpuid
	shr	$24, %ebx
	mov	%ebx, %edi
	inc	%ebx
	imul	$STACK_SIZE, %ebx, %esp
	add	$stacks, %esp
	mov	$1f, %ebp
	jmp	to_long
	.code64
1:	mov	%esp, %esp
	call	host_start_ap
	ud2

	.text
	/* The guest runs until it wants us; rdi: struct cpu. */
	.globl	svm_enter
svm_enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	(%rdi), %rax
	mov	16(%rdi), %rcx
	mov	24(%rdi), %rdx
	mov	32(%rdi), %rbx
	mov	48(%rdi), %rbp
	mov	56(%rdi), %rsi
	mov	72(%rdi), %r8
	mov	80(%rdi), %r9
	mov	88(%rdi), %r10
	mov	96(%rdi), %r11
	mov	104(%rdi), %r12
	mov	112(%rdi), %r13
	mov	120(%rdi), %r14
	mov	128(%rdi), %r15
	mov	64(%rdi), %rdi
	vmrun
	xchg	%rdi, (%rsp)
	mov	%rcx, 16(%rdi)
	mov	%rdx, 24(%rdi)
	mov	%rbx, 32(%rdi)
	mov	%rbp, 48(%rdi)
	mov	%rsi, 56(%rdi)
	mov	%r8, 72(%rdi)
	mov	%r9, 80(%rdi)
	mov	%r10, 88(%rdi)
	mov	%r11, 96(%rdi)
	mov	%r12, 104(%rdi)
	mov	%r13, 112(%rdi)
	mov	%r14, 120(%rdi)
	mov	%r15, 128(%rdi)
	pop	64(%rdi)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	/* What is let in has done its work by coming. */
	.globl	take
take:	iretq

	/* Any fault of ours. */
	.globl	fault
fault:	mov	%rsp, %rdi
	call	host_fault

	.data
	.balign	8
	.globl	gdt, gdt_end
gdt:	.quad	0
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
	.quad	0x00cf9b000000ffff
gdt_end:
gdt_ptr:
	.short	gdt_end - gdt - 1
	.quad	gdt
	.globl	idt
idt_ptr:
	.short	256 * 16 - 1
	.quad	idt

	.bss
	.balign	4096
	.globl	level4
level4:	.skip	4096
level3:	.skip	4096
level2:	.skip	4 * 4096
stacks:	.skip	MAX_CPUS * STACK_SIZE
	.section .note.GNU-stack, "", @progbits
