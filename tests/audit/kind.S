/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-record: a kind that does not exist */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifdef BAD
bad:	call	*SLOT(0)
9:	RECORD bad, 0, 9b, 9
#else
	PVOPS_CALL_ASM(cpu_read_cr0)
#endif
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
