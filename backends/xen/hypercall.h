/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Hypercalls, by the SYSCALL instruction itself: rax number and result; rdi rsi rdx r10 r8
 * arguments; rcx and r11 lost. There is no hypercall page, and no ELF note that asks for one,
 * so nothing is executed before Xen has filled it and nothing can be missing.
 *
 * Each hypercall counts itself in this CPU's block (pvops_xen_hypercalls()). The raw form does
 * not: it is for code that runs before GS has a base.
 */
#ifndef PVOPS_XEN_HYPERCALL_H
#define PVOPS_XEN_HYPERCALL_H

static inline long xen_hypercall_raw(unsigned long nr, unsigned long a1, unsigned long a2,
				     unsigned long a3, unsigned long a4)
{
	register unsigned long r10 asm("r10") = a4;
	long ret = (long)nr;

	/* A debug build of Xen overwrites the arguments. */
	asm volatile("syscall"
		     : "+a"(ret), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10)
		     :
		     : "rcx", "r11", "r8", "memory", "cc");
	return ret;
}

static inline long xen_hypercall(unsigned long nr, unsigned long a1, unsigned long a2,
				 unsigned long a3, unsigned long a4)
{
	register unsigned long r10 asm("r10") = a4;
	long ret = (long)nr;

	asm volatile("incl %%gs:pvops_percpu+128(, %%rax, 4)\n"
		     "	syscall"
		     : "+a"(ret), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10)
		     :
		     : "rcx", "r11", "r8", "memory", "cc");
	return ret;
}

#define XEN_ARG(ptr)	((unsigned long)(ptr))

#endif /* PVOPS_XEN_HYPERCALL_H */
