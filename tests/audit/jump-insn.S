/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: insn-jump: what is a constant on one way is instructions on the other */
#include "corpus.h"

	.text
PVOPS_FUNC(start)
	test	%AX, %AX
#ifdef BAD
bad:	jz	insn + 1
#else
	jz	insn
#endif
	nop
insn:	mov	$0x00c3c031, %eax	/* xor %eax, %eax; ret */
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
