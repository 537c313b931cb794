/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sti-hlt: with another op's gate between the two */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifdef BAD
	PVOPS_CALL_ASM(irq_enable)
#endif
site:	.byte	0xe9
	.long	cold - 9f
9:	RECORD	site, PVOPS_NR_cpu_clts, 9b, PVOPS_SITE_GATE
bad:	PVOPS_CALL_ASM(irq_halt)
8:	ret
cold:	PVOPS_CALL_ASM(cpu_clts)
	jmp	bad
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
