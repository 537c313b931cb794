/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Sites in assembly: `PVOPS_SITE_ASM cpu_iret`. */
#ifndef PVOPS_ASM_H
#define PVOPS_ASM_H

#include <pvops/site.h>
#include <pvops/percpu.h>
#include <pvops/ops-asm.h>

	.macro PVOPS_SITE_NR nr, pad, kind
#ifdef CONFIG_PVOPS_DEBUG
#ifdef __x86_64__
	lock incq pvops_calls + 8 * \nr(%rip)
#else
	lock addl $1, %ss:pvops_calls + 8 * \nr
	lock adcl $0, %ss:pvops_calls + 8 * \nr + 4
#endif
#endif
	PVOPS_SITE_NOTE
.Lsite\@:
	.fill	\pad, 1, 0x2e
#ifdef __x86_64__
	call	*pvops_table + 8 * \nr(%rip)
#else
	call	*pvops_table + 4 * \nr
#endif
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
