/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: behind a call that comes back; one that takes the address of data does not */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	call	1f
bad:	.byte	0xfa			/* cli, if it were code */
	.ascii	"\xc3 a text \xb8"	/* and half of an instruction at its end */
#ifdef BAD
1:	nop
	mov	(%AX), %AX
#else
1:	pop	%AX
#endif
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
