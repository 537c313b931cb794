/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: indirect-call: by a thunk of the compiler instead of the register */
#include "corpus.h"

#define THUNK(reg)	NAME(reg)
#define NAME(reg)	__x86_indirect_thunk_ ## reg

	.text
PVOPS_FUNC(start)
	mov	SLOT(3), %AX
#ifdef BAD
bad:	call	THUNK(AX)
#else
	call	THUNK(CX)
#endif
	ret
PVOPS_FUNC_END(start)
/* Linux has another name at the first one's address. */
PVOPS_FUNC(__x86_indirect_thunk_array)
PVOPS_FUNC(THUNK(AX))
	call	1f
	int3
1:	mov	%AX, (%esp)
	ret
PVOPS_FUNC_END(THUNK(AX))
PVOPS_FUNC_END(__x86_indirect_thunk_array)
PVOPS_FUNC(THUNK(CX))
	call	1f
	int3
1:	mov	%CX, (%esp)
	ret
PVOPS_FUNC_END(THUNK(CX))

	.section .note.GNU-stack, "", @progbits
