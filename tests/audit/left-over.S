/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: through the table, with no record */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifdef BAD
bad:	call	*SLOT(3)
#endif
	PVOPS_CALL_ASM(cpu_read_cr0)
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
