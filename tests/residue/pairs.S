/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Pairs of what only assembly has. Each leaves all as it was: GS is exchanged twice, and the frame
 * that is returned through has been made here.
 */
#include <pvops/asm.h>

	.macro FUNCTION name
	.globl	\name
	.type	\name, @function
\name:
	.endm

	.macro END name
	ret
	.size	\name, . - \name
	.endm

	.macro FRAME
#ifdef __x86_64__
	mov	%rsp, %rax
	mov	%ss, %edx
	push	%rdx
	push	%rax
	pushf
	mov	%cs, %edx
	push	%rdx
	lea	1f(%rip), %rdx
	push	%rdx
#else
	pushf
	push	%cs
	push	$1f
#endif
	.endm

	.text
FUNCTION hand_asm_cpu_swapgs
#ifdef __x86_64__
	swapgs
	swapgs
#endif
END hand_asm_cpu_swapgs

FUNCTION op_asm_cpu_swapgs
	PVOPS_SITE_ASM(cpu_swapgs)
	PVOPS_SITE_ASM(cpu_swapgs)
END op_asm_cpu_swapgs

FUNCTION hand_asm_cpu_iret
	FRAME
#ifdef __x86_64__
	iretq
#else
	iret
#endif
1:
END hand_asm_cpu_iret

FUNCTION op_asm_cpu_iret
	FRAME
	PVOPS_SITE_ASM(cpu_iret)
1:
END op_asm_cpu_iret

FUNCTION hand_asm_cpu_entry_frame
END hand_asm_cpu_entry_frame

FUNCTION op_asm_cpu_entry_frame
	PVOPS_SITE_ASM(cpu_entry_frame)
END op_asm_cpu_entry_frame

	.section .note.GNU-stack, "", @progbits
