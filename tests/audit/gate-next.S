/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-bytes: a gate that leads to what follows it */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
bad:	.byte	0xe9
#ifdef BAD
	.long	0
#else
	.long	cold - 9f
#endif
9:	RECORD	bad, PVOPS_NR_irq_disable, 9b, PVOPS_SITE_GATE
8:	ret
cold:	PVOPS_CALL_ASM(irq_disable)
	jmp	8b
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
