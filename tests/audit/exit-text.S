/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-section: in text that is given back */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	call	leave
	ret
PVOPS_FUNC_END(start)
#ifdef BAD
	.section .exit.text, "ax"
#endif
PVOPS_FUNC(leave)
bad:
	PVOPS_CALL_ASM(cpu_read_cr0)
	ret
PVOPS_FUNC_END(leave)

	.section .note.GNU-stack, "", @progbits
