/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: behind a trap that may come back, and behind a gate that may be nothing */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	test	%eax, %eax
	jz	1f
	ud2
	nop
1:
site:	.byte	0xe9
	.long	cold - 9f
9:	RECORD site, PVOPS_NR_mmu_pin, 9b, PVOPS_SITE_GATE
#ifdef BAD
bad:	wbinvd
#endif
	ret
cold:	PVOPS_CALL_ASM(mmu_pin)
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
