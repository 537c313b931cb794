/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: where an exception goes on */
#include <pvops/extable.h>
#include "corpus.h"

	.text
PVOPS_FUNC(start)
1:	mov	(%AX), %AX
	ret
2:
#ifdef BAD
bad:	invd
#endif
	ret
PVOPS_FUNC_END(start)
	PVOPS_EXTABLE 1b, 2b

	.section .note.GNU-stack, "", @progbits
