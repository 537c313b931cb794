/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: without the record that says it is meant */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifndef BAD
	PVOPS_NATIVE_BEGIN
#endif
bad:	wbinvd
#ifndef BAD
	PVOPS_NATIVE_END
#endif
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
