/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: the last jump by what a slot had, behind another register and a jump */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	mov	SLOT(3), %CX
	jmp	2f
1:	mov	%CX, %AX
#ifndef BAD
	mov	start, %AX
#endif
bad:	jmp	*%AX
2:	test	%ecx, %ecx
	jnz	1b
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
