/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: behind a gate that does not lead to it */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
site:	.byte	0xe9
	.long	cold - 9f
9:
#ifdef BAD
	RECORD	site, PVOPS_NR_irq_disable, 9b, PVOPS_SITE_GATE
#else
	RECORD	site, PVOPS_NR_irq_disable, 9b, PVOPS_SITE_LEAD
#endif
bad:	cli
8:	ret
cold:	PVOPS_CALL_ASM(irq_disable)
	jmp	8b
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
