/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#include "guest.h"

/* gdt.c: this CPU's descriptor tables and entries. */
void cpu_tables_init(void);

#define NR_VECTORS	256
extern struct pvops_gate idt[NR_VECTORS];	/* of all CPUs */

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

/* entry.S, trap.c */
void trap(struct regs *regs);
void syscall(struct regs *regs);
void before_user(struct regs *regs);

/* Interrupts that came between STI and HLT, where that is forgiven. */
extern u32 trap_before_halt;

#endif /* GUEST_TRAP_H */
