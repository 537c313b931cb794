/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: cpuid, without the prefix that makes Xen emulate it */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifndef BAD
	ud2
	.ascii	"xen"
#endif
bad:	cpuid
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
