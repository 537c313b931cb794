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

#include <pvops/where.h>

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
#ifdef __x86_64__
/** typedef pvops_pteword_t - plain integer of a page-table entry's width. */
typedef unsigned long pvops_pteword_t;
/** PVOPS_TOP_LEVEL - of page tables: 1 has entries of pages, this one is what CR3 names. */
#define PVOPS_TOP_LEVEL		4
#else
typedef u64 pvops_pteword_t;		/* PAE: 8 bytes as well */
#define PVOPS_TOP_LEVEL		3	/* of 4 entries, which the CPU reads when CR3 is loaded */
#endif
/** typedef pvops_pteval_t - page-table entry with a guest frame number in it. */
typedef pvops_pteword_t __bitwise pvops_pteval_t;
/** typedef pvops_pte_t - page-table entry as it stands in memory, at every level. */
typedef pvops_pteword_t __bitwise pvops_pte_t;

#define PVOPS_PAGE_SHIFT	12
#define PVOPS_PAGE_SIZE		(1UL << PVOPS_PAGE_SHIFT)
#define PVOPS_PAGE_MASK		(~(PVOPS_PAGE_SIZE - 1))
#define PVOPS_PTE_FRAME		0x000ffffffffff000ULL
#define PVOPS_INVALID_PFN	((__force pvops_pfn_t)~0UL)
#define PVOPS_INVALID_MFN	((__force pvops_mfn_t)~0UL)

/* Bits of an entry (Intel SDM vol. 3, 4.5; AMD APM vol. 2, 5.3). */
#define PVOPS_PTE_PRESENT	0x001ULL
#define PVOPS_PTE_WRITE		0x002ULL
#define PVOPS_PTE_USER		0x004ULL
#define PVOPS_PTE_ACCESSED	0x020ULL
#define PVOPS_PTE_DIRTY		0x040ULL
#define PVOPS_PTE_LARGE		0x080ULL
#define PVOPS_PTE_GLOBAL	0x100ULL
#define PVOPS_PTE_NX		0x8000000000000000ULL

/** PVOPS_FLAGS_IF - the bit of irq.save's result that says: interrupts are enabled. */
#define PVOPS_FLAGS_IF		0x200UL

/** PVOPS_MAX_CPUS - CPUs the library keeps state for. */
#ifdef PVOPS_LINUX
#define PVOPS_MAX_CPUS		CONFIG_NR_CPUS
#else
#define PVOPS_MAX_CPUS		64
#endif

/** struct pvops_cpumask - a set of CPUs. @bits: bit n of word n / 64 is CPU n. */
struct pvops_cpumask {
	u64 bits[(PVOPS_MAX_CPUS + 63) / 64];
};

/** struct pvops_desc_ptr - operand of LGDT and LIDT. @limit: bytes - 1. @base: linear address. */
struct pvops_desc_ptr {
	u16 limit;
	unsigned long base;
} __attribute__((packed));

/**
 * pvops_desc_with_base() - a segment's descriptor with the low 32 bits of its base filled in.
 * @desc: all else; base 0
 * @base: linear address; of the 16-byte descriptors of 64-bit mode the rest is in the second half
 *
 * Context: any. Intel SDM vol. 3, figure 3-8.
 */
static inline u64 pvops_desc_with_base(u64 desc, unsigned long base)
{
	return desc | (u64)(base & 0xffffff) << 16 | (u64)(base >> 24 & 0xff) << 56;
}

#ifdef __x86_64__
/** struct pvops_gate - 16-byte gate of an IDT (Intel SDM vol. 3, figure 6-8). */
struct pvops_gate {
	u64 low;
	u64 high;
};
#else
/** struct pvops_gate - 8-byte gate of an IDT (Intel SDM vol. 3, figure 6-2). */
struct pvops_gate {
	u32 low;
	u32 high;
};
#endif

#ifdef __x86_64__
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
#else
/**
 * struct pvops_tss - task-state segment (Intel SDM vol. 3, figure 8-2), with its I/O bitmap.
 * @link: selector of the task that was interrupted, set by the CPU
 * @stack: stacks for entries from user mode (index 0 is the kernel's)
 * @cr3: and all up to @ldt: state of a task that is switched to; of use for a task gate only
 * @trap: bit 0: #DB when the task is switched to
 * @io_base: offset of @io_bitmap, or at least the segment's limit for "no port"
 * @io_bitmap: a set bit denies the port; the last byte stays all ones
 */
struct pvops_tss {
	u32 link;
	struct {
		u32 sp;
		u32 ss;
	} stack[3];
	u32 cr3, ip, flags, ax, cx, dx, bx, sp, bp, si, di;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap;
	u16 io_base;
	u8 io_bitmap[65536 / 8 + 1];
} __attribute__((packed));
#endif

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
 * @entry: virtual address of the first instruction, interrupts off, @arg as a C function has it
 * @stack: initial stack pointer; the address is 16-byte aligned
 * @gs_base: virtual address of its per-CPU area, the base of GS from the first instruction;
 *	i386: in a GDT of the library's, selector PVOPS_BOOT_GS, until the kernel loads its own
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
static inline pvops_pteword_t pvops_pte_flags(pvops_pte_t pte)
{
	return (__force pvops_pteword_t)pte & ~PVOPS_PTE_FRAME;
}

/** pvops_pteval() - entry of a guest frame and flags, for mmu.make_pte. */
static inline pvops_pteval_t pvops_pteval(pvops_pfn_t pfn, pvops_pteword_t flags)
{
	/* As wide as an entry: PAE's frames go beyond what a guest-physical address here holds. */
	pvops_pteword_t frame = (__force unsigned long)pfn;

	return (__force pvops_pteval_t)(frame << PVOPS_PAGE_SHIFT | flags);
}

#endif /* PVOPS_TYPES_H */
