/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: site-section: a record that leads into data */
#include "corpus.h"

	.text
FUNCTION start
	ret
END start
#ifdef BAD
	.data
#endif
FUNCTION other
bad:
	PVOPS_CALL_ASM(cpu_read_cr0)
	ret
END other

	.section .note.GNU-stack, "", @progbits
