/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: the table'\''s address in a register, kept over a call */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifdef __x86_64__
	lea	pvops_table(%rip), %rbx
#else
	mov	$pvops_table, %ebx
#endif
#ifndef BAD
	mov	start, %BX
#endif
	call	other
bad:	call	*3 * SLOT_SIZE(%BX)
	ret
PVOPS_FUNC_END(start)
PVOPS_FUNC(other)
	ret
PVOPS_FUNC_END(other)

	.section .note.GNU-stack, "", @progbits
