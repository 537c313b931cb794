/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: the table's address added to an index */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	shl	$3, %eax
#ifdef BAD
	add	$pvops_table, %AX
#else
	add	$start, %AX
#endif
bad:	call	*(%AX)
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
