/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A gate's handler that counts its calls: an entry and a return of the tests' own. */
#include <pvops/asm.h>

	.text
	.globl	test_gate
	.type	test_gate, @function
test_gate:
	incl	test_gate_count
	PVOPS_SITE_ASM(cpu_iret)
	.size	test_gate, . - test_gate

	.section .note.GNU-stack, "", @progbits
