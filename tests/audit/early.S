/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-early: runs before there is a table */
#include "corpus.h"

	.text
FUNCTION start
	call	pvops_boot_enter
	ret
END start
FUNCTION pvops_boot_enter
	call	boot_map
	call	pvops_guest_main
	ret
END pvops_boot_enter
FUNCTION boot_map
#ifdef BAD
bad:
	PVOPS_CALL_ASM(mmu_flush_local)
#endif
	ret
END boot_map
FUNCTION pvops_guest_main
	call	boot_map
	PVOPS_CALL_ASM(mmu_flush_local)
	ret
END pvops_guest_main

	.section .note.GNU-stack, "", @progbits
