/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-boundary: begins within an instruction */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifdef BAD
	.byte	0xb8			/* mov $..., %eax: takes four bytes of the site's */
bad:
#else
	nop
site:
#endif
	call	*SLOT(0)
#ifdef BAD
9:	RECORD bad, 0, 9b, PVOPS_SITE_CALL
#else
9:	RECORD site, 0, 9b, PVOPS_SITE_CALL
#endif
	nop
	nop
	nop
	nop
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
