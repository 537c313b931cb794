/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A gate's handler that counts its calls: an entry and a return of the tests' own; and IRET. */
#include <pvops/asm.h>

	.text
	.globl	test_gate
	.type	test_gate, @function
test_gate:
	incl	test_gate_count
	PVOPS_SITE_ASM(cpu_iret)
	.size	test_gate, . - test_gate

/* Another's: tells the flags that it has, and ends single-stepping. */
	.globl	test_flags_gate
	.type	test_flags_gate, @function
test_flags_gate:
	push	%eax
	pushf
	pop	%eax
	mov	%eax, test_flags_seen
	andl	$~0x100, 12(%esp)
	pop	%eax
	PVOPS_SITE_ASM(cpu_iret)
	.size	test_flags_gate, . - test_flags_gate

/* test_iret_to(frame) */
	.globl	test_iret_to
	.type	test_iret_to, @function
test_iret_to:
	mov	%eax, %esp
	PVOPS_SITE_ASM(cpu_iret)
	.size	test_iret_to, . - test_iret_to

	.section .note.GNU-stack, "", @progbits
