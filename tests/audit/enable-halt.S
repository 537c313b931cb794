/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sti-hlt: by ops, where there is one op for both */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifdef BAD
	PVOPS_CALL_ASM(irq_enable)
bad:
	PVOPS_CALL_ASM(irq_halt)
#else
	PVOPS_CALL_ASM(irq_enable_halt)
	PVOPS_CALL_ASM(irq_enable)
	PVOPS_CALL_ASM(irq_disable)
	PVOPS_CALL_ASM(irq_halt)
#endif
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
