/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A multiboot kernel of one page of assembly: entry, calls into the ROM, two handlers. */

#define MAGIC	0x1badb002

	.section .multiboot, "a"
	.long	MAGIC, 0, -MAGIC

	.text
	.globl	_start
_start:
	lgdt	gdt_ptr
	ljmp	$8, $1f
1:	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$stack + 8192, %esp
	push	$0
	popf
	call	probe
2:	cli
	hlt
	jmp	2b

	/* eax: where to, edx: registers in and out, ecx and the stack: two words for the stack */
	.globl	rom_call
rom_call:
	push	%ebx
	push	%esi
	push	%edi
	push	%ebp
	pushl	20(%esp)		/* second word */
	push	%ecx			/* first word */
	mov	%eax, target
	mov	%edx, regs
	mov	%esp, kept
	mov	%edx, %ebp
	mov	(%ebp), %eax
	mov	4(%ebp), %ebx
	mov	8(%ebp), %ecx
	mov	12(%ebp), %edx
	mov	16(%ebp), %esi
	mov	20(%ebp), %edi
	mov	24(%ebp), %ebp
	call	*target
	push	%ebp
	mov	regs, %ebp
	mov	%eax, (%ebp)
	mov	%ebx, 4(%ebp)
	mov	%ecx, 8(%ebp)
	mov	%edx, 12(%ebp)
	mov	%esi, 16(%ebp)
	mov	%edi, 20(%ebp)
	pop	%eax
	mov	%eax, 24(%ebp)
	xor	%eax, %eax
	cmp	%esp, kept
	sete	%al			/* did it leave the stack alone? */
	mov	kept, %esp
	add	$8, %esp
	pop	%ebp
	pop	%edi
	pop	%esi
	pop	%ebx
	ret

	/* eax: the ROM's IRET, edx: flags; whether it came back with them and all registers */
	.globl	rom_iret
rom_iret:
	push	%ebx
	push	%edx
	push	$8
	push	$1f
	mov	%esp, kept
	mov	%edx, %ebx
	jmp	*%eax
1:	pushf
	pop	%eax
	xor	%ebx, %eax
	and	$0x8d5, %eax		/* status flags */
	neg	%eax
	sbb	%eax, %eax
	inc	%eax
	mov	kept, %edx
	add	$12, %edx
	cmp	%esp, %edx
	je	2f
	xor	%eax, %eax
	mov	%edx, %esp
2:	pop	%ebx
	ret

	.globl	timer_handler
timer_handler:
	push	%eax
	incl	ticks
	mov	$0x20, %al
	out	%al, $0x20
	pop	%eax
	iret

	.globl	fault_handler
fault_handler:
	mov	%esp, %eax
	call	fault

	.data
	.balign	8
	.globl	gdt
gdt:	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0, 0, 0, 0, 0
	.globl	gdt_ptr
gdt_ptr:
	.word	63
	.long	gdt
	.globl	ticks
ticks:	.long	0
target:	.long	0
regs:	.long	0
kept:	.long	0
	.bss
	.balign	16
stack:	.skip	8192
