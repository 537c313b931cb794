/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Instructions that several backends execute themselves, with what has to stand around them. Not
 * for kernels: they have the ops.
 */
#ifndef PVOPS_INSN_H
#define PVOPS_INSN_H

#include <pvops/errno.h>
#include <pvops/extable.h>

/** pvops_insn_rdtsc() - the TSC, not read before what stands before it has been done. */
static inline u64 pvops_insn_rdtsc(void)
{
	u32 lo, hi;

	asm volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

/**
 * pvops_insn_rdmsr() - read an MSR that may not exist.
 * @msr: which
 * @val: its value, 0 when it faults
 *
 * Context: any in which pvops_fixup_exception() is asked. Return: 0 or -EIO.
 */
static inline int pvops_insn_rdmsr(u32 msr, u64 *val)
{
	u32 lo = 0, hi = 0;
	int err = -PVOPS_EIO;

	asm volatile("1:	rdmsr\n"
		     "	xor	%2, %2\n"
		     "2:\n"
		     PVOPS_EXTABLE(1b, 2b)
		     : "+a"(lo), "+d"(hi), "+r"(err)
		     : "c"(msr));
	/* A fault leaves the registers as they were: zero. */
	*val = err ? 0 : (u64)hi << 32 | lo;
	return err;
}

/** pvops_insn_wrmsr() - write one. As pvops_insn_rdmsr(). */
static inline int pvops_insn_wrmsr(u32 msr, u64 val)
{
	int err = -PVOPS_EIO;

	asm volatile("1:	wrmsr\n"
		     "	xor	%0, %0\n"
		     "2:\n"
		     PVOPS_EXTABLE(1b, 2b)
		     : "+r"(err)
		     : "c"(msr), "a"((u32)val), "d"((u32)(val >> 32))
		     : "memory");
	return err;
}

#endif /* PVOPS_INSN_H */
