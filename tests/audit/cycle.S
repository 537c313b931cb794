/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: two that call each other; distances alone lead there */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	ret
PVOPS_FUNC_END(start)
PVOPS_FUNC(one)
	call	other
	ret
PVOPS_FUNC_END(one)
PVOPS_FUNC(other)
bad:	wbinvd
	call	one
	ret
PVOPS_FUNC_END(other)

	.section .rodata
	.type	distances, @object
	.balign	8
distances: .long one - ., other - .
	.size	distances, . - distances
#ifndef BAD
	.type	backend, @object
	.balign	8
backend: .long	3, 0
	WORD	0, 0, 0, one
	.size	backend, . - backend
	.pushsection .pvops_backends, "a"
	WORD	backend
	.popsection
#endif

	.section .note.GNU-stack, "", @progbits
