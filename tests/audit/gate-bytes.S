/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-bytes: a gate that is no jump */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
site:
#ifdef BAD
bad:	mov	$1, %eax
#else
	.byte	0xe9
	.long	cold - 9f
#endif
9:	RECORD site, PVOPS_NR_mmu_pin, 9b, PVOPS_SITE_GATE
	ret
cold:	PVOPS_CALL_ASM(mmu_pin)
	jmp	9b
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
