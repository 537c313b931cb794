/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: a slot's value, put into another register's place */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	mov	$start, %CX
	mov	SLOT(3), %AX
#ifdef BAD
	xchg	%AX, %CX
#endif
bad:	call	*%CX
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
