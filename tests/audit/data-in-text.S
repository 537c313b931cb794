/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: data that would be instructions, until something jumps there */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	lea	text, %eax
	test	%eax, %eax
	jz	1f
#ifdef BAD
	js	bad
#endif
	ret
bad:	.byte	0xfa			/* cli, if it were code */
	.byte	0xc3
1:	ret
PVOPS_FUNC_END(start)

/* Texts, between functions and with a symbol of a kind. */
text:	.ascii	"lmno: in and out, \xfa\xfb\xf4\x0f\x01\xd0"
	.type	object, @object
object:	.byte	0x0f, 0x22, 0xd8, 0xfa, 0xc3
	.size	object, . - object
	.balign	16
PVOPS_FUNC(last)
	ret
PVOPS_FUNC_END(last)

	.section .note.GNU-stack, "", @progbits
