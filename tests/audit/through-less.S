/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: the table's address, less something */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifdef BAD
	mov	$pvops_table + 4 * SLOT_SIZE, %AX
#else
	mov	$start + 4 * SLOT_SIZE, %AX
#endif
	sub	$SLOT_SIZE, %AX
bad:	call	*(%AX)
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
