/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-section: in text that runs before the image is where it belongs */
#include "corpus.h"

#ifdef BAD
	.section .head.text, "ax"
#else
	.text
#endif
PVOPS_FUNC(start)
bad:
	PVOPS_CALL_ASM(cpu_read_cr0)
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
