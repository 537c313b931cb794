/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: a jump through the table */
#include "corpus.h"

	.text
FUNCTION start
#ifdef BAD
bad:	jmp	*SLOT(3)
#endif
	ret
END start

	.section .note.GNU-stack, "", @progbits
