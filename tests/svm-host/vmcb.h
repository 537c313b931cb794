/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A virtual CPU of SVM (AMD64 Architecture Programmer's Manual, volume 2, appendix B). */
#ifndef VMCB_H
#define VMCB_H

#include <pvops/types.h>

struct segment {
	u16 selector, attributes;
	u32 limit;
	u64 base;
};

struct vmcb {
	u32 intercept_cr, intercept_dr, intercept_exceptions;
	u32 intercept[2];
	u8 reserved0[0x40 - 0x14];
	u64 io_map, msr_map, tsc_offset;
	u32 asid;
	u32 tlb;
	u64 virtual_irq;
	u64 shadow;			/* bit 0: no interrupt before the next instruction */
	u64 exit, info1, info2, exit_event;
	u64 nested;			/* bit 0: nested paging */
	u8 reserved1[0xa8 - 0x98];
	u64 event;
	u64 nested_cr3;
	u8 reserved2[0x400 - 0xb8];
	struct segment es, cs, ss, ds, fs, gs, gdt, ldt, idt, tr;
	u8 reserved3[0xcb - 0xa0];
	u8 cpl;
	u32 reserved4;
	u64 efer;
	u8 reserved5[0x148 - 0xd8];
	u64 cr4, cr3, cr0, dr7, dr6, rflags, rip;
	u8 reserved6[0x1d8 - 0x180];
	u64 rsp;
	u8 reserved7[0x1f8 - 0x1e0];
	u64 rax;
	u8 reserved8[0x240 - 0x200];
	u64 cr2;
	u8 reserved9[0x268 - 0x248];
	u64 pat;
	u8 reserved10[0x1000 - 0x670];
};

_Static_assert(sizeof(struct vmcb) == 4096, "a page");
_Static_assert(__builtin_offsetof(struct vmcb, exit) == 0x70, "control");
_Static_assert(__builtin_offsetof(struct vmcb, event) == 0xa8, "control");
_Static_assert(__builtin_offsetof(struct vmcb, efer) == 0x4d0, "state");
_Static_assert(__builtin_offsetof(struct vmcb, rax) == 0x5f8, "state");
_Static_assert(__builtin_offsetof(struct vmcb, pat) == 0x668, "state");

/* intercept[0] */
#define ON_INTR		(1U << 0)
#define ON_NMI		(1U << 1)
#define ON_CPUID	(1U << 18)
#define ON_IRET		(1U << 20)
#define ON_HLT		(1U << 24)
#define ON_MSR		(1U << 28)
#define ON_SHUTDOWN	(1U << 31)
/* intercept[1] */
#define ON_SVM		0x7fU		/* VMRUN VMMCALL VMLOAD VMSAVE STGI CLGI SKINIT */

#define EXIT_INTR	0x60
#define EXIT_NMI	0x61
#define EXIT_CPUID	0x72
#define EXIT_IRET	0x74
#define EXIT_HLT	0x78
#define EXIT_MSR	0x7c
#define EXIT_VMRUN	0x80
#define EXIT_VMMCALL	0x81
#define EXIT_SKINIT	0x86

/* virtual_irq */
#define VIRQ_PENDING	(1ULL << 8)
#define VIRQ_ANY	(1ULL << 20)	/* whatever the task priority */
#define VIRQ_ALONE	(1ULL << 24)	/* the machine's interrupts wait until the guest is left */
#define VIRQ_VECTOR	32

#define TLB_FLUSH	1
#define EVENT_VALID	(1ULL << 31)
#define EVENT_ERROR	(1ULL << 11)
#define EVENT_NMI	(2ULL << 8 | 2)
#define EVENT_FAULT	(3ULL << 8)

#endif
