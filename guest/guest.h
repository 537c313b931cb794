/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The reference guest kernel: what its files share. */
#ifndef GUEST_H
#define GUEST_H

#ifdef __x86_64__
#include "layout64.h"
#else
#include "layout32.h"
#endif

#define KERNEL_STACK	16384
#define GDT_ENTRIES	16

/* Offsets into struct cpu, for the entry. */
#define CPU_SELF	512
#define CPU_USER_SP	520
#define CPU_KERNEL_SP	528

#ifndef __ASSEMBLY__
#include <pvops/pvops.h>

#define MAX_CPUS	8
#define NR_IPIS		2		/* the kernel's own; tests have the rest */

struct thread;
struct as;

/**
 * struct cpu - a CPU's own; the base of GS points to it.
 */
struct cpu {
	struct pvops_percpu pv;
	struct cpu *self;
#ifdef __x86_64__
	unsigned long user_sp;		/* SYSCALL: the user's stack for a moment */
#endif
	unsigned long kernel_sp;	/* top of the current thread's kernel stack */
	unsigned long idle_sp;		/* top of the stack that the CPU starts on */
	struct thread *current;
	struct thread *idle;
	struct as *as;			/* that is active, NULL: the kernel's */
	volatile bool online;
	volatile bool resched;
	volatile bool stop;		/* smp_stop() wants it gone */
	volatile bool quiesce;		/* no thread may run but the idle one */
	volatile bool quiet;		/* and none does */
	int timer_irq;
	int ipi_irq[NR_IPIS];
	volatile u64 ticks;
	u64 due;			/* of the next tick */
	u64 early;			/* the most that a tick came before it was due */
	u64 late;			/* and after */
	u64 deadline;			/* the test watchdog's, on this CPU */
	u64 gdt[GDT_ENTRIES] __attribute__((aligned(4096)));
	struct pvops_tss tss __attribute__((aligned(4096)));
#ifndef __x86_64__
	struct pvops_tss fault_tss __attribute__((aligned(4096)));
	u8 fault_stack[4096] __attribute__((aligned(4096)));
#endif
} __attribute__((aligned(4096)));

/* Registers on the kernel stack, as the entry pushes them. */
struct regs {
#ifdef __x86_64__
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di;
#else
	unsigned long gs, fs, es, ds;
	unsigned long bp, bx, ax, cx, dx, si, di;
#endif
	unsigned long vector, error;
	unsigned long ip, cs, flags, sp, ss;	/* complete on i386 too */
};

extern struct pvops_boot *guest_boot;
extern const struct pvops_host guest_host;
extern struct cpu *cpus[MAX_CPUS];
extern unsigned int nr_cpus;		/* that run */

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	asm volatile("mov %%gs:%c1, %0" : "=r"(cpu) : "i"(CPU_SELF));
	return cpu;
}

static inline bool from_user(const struct regs *regs)
{
	/* Not just "not 0": where the host has ring 0 for itself, i386 kernels run in ring 1. */
	return (regs->cs & 3) == 3;
}

/* fpu.c: this CPU may run processes that use the FPU; their registers, 16-byte aligned. */
void fpu_init(void);
void fpu_save(u8 area[512]);
void fpu_load(const u8 area[512]);

/* console.c */
void kprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void kpanic(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void leave(unsigned int status) __attribute__((noreturn));
void leave_by(unsigned int status, unsigned int reason) __attribute__((noreturn));

#endif /* __ASSEMBLY__ */
#endif /* GUEST_H */
