/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: in the 32-bit entry of an image, 64 bits or not */
#include "corpus.h"

	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	pvh

	.text
	.code32
pvh:	inc	%eax			/* the beginning of another instruction in 64-bit mode */
	dec	%ecx
#ifdef BAD
bad:	wbinvd
#endif
	mov	$0x0f12340f, %eax
	PVOPS_NATIVE_BEGIN
	ljmp	$8, $start
	PVOPS_NATIVE_END
#ifdef __x86_64__
	.code64
#endif
PVOPS_FUNC(start)
	ret
PVOPS_FUNC_END(start)

	.section .note.GNU-stack, "", @progbits
