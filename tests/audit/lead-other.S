/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: behind a gate that leads to another op's instruction */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
site:	.byte	0xe9
	.long	cold - 9f
9:	RECORD	site, PVOPS_NR_irq_disable, 9b, PVOPS_SITE_LEAD
#ifdef BAD
bad:	sti
#else
bad:	cli
#endif
8:	ret
cold:	PVOPS_CALL_ASM(irq_disable)
	jmp	8b
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
