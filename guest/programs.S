/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The programs of the user half, as files; the Makefile builds them first. */
#ifdef __x86_64__
#define POINTERS .quad
#define WIDTH 8
#else
#define POINTERS .long
#define WIDTH 4
#endif

	.macro	PROGRAM name, file
	.section .rodata
	.balign	16
1:	.incbin	"\file"
2:
3:	.asciz	"\name"
	.section .guest_files, "a"
	.balign	WIDTH
	POINTERS	3b, 1b, 2b
	.endm

	PROGRAM	t, user/t
	PROGRAM	hello, user/hello

	.section .note.GNU-stack, "", @progbits
