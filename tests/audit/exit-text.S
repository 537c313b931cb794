/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-section: in text that is given back */
#include "corpus.h"

	.text
FUNCTION start
	call	leave
	ret
END start
#ifdef BAD
	.section .exit.text, "ax"
#endif
FUNCTION leave
bad:
	PVOPS_CALL_ASM(cpu_read_cr0)
	ret
END leave

	.section .note.GNU-stack, "", @progbits
