/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: a slot that is in a register first */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	mov	SLOT(3), %AX
#ifdef BAD
bad:	call	*%AX
#else
	xor	%eax, %eax
	call	*%AX
#endif
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
