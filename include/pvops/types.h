/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Types of the public interface.
 *
 * Frame numbers and page-table entries come in two worlds: what the guest calls its memory
 * (pfn, gpa, pteval) and what the machine calls it (mfn, pte). Natively they are equal, under
 * Xen PV they are not; sparse keeps them apart (__bitwise), the compiler sees plain integers.
 */
#ifndef PVOPS_TYPES_H
#define PVOPS_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

#ifdef __CHECKER__
#define __bitwise __attribute__((bitwise))
#define __force __attribute__((force))
#else
#define __bitwise
#define __force
#endif
#endif /* __KERNEL__ */

/** typedef pvops_pfn_t - frame number as the guest counts its memory. */
typedef unsigned long __bitwise pvops_pfn_t;
/** typedef pvops_mfn_t - frame number as the machine counts it. */
typedef unsigned long __bitwise pvops_mfn_t;
/** typedef pvops_gpa_t - guest-physical address: pfn << 12, plus an offset. */
typedef unsigned long __bitwise pvops_gpa_t;
/** typedef pvops_pteval_t - page-table entry with a guest frame number in it. */
typedef unsigned long __bitwise pvops_pteval_t;
/** typedef pvops_pte_t - page-table entry as it stands in memory, at every level. */
typedef unsigned long __bitwise pvops_pte_t;

#define PVOPS_PAGE_SHIFT	12
#define PVOPS_PAGE_SIZE		(1UL << PVOPS_PAGE_SHIFT)
#define PVOPS_PAGE_MASK		(~(PVOPS_PAGE_SIZE - 1))
#define PVOPS_PTE_FRAME		0x000ffffffffff000UL
#define PVOPS_INVALID_PFN	((__force pvops_pfn_t)~0UL)
#define PVOPS_INVALID_MFN	((__force pvops_mfn_t)~0UL)

/* Bits of an entry (Intel SDM vol. 3, 4.5; AMD APM vol. 2, 5.3). */
#define PVOPS_PTE_PRESENT	0x001UL
#define PVOPS_PTE_WRITE		0x002UL
#define PVOPS_PTE_USER		0x004UL
#define PVOPS_PTE_ACCESSED	0x020UL
#define PVOPS_PTE_DIRTY		0x040UL
#define PVOPS_PTE_LARGE		0x080UL
#define PVOPS_PTE_GLOBAL	0x100UL
#define PVOPS_PTE_NX		0x8000000000000000UL

/** PVOPS_FLAGS_IF - the bit of irq.save's result that says: interrupts are enabled. */
#define PVOPS_FLAGS_IF		0x200UL

/** PVOPS_MAX_CPUS - CPUs the library keeps state for. */
#define PVOPS_MAX_CPUS		64

/** struct pvops_cpumask - a set of CPUs. @bits: bit n of word n / 64 is CPU n. */
struct pvops_cpumask {
	u64 bits[(PVOPS_MAX_CPUS + 63) / 64];
};

/** struct pvops_desc_ptr - operand of LGDT and LIDT. @limit: bytes - 1. @base: linear address. */
struct pvops_desc_ptr {
	u16 limit;
	unsigned long base;
} __attribute__((packed));

/** struct pvops_gate - 16-byte gate of an IDT (Intel SDM vol. 3, figure 6-8). */
struct pvops_gate {
	u64 low;
	u64 high;
};

/**
 * struct pvops_tss - task-state segment (Intel SDM vol. 3, figure 8-11), with its I/O bitmap.
 * @sp: stacks for entries from user mode (index 0 is the kernel's)
 * @ist: interrupt stack table, 1-7 at index 0-6; not used under Xen PV
 * @io_base: offset of @io_bitmap, or at least the segment's limit for "no port"
 * @io_bitmap: a set bit denies the port; the last byte stays all ones
 */
struct pvops_tss {
	u32 reserved0;
	u64 sp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 io_base;
	u8 io_bitmap[65536 / 8 + 1];
} __attribute__((packed));

