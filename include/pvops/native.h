/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Instructions that differ between hosts and are meant: what runs before there are ops, on a host
 * that is known, or as a call to it. Section .pvops_native tells tools/pvaudit; nothing reads it
 * when the kernel runs. What is reached through a backend's registration alone needs no record.
 */
#ifndef PVOPS_NATIVE_H
#define PVOPS_NATIVE_H

#ifdef __ASSEMBLY__
/* Around code of assembly, both in its section. Not nested. */
	.macro PVOPS_NATIVE_BEGIN
776:
	.endm

	.macro PVOPS_NATIVE_END
777:
	.pushsection .pvops_native, "a"
	.long	776b - ., 777b - .
	.popsection
	.endm
#else
#include <pvops/where.h>

/* In the text of an asm statement: @insns, which are meant. Linux keeps no list of its own. */
#if defined(PVOPS_LINUX) || defined(PVOPS_HOSTED)
#define PVOPS_NATIVE(insns)	insns
#else
#define PVOPS_NATIVE(insns)				\
	"776:	" insns "\n"				\
	"777:\n"					\
	".pushsection .pvops_native, \"a\"\n"		\
	"	.long 776b - ., 777b - .\n"		\
	".popsection\n"
#endif
#endif /* __ASSEMBLY__ */

#endif /* PVOPS_NATIVE_H */
