/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-early: on the way from an entry, which has no symbol with a size */
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
entry:	jmp	prepare
PVOPS_FUNC(prepare)
#ifdef BAD
bad:
	PVOPS_CALL_ASM(mmu_flush_local)
#endif
	call	pvops_boot_enter
	ret
PVOPS_FUNC_END(prepare)
PVOPS_FUNC(pvops_boot_enter)
	jmp	pvops_guest_main
PVOPS_FUNC_END(pvops_boot_enter)
PVOPS_FUNC(pvops_guest_main)
	PVOPS_CALL_ASM(mmu_flush_local)
	ret
PVOPS_FUNC_END(pvops_guest_main)

	.section .note.GNU-stack, "", @progbits
