/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What each file of the corpus begins with: it is assembled twice, with BAD and without, and must
 * give the one finding that it names, at the label `bad`, or none.
 */
#include <pvops/asm.h>
#include <pvops/asm-text.h>
#include <pvops/region.h>

#ifdef __x86_64__
#define AX	rax
#define BX	rbx
#define CX	rcx
#define WORD	.quad
#define SLOT_SIZE 8
#define SLOT(nr) pvops_table + SLOT_SIZE * nr(%rip)
#else
#define AX	eax
#define BX	ebx
#define CX	ecx
#define WORD	.long
#define SLOT_SIZE 4
#define SLOT(nr) pvops_table + SLOT_SIZE * nr
#endif

	/* A record: any site, op, end and kind. */
	.macro RECORD site, op, end, kind
	.pushsection .pvops_sites, "a"
	.long	\site - .
	.short	\op
	.byte	\end - \site, \kind
	.popsection
	.endm
