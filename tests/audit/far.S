/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* finding: sensitive: behind a far return to the next line, whose address nothing holds as it is */
#include "corpus.h"

	.text
start:	mov	$4, %eax
	PVOPS_NATIVE_BEGIN
	lret
	PVOPS_NATIVE_END
#ifdef BAD
bad:	wbinvd
#endif
	ret
	.ascii	"\xfa data"		/* behind a near one there may be anything */

	.section .note.GNU-stack, "", @progbits
