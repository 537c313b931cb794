/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sti-hlt: not one behind the other */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	PVOPS_NATIVE_BEGIN
	sti
#ifdef BAD
	nop
#endif
bad:	hlt
	PVOPS_NATIVE_END
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
