/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
	.text
	.globl	_start
_start:
	xor	%ebp, %ebp
	mov	%edi, %eax			/* the argument */
	call	main
	mov	%eax, %edi
	xor	%eax, %eax			/* SYS_exit */
	int	$0x80
	ud2
	.section .note.GNU-stack, "", @progbits
