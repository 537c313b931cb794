/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-section: a record that leads into data */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	ret
PVOPS_FUNC_END(start)
#ifdef BAD
	.data
#endif
PVOPS_FUNC(other)
bad:
	PVOPS_CALL_ASM(cpu_read_cr0)
	ret
PVOPS_FUNC_END(other)

	.section .note.GNU-stack, "", @progbits
