/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* As much of a bzImage as its loader looks at; Documentation/arch/x86/boot.rst of Linux. */
	.section .setup, "a"
	.skip	0x1f1
	.byte	1			/* sectors of it, besides the first */
	.skip	0x1fe - 0x1f2
	.short	0xaa55
	.byte	0xeb, 0x6a		/* a jump, which tells how long the header is */
	.ascii	"HdrS"
	.skip	0x236 - 0x206
	.short	1			/* there is a 64-bit entry */
	.skip	1024 - 0x238

	.section .head, "ax"
	.skip	0x200
	mov	$stack + 8192, %rsp
	mov	%rsi, %rdi
	call	probe

	.bss
	.balign	16
stack:	.skip	8192
	.section .note.GNU-stack, "", @progbits
