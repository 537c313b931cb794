/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: a backend's function that others call, too */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
#ifdef BAD
	call	helper
#endif
	ret
PVOPS_FUNC_END(start)
PVOPS_FUNC(disable)
	call	helper
	ret
PVOPS_FUNC_END(disable)
PVOPS_FUNC(helper)
bad:	wbinvd
	ret
PVOPS_FUNC_END(helper)

	.section .rodata
	.type	forms, @object
	.balign	8
forms:	WORD	disable
	.size	forms, . - forms
	.type	backend, @object
backend: .long	3, 0
	WORD	0, 0, 0, forms
	.size	backend, . - backend
	.pushsection .pvops_backends, "a"
	WORD	backend
	.popsection

	.section .note.GNU-stack, "", @progbits
