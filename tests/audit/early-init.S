/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-early: in a backend's init(), which the table waits for */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	ret
PVOPS_FUNC_END(start)
PVOPS_FUNC(detect)
	ret
PVOPS_FUNC_END(detect)
PVOPS_FUNC(init)
#ifdef BAD
bad:
	PVOPS_CALL_ASM(mmu_flush_local)
#endif
	ret
PVOPS_FUNC_END(init)
PVOPS_FUNC(late_init)
	PVOPS_CALL_ASM(mmu_flush_local)
	ret
PVOPS_FUNC_END(late_init)

	.section .rodata
	.type	backend, @object
	.balign	8
backend: .long	3, 0
	WORD	0, 0, 0, 0, detect, init, late_init
	.size	backend, . - backend
	.pushsection .pvops_backends, "a"
	WORD	backend
	.popsection

	.section .note.GNU-stack, "", @progbits
