/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Hypercalls: the number in rax, arguments in rdi, rsi, rdx, r10, r8, by SYSCALL from a PV guest,
 * by VMCALL or VMMCALL from an HVM one (hvm_call.c), whose 32-bit form has them in eax and in ebx,
 * ecx, edx, esi, edi. No hypercall page: what it would hold is this instruction.
 */
#ifndef PVOPS_XEN_HYPERCALL_H
#define PVOPS_XEN_HYPERCALL_H

#include <pvops/region.h>
#include <pvops/pvops.h>
#include "abi.h"

#ifndef PVOPS_LINUX
extern u64 xen_hypercall_counts[PVOPS_MAX_CPUS][PVOPS_XEN_NR_HYPERCALLS];
#endif

/* How this guest reaches Xen; set once, by the HVM side's init. */
enum xen_way {
	XEN_SYSCALL,
	XEN_VMCALL,
	XEN_VMMCALL,
};

extern enum xen_way xen_way;

/* An argument: what a register has. */
#ifdef __x86_64__
typedef u64 xen_arg_t;
#else
typedef unsigned long xen_arg_t;
#endif

/* hvm_call.c */
long xen_hvm_call(unsigned int nr, xen_arg_t a, xen_arg_t b, xen_arg_t c, xen_arg_t d);

#ifdef PVOPS_HOSTED
long xen_raw_call(unsigned int nr, u64 a, u64 b, u64 c, u64 d);		/* the test's */
#elif defined(PVOPS_LINUX)
/* A kernel that brings the interface brings its way to make a call, and counts for itself. */
#elif defined(__x86_64__)
/* Before GS is set up: not counted. */
static inline long xen_raw_call(unsigned int nr, u64 a, u64 b, u64 c, u64 d)
{
	register u64 r10 asm("r10") = d;
	long ret;

	if (__builtin_expect(xen_way != XEN_SYSCALL, 0))
		return xen_hvm_call(nr, a, b, c, d);
	/* A debug Xen destroys the argument registers to teach us not to rely on them. */
	asm volatile(PVOPS_NATIVE("syscall")
		     : "=a"(ret), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
		     : "0"((u64)nr)
		     : "rcx", "r11", "r8", "memory");
	return ret;
}
#else
static inline long xen_raw_call(unsigned int nr, xen_arg_t a, xen_arg_t b, xen_arg_t c,
				xen_arg_t d)
{
	return xen_hvm_call(nr, a, b, c, d);
}
#endif

#ifdef PVOPS_LINUX
#define xen_call(nr, a, b, c, d)	xen_raw_call(nr, a, b, c, d)
#else
static inline long xen_call(unsigned int nr, xen_arg_t a, xen_arg_t b, xen_arg_t c, xen_arg_t d)
{
	xen_hypercall_counts[pvops_cpu()][nr]++;
	return xen_raw_call(nr, a, b, c, d);
}
#endif

#define xen_call0(nr)			xen_call(nr, 0, 0, 0, 0)
#define xen_call1(nr, a)		xen_call(nr, (xen_arg_t)(a), 0, 0, 0)
#define xen_call2(nr, a, b)		xen_call(nr, (xen_arg_t)(a), (xen_arg_t)(b), 0, 0)
#define xen_call3(nr, a, b, c)							\
	xen_call(nr, (xen_arg_t)(a), (xen_arg_t)(b), (xen_arg_t)(c), 0)
#define xen_call4(nr, a, b, c, d)						\
	xen_call(nr, (xen_arg_t)(a), (xen_arg_t)(b), (xen_arg_t)(c), (xen_arg_t)(d))

/* A failure nobody can act upon is still said: once a place. */
#define XEN_MUST(what, call)							\
	do {									\
		static bool said_;						\
		long err_ = (call);						\
		if (err_ < 0 && !said_) {					\
			said_ = true;						\
			xen_instr_begin();					\
			pvops_log("xen: %s failed: error %ld", what, err_);	\
			xen_instr_end();					\
		}								\
	} while (0)

#endif /* PVOPS_XEN_HYPERCALL_H */
