/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-early: in a function of the boot protocol's record that the entry hands on */
#include "corpus.h"

	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 2f - 1f, 1		/* XEN_ELFNOTE_ENTRY */
	.asciz	"Xen"
1:	WORD	entry
2:

	.text
PVOPS_FUNC(start)
	ret
PVOPS_FUNC_END(start)
PVOPS_FUNC(entry)
#ifdef __x86_64__
	lea	protocol(%rip), %rdi
#else
	mov	$protocol, %eax
#endif
	call	pvops_boot_enter
	ret
PVOPS_FUNC_END(entry)
PVOPS_FUNC(parse)
#ifdef BAD
bad:
	PVOPS_CALL_ASM(mmu_flush_local)
#endif
	ret
PVOPS_FUNC_END(parse)
PVOPS_FUNC(pvops_boot_enter)
	call	*(%AX)
	jmp	pvops_guest_main
PVOPS_FUNC_END(pvops_boot_enter)
PVOPS_FUNC(pvops_guest_main)
	PVOPS_CALL_ASM(mmu_flush_local)
	ret
PVOPS_FUNC_END(pvops_guest_main)

	.section .rodata
	.balign	8
	.type	protocol, @object
protocol: WORD	0, parse
	.size	protocol, . - protocol

	.section .note.GNU-stack, "", @progbits
