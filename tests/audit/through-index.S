/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: an op that is computed */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifdef BAD
#ifdef __x86_64__
bad:	call	*pvops_table(, %rax, 8)
#else
bad:	call	*pvops_table(, %eax, 4)
#endif
#else
	call	*start(, %AX, 4)
#endif
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
