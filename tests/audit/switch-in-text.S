/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: behind a jump through a table that stands between instructions */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	and	$1, %eax
#ifdef __x86_64__
	jmp	*cases(, %rax, 8)
#else
	jmp	*cases(, %eax, 4)
#endif
cases:	WORD	first, second
first:	ret
second:
#ifdef BAD
bad:	wbinvd
#endif
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