/** struct pvops_timespec - point of time. @sec: seconds since 1970 UTC. @nsec: below 10^9. */
struct pvops_timespec {
	u64 sec;
	u32 nsec;
};

/**
 * struct pvops_entries - where the world enters the kernel on this CPU (cpu.set_entries).
 * @syscall_bare: SYSCALL with the user's stack still in rsp, rip in rcx, flags in r11
 *	(bare hardware). Starts with swapgs.
 * @syscall_framed: SYSCALL with a frame as of an exception without error code on the kernel
 *	stack (Xen PV); the first instruction is the site of cpu.entry_frame.
 * @upcall: interrupt upcall with a frame like an exception without error code (Xen PV); not
 *	used where interrupts come through the IDT
 * @failsafe: the hypervisor could not load a segment register on return to user mode (Xen
 *	PV); frame: ds, es, fs, gs, then rip cs flags rsp ss, after rcx and r11
 */
struct pvops_entries {
	void (*syscall_bare)(void);
	void (*syscall_framed)(void);
	void (*upcall)(void);
	void (*failsafe)(void);
};

/** enum pvops_shutdown - argument of cpu.shutdown. */
enum pvops_shutdown {
	PVOPS_SHUTDOWN_POWEROFF,
	PVOPS_SHUTDOWN_REBOOT,
	PVOPS_SHUTDOWN_CRASH,
};

/** enum pvops_irq_kind - what interrupts. */
enum pvops_irq_kind {
	PVOPS_IRQ_TIMER,	/* the CPU's one-shot timer */
	PVOPS_IRQ_IPI,		/* from another CPU; index 0 .. PVOPS_MAX_IPIS - 1 */
	PVOPS_IRQ_CONSOLE,	/* input from the console */
	PVOPS_IRQ_HOST,		/* the host's own: native vector, Xen VIRQ or event channel port */
};

/** PVOPS_MAX_IPIS - different IPIs a guest can bind a CPU. */
#define PVOPS_MAX_IPIS		8

/** struct pvops_irq_source - argument of irq.bind. @kind: what. @index: which one of them. */
struct pvops_irq_source {
	enum pvops_irq_kind kind;
	u32 index;
};

/**
 * typedef pvops_irq_handler_t - called by irq.handle with interrupts off.
 *
 * The handler calls irq.eoi when the source may interrupt again, and must do so before it
 * returns or see to it that somebody does later.
 */
typedef void (*pvops_irq_handler_t)(u32 irq, void *data);

/**
 * struct pvops_cpu_start - how a CPU begins (smp.start_cpu).
 * @entry: virtual address of the first instruction, interrupts off, @arg in rdi
 * @stack: initial rsp; the address is 16-byte aligned
 * @gs_base: virtual address of its per-CPU area, the base of GS from the first instruction
 * @root: top-level page table
 * @arg: for @entry
 */
struct pvops_cpu_start {
	void (*entry)(void *arg);
	void *stack;
	unsigned long gs_base;
	pvops_gpa_t root;
	void *arg;
};

static inline pvops_gpa_t pvops_pfn_to_gpa(pvops_pfn_t pfn)
{
	return (__force pvops_gpa_t)((__force unsigned long)pfn << PVOPS_PAGE_SHIFT);
}

static inline pvops_pfn_t pvops_gpa_to_pfn(pvops_gpa_t gpa)
{
	return (__force pvops_pfn_t)((__force unsigned long)gpa >> PVOPS_PAGE_SHIFT);
}

/** pvops_pte_flags() - the bits of an entry that are no frame; the same in both worlds. */
static inline unsigned long pvops_pte_flags(pvops_pte_t pte)
{
	return (__force unsigned long)pte & ~PVOPS_PTE_FRAME;
}

/** pvops_pteval() - entry of a guest frame and flags, for mmu.make_pte. */
static inline pvops_pteval_t pvops_pteval(pvops_pfn_t pfn, unsigned long flags)
{
	return (__force pvops_pteval_t)((__force unsigned long)pvops_pfn_to_gpa(pfn) | flags);
}

#endif /* PVOPS_TYPES_H */
