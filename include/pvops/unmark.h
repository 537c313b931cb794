/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A CPU with PAE reads the four entries of the top-level table when CR3 is loaded and never writes
 * to them: where other entries have their Accessed bit, theirs is reserved. QEMU's emulated CPU
 * walks through them like any others, and sets that bit. On its own that harms nobody. But Xen
 * looks up the kernel's code and data by the same table, at each exit whose instruction it must
 * see, and goes by the manual: a reserved bit, no such address. It resumes the guest at the same
 * instruction, forever.
 *
 * So where the mark is found at boot, what may exit is done by pvops_unmarked_*(): they take the
 * mark off the kernel's entry right before. Nothing here concerns hardware, or x86-64.
 */
#ifndef PVOPS_UNMARK_H
#define PVOPS_UNMARK_H

#define PVOPS_UNMARK_BIT	0x20		/* Accessed */
#define PVOPS_UNMARK_FOUND	1
#define PVOPS_UNMARK_KEPT	2

#ifndef __ASSEMBLY__
#include <pvops/types.h>

#if defined(__i386__) && !defined(PVOPS_HOSTED)
/**
 * pvops_unmark - whether marks were found at boot; from the end of pvops_init() on, whether they
 * matter: PVOPS_UNMARK_KEPT, which the backend's init sets
 */
extern u8 pvops_unmark;

/**
 * pvops_unmark_distance - from a top-level table's guest-physical address to its virtual one,
 * other than for the boot's table; the same for all of the kernel's. Set before CR3 is.
 */
extern unsigned long pvops_unmark_distance;

/* @insn by itself, or as above. A call's return address is all that it pushes. */
#define PVOPS_UNMARKED(name, insn, ...)						\
	do {									\
		if (pvops_unmark)						\
			asm volatile("call pvops_unmarked_" #name __VA_ARGS__);	\
		else								\
			asm volatile(insn __VA_ARGS__);				\
	} while (0)

static inline void pvops_unmark_settle(void)
{
	if (pvops_unmark != PVOPS_UNMARK_KEPT)
		pvops_unmark = 0;
}
#else
#define pvops_unmark		0
#define PVOPS_UNMARKED(name, insn, ...)	asm volatile(insn __VA_ARGS__)

static inline void pvops_unmark_settle(void)
{
}
#endif

#endif /* __ASSEMBLY__ */
#endif /* PVOPS_UNMARK_H */
