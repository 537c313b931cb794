/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: a return to what a slot had */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	push	SLOT(3)
#ifndef BAD
	pop	%CX
#endif
bad:	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
