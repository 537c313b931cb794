/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: a jump through the table */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifdef BAD
bad:	jmp	*SLOT(3)
#endif
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
