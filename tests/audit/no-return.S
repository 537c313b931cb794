/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: in a function behind data that are behind calls that never return */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	test	%eax, %eax
	jz	trap
	call	last
PVOPS_FUNC_END(start)
	.ascii	"\xfa\xfa text"
	.balign	16
PVOPS_FUNC(trap)
	ud2
PVOPS_FUNC_END(trap)
	.byte	0xfa, 0xb8, 0, 0
PVOPS_FUNC(last)
#ifdef BAD
bad:	hlt
#endif
	jmp	last
PVOPS_FUNC_END(last)

	.section .note.GNU-stack, "", @progbits
