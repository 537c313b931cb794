/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-boundary: ends within an instruction */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
site:
#ifdef BAD
bad:	nop
#endif
	call	*SLOT(0)
	/* The record has the op's six bytes, whatever is there. */
	RECORD site, 0, site+6, PVOPS_SITE_CALL
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
