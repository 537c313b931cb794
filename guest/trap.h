/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#include "guest.h"

/* gdt.c: this CPU's descriptor tables and entries. */
void cpu_tables_init(void);
#ifndef __x86_64__
/* The task of the double fault is ready to begin (again). */
void cpu_fault_task(void);
#endif

#define NR_VECTORS	256
extern struct pvops_gate idt[NR_VECTORS];	/* of all CPUs */

#define GATE_INTERRUPT	0x8e00
#define GATE_TASK	0x8500
#define GATE_USER	0x6000		/* DPL 3 */

/* A gate of this kind into the kernel's code segment. */
struct pvops_gate gate_make(unsigned long entry, unsigned int type);

/* What a kernel fault that was expected looked like. */
struct fault {
	unsigned int vector;
	unsigned long error;
	unsigned long addr;	/* cr2 of a page fault */
};

/*
 * Run fn(arg) and catch a fault in it: true if there was one. For tests; not nested; fn must
 * not hold locks.
 */
bool catch_fault(void (*fn)(void *arg), void *arg, struct fault *fault);

/* Called by the entry, trap.c. */
void trap(struct regs *regs);
void syscall(struct regs *regs);
void before_user(struct regs *regs);
u16 user_ss(void);		/* user mode's stack segment, always */
#ifndef __x86_64__
void double_fault(unsigned long error);
#endif

/* Interrupts that came between STI and HLT, where that is forgiven. */
extern u32 trap_before_halt;
/* Traps at sites under patching. */
extern unsigned long trap_at_site;

#endif /* GUEST_TRAP_H */
