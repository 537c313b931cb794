/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-overlap: two records of one site */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
site:
bad:	call	*SLOT(0)
9:	RECORD site, 0, 9b, PVOPS_SITE_CALL
#ifdef BAD
	RECORD site, 0, 9b, PVOPS_SITE_CALL
#endif
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
