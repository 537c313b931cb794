/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Sites in assembly: `PVOPS_SITE_ASM cpu_iret`. */
#ifndef PVOPS_ASM_H
#define PVOPS_ASM_H

#include <pvops/site.h>
#include <pvops/percpu.h>
#include <pvops/ops-asm.h>

	.macro PVOPS_PAD_ASM n
	.if \n == 1
	.byte 0x90
	.elseif \n == 2
	.byte 0x66, 0x90
	.elseif \n == 3
	.byte 0x0f, 0x1f, 0x00
	.endif
	.endm

	.macro PVOPS_SITE_NR nr, pad, kind
.Lsite\@:
	call	*pvops_table + 8 * \nr(%rip)
	PVOPS_PAD_ASM \pad
.Lsite_end\@:
	.pushsection .pvops_sites, "a"
	.long	.Lsite\@ - .
	.short	\nr
	.byte	.Lsite_end\@ - .Lsite\@, \kind
	.popsection
	.endm

/* PVOPS_SITE_ASM(op): an op of the entry convention; PVOPS_CALL_ASM(op): any other one. */
#define PVOPS_SITE_ASM(op)	PVOPS_SITE_NR PVOPS_NR_##op, PVOPS_PAD_##op, PVOPS_SITE_ENTRY
#define PVOPS_CALL_ASM(op)	PVOPS_SITE_NR PVOPS_NR_##op, PVOPS_PAD_##op, PVOPS_SITE_CALL

#endif /* PVOPS_ASM_H */
