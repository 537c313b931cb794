/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Pairs of what only assembly has. Each leaves all as it was: GS is exchanged twice, and the frame
 * that is returned through has been made here.
 */
#include <pvops/asm.h>
#include <pvops/asm-text.h>

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
PVOPS_FUNC(hand_asm_cpu_swapgs)
#ifdef __x86_64__
	swapgs
	swapgs
#endif
	PVOPS_RETURN
PVOPS_FUNC_END(hand_asm_cpu_swapgs)

PVOPS_FUNC(op_asm_cpu_swapgs)
	PVOPS_SITE_ASM(cpu_swapgs)
	PVOPS_SITE_ASM(cpu_swapgs)
	PVOPS_RETURN
PVOPS_FUNC_END(op_asm_cpu_swapgs)

PVOPS_FUNC(hand_asm_cpu_iret)
	FRAME
#ifdef __x86_64__
	iretq
#else
	iret
#endif
1:
	PVOPS_RETURN
PVOPS_FUNC_END(hand_asm_cpu_iret)

PVOPS_FUNC(op_asm_cpu_iret)
	FRAME
	PVOPS_SITE_ASM(cpu_iret)
1:
	PVOPS_RETURN
PVOPS_FUNC_END(op_asm_cpu_iret)

PVOPS_FUNC(hand_asm_cpu_entry_frame)
	PVOPS_RETURN
PVOPS_FUNC_END(hand_asm_cpu_entry_frame)

PVOPS_FUNC(op_asm_cpu_entry_frame)
	PVOPS_SITE_ASM(cpu_entry_frame)
	PVOPS_RETURN
PVOPS_FUNC_END(op_asm_cpu_entry_frame)

	.section .note.GNU-stack, "", @progbits
