/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-jump: into a site, behind its prefixes */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	test	%AX, %AX
#ifdef BAD
bad:	jz	site + 3
#else
	jz	site
#endif
	nop
site:	.byte	0x2e, 0x2e, 0x2e
	call	*SLOT(PVOPS_NR_irq_save)
9:	RECORD site, PVOPS_NR_irq_save, 9b, PVOPS_SITE_CALL
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
