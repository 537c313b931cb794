/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-record: longer than the op's room */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifdef BAD
bad:	.byte	0x2e
	call	*SLOT(0)
9:	RECORD bad, 0, 9b, PVOPS_SITE_CALL
#else
	PVOPS_CALL_ASM(cpu_read_cr0)
#endif
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
