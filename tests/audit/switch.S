/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: behind a jump through a table of addresses */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	and	$1, %eax
#ifdef __x86_64__
	jmp	*cases(, %rax, 8)
#else
	jmp	*cases(, %eax, 4)
#endif
first:
#ifdef BAD
bad:	wbinvd
#endif
	ret
second:	ret
PVOPS_FUNC_END(start)

	.section .rodata
	.balign	8
cases:
#ifdef __x86_64__
	.quad	first, second
#else
	.long	first, second
#endif

	.section .note.GNU-stack, "", @progbits
