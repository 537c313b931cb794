/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-bytes: the call goes through another op's slot */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
site:
#ifdef BAD
bad:	call	*SLOT(1)
#else
	call	*SLOT(0)
#endif
9:	RECORD site, 0, 9b, PVOPS_SITE_CALL
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
