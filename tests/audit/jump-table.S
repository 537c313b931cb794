/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-jump: through a table of addresses */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	and	$1, %eax
#ifdef __x86_64__
bad:	jmp	*cases(, %rax, 8)
#else
bad:	jmp	*cases(, %eax, 4)
#endif
first:	PVOPS_CALL_ASM(irq_disable)
second:	ret
PVOPS_FUNC_END(start)

	.section .rodata
	.balign	8
#ifdef BAD
cases:	WORD	second, first + 2
#else
cases:	WORD	second, first
#endif

	.section .note.GNU-stack, "", @progbits
