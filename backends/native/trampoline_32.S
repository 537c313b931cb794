/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Where a started CPU of i386 begins: real mode, in a page below 1 MiB to which this code is
 * copied. It goes to protected mode and turns paging on, on tables that also map this page.
 */
	.section .rodata
	.balign	16
	.globl	native_trampoline, native_trampoline_end, native_trampoline_args
native_trampoline:
	.code16
	cli
	cld
	mov	%cs, %ax
	mov	%ax, %ds
	movzwl	%ax, %ebx
	shl	$4, %ebx			/* where we are */
	/* Addresses that the copy does not know: those of the descriptors and of the next mode. */
	lea	(tramp_gdt - native_trampoline)(%ebx), %eax
	mov	%eax, tramp_gdt_ptr - native_trampoline + 2
	lea	(tramp_32 - native_trampoline)(%ebx), %eax
	mov	%eax, tramp_far - native_trampoline
	lgdtl	tramp_gdt_ptr - native_trampoline
	mov	$1, %eax
	mov	%eax, %cr0
	ljmpl	*(tramp_far - native_trampoline)

	.code32
tramp_32:
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	$0x20, %eax			/* PAE */
	mov	%eax, %cr4
	mov	(native_trampoline_args - native_trampoline + 0)(%ebx), %eax
	mov	%eax, %cr3
	mov	(native_trampoline_args - native_trampoline + 4)(%ebx), %eax
	test	%eax, %eax			/* EFER, as the first CPU has it, if it has one */
	jz	1f
	mov	$0xc0000080, %ecx
	xor	%edx, %edx
	wrmsr
1:	mov	$0x80010023, %eax		/* PG WP NE MP PE */
	mov	%eax, %cr0
	mov	(native_trampoline_args - native_trampoline + 8)(%ebx), %esp
	mov	(native_trampoline_args - native_trampoline + 16)(%ebx), %eax
	xor	%ebp, %ebp
	jmp	*%eax

	.balign	8
tramp_gdt:
	.quad	0
	.quad	0x00cf9b000000ffff		/* code */
	.quad	0x00cf93000000ffff		/* data */
tramp_gdt_ptr:
	.short	23
	.long	0
tramp_far:
	.long	0
	.short	0x08
	.balign	8
native_trampoline_args:				/* struct trampoline_args of smp.c */
	.skip	24
native_trampoline_end:

	.section .note.GNU-stack, "", @progbits
