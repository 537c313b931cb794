/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: what a slot had, or something else */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	mov	$start, %AX
	test	%ecx, %ecx
#ifdef BAD
	cmovz	SLOT(3), %AX
#else
	cmovz	%CX, %AX
#endif
bad:	call	*%AX
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
