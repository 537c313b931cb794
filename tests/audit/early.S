/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-early: runs before there is a table */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	call	pvops_boot_enter
	ret
PVOPS_FUNC_END(start)
PVOPS_FUNC(pvops_boot_enter)
	call	boot_map
	call	pvops_guest_main
	ret
PVOPS_FUNC_END(pvops_boot_enter)
PVOPS_FUNC(boot_map)
#ifdef BAD
bad:
	PVOPS_CALL_ASM(mmu_flush_local)
#endif
	ret
PVOPS_FUNC_END(boot_map)
PVOPS_FUNC(pvops_guest_main)
	call	boot_map
	PVOPS_CALL_ASM(mmu_flush_local)
	ret
PVOPS_FUNC_END(pvops_guest_main)

	.section .note.GNU-stack, "", @progbits
