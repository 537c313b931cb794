/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The reference guest kernel: what its files share. */
#ifndef GUEST_H
#define GUEST_H

#define DIRECT_MAP	0xffff880000000000	/* slot 272: free natively and under Xen PV */
#define USER_END	0x0000800000000000
#define KERNEL_STACK	16384

#define SEL_KERNEL_CS	0x08
#define SEL_KERNEL_DS	0x10
#define SEL_USER_DS	0x1b
#define SEL_USER_CS	0x23
#define SEL_TSS		0x28
#define SEL_LDT		0x38
#define SEL_TLS		0x48
#define GDT_ENTRIES	16

/* Offsets into struct cpu, for entry.S. */
#define CPU_USER_SP	512
#define CPU_KERNEL_SP	520

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
	unsigned long user_sp;		/* SYSCALL: the user's stack for a moment */
	unsigned long kernel_sp;	/* top of the current thread's kernel stack */
	struct cpu *self;
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
	u8 fault_stack[4096] __attribute__((aligned(4096)));
} __attribute__((aligned(4096)));

/* Registers on the kernel stack, as entry.S pushes them. */
struct regs {
	unsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
	unsigned long rax, rcx, rdx, rsi, rdi;
	unsigned long vector, error;
	unsigned long rip, cs, rflags, rsp, ss;
};

extern struct pvops_boot *guest_boot;
extern const struct pvops_host guest_host;
extern struct cpu *cpus[MAX_CPUS];
extern unsigned int nr_cpus;		/* that run */

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	asm volatile("mov %%gs:528, %0" : "=r"(cpu));
	return cpu;
}

static inline bool from_user(const struct regs *regs)
{
	return regs->cs & 3;
}

/* fpu.c: this CPU may run processes that use the FPU. */
void fpu_init(void);

/* console.c */
void kprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void kpanic(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void leave(unsigned int status) __attribute__((noreturn));
void leave_by(unsigned int status, unsigned int reason) __attribute__((noreturn));

#endif /* __ASSEMBLY__ */
#endif /* GUEST_H */
