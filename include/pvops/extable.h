/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Instructions of the library that may fault, and where to go on; see pvops_fixup_exception(). */
#ifndef PVOPS_EXTABLE_H
#define PVOPS_EXTABLE_H

#ifdef __ASSEMBLY__
	.macro PVOPS_EXTABLE from, to
	.pushsection .pvops_extable, "a"
	.long	\from - ., \to - .
	.popsection
	.endm
#else
#include <pvops/types.h>
#include <pvops/where.h>

/** struct pvops_extable_entry - both fields are relative to themselves. */
struct pvops_extable_entry {
	s32 from;
	s32 to;
};

/* For inline assembly: a fault at label @from goes on at label @to. */
#ifdef PVOPS_LINUX
#include <asm/asm.h>

#define PVOPS_EXTABLE(from, to)	_ASM_EXTABLE(from, to)
#else
#define PVOPS_EXTABLE(from, to)					\
	".pushsection .pvops_extable, \"a\"\n"			\
	"	.long " #from " - ., " #to " - .\n"		\
	".popsection\n"
#endif
#endif /* __ASSEMBLY__ */

#endif /* PVOPS_EXTABLE_H */
