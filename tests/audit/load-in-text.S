/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: behind a jump by a word that stands between instructions */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	nop
	mov	word, %AX
	jmp	*%AX
word:	WORD	there
there:
#ifdef BAD
bad:	wbinvd
#endif
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
