/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: on one of two ways that meet, both with the table's address */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	mov	$pvops_table, %BX
	mov	$start, %AX
	test	%ecx, %ecx
	jz	2f
	jmp	1f
2:
#ifdef BAD
	mov	3 * SLOT_SIZE(%BX), %AX
#endif
1:
bad:	call	*%AX
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
