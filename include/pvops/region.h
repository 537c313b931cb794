/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Instructions that differ between hosts and are meant: what runs before there are ops, on a host
 * that is known, or as a call to it. Section .pvops_native tells tools/pvaudit; nothing reads it
 * when the kernel runs. What is reached through a backend's registration alone needs no record.
 * Linux and the host's tests have no such section.
 */
#ifndef PVOPS_REGION_H
#define PVOPS_REGION_H

#include <pvops/where.h>

#if defined(PVOPS_LINUX) || defined(PVOPS_HOSTED)
#define PVOPS_NATIVE_BEGIN
#define PVOPS_NATIVE_END
#define PVOPS_NATIVE(insns)	insns
#elif defined(__ASSEMBLY__)
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
/* In the text of an asm statement: @insns, which are meant. */
#define PVOPS_NATIVE(insns)				\
	"776:	" insns "\n"				\
	"777:\n"					\
	".pushsection .pvops_native, \"a\"\n"		\
	"	.long 776b - ., 777b - .\n"		\
	".popsection\n"
#endif

#endif /* PVOPS_REGION_H */
