/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
	.text
	.globl	_start
_start:
	xor	%ebp, %ebp
	call	main				/* rdi: the argument */
	mov	%eax, %edi
	xor	%eax, %eax			/* SYS_exit */
	syscall
	ud2
	.section .note.GNU-stack, "", @progbits
