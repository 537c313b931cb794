/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Instructions that several backends execute themselves, with what has to stand around them. Not
 * for kernels: they have the ops.
 */
#ifndef PVOPS_INSN_H
#define PVOPS_INSN_H

#include <pvops/errno.h>
#include <pvops/extable.h>
#include <pvops/unmark.h>

/* What code that nothing may trace or probe is made of. */
#define PVOPS_ALWAYS_INLINE	inline __attribute__((always_inline))

/** pvops_insn_rdtsc() - the TSC, not read before what stands before it has been done. */
static PVOPS_ALWAYS_INLINE u64 pvops_insn_rdtsc(void)
{
	u32 lo, hi;

#ifdef __x86_64__
	asm volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
#else
	/* A CPU with PAE may be older than lfence; a locked access is what orders there. */
	PVOPS_UNMARKED(rdtsc, "lock addl $0, (%%esp); rdtsc",
		       : "=a"(lo), "=d"(hi) : : "memory", "cc");
#endif
	return (u64)hi << 32 | lo;
}

/** pvops_mul_shift32() - (a * b) >> 32, without losing the product's upper bits. */
static PVOPS_ALWAYS_INLINE u64 pvops_mul_shift32(u64 a, u32 b)
{
#ifdef __x86_64__
	return (u64)((unsigned __int128)a * b >> 32);
#else
	return ((u64)(u32)a * b >> 32) + (a >> 32) * b;
#endif
}

/** pvops_scale() - a value times a factor with 32 bits of fraction, modulo 2^64. */
static inline u64 pvops_scale(u64 value, u64 factor)
{
#ifdef __x86_64__
	return (u64)((unsigned __int128)value * factor >> 32);
#else
	return pvops_mul_shift32(value, (u32)factor) + value * (factor >> 32);
#endif
}

/** pvops_load64() - read 8 bytes at once that others write by atomic operations. */
static PVOPS_ALWAYS_INLINE u64 pvops_load64(const u64 *from)
{
#ifdef __x86_64__
	return __atomic_load_n(from, __ATOMIC_RELAXED);
#else
	/* Two loads could see halves of two values; this writes nothing but what is there. */
	return __sync_val_compare_and_swap((u64 *)(unsigned long)from, 0, 0);
#endif
}

/**
 * pvops_cas64() - store 8 bytes if those that were are there still.
 * @at: where
 * @was: what is expected; what was found, if it was not that
 * @now: what to store
 *
 * Return: whether it was stored.
 */
static PVOPS_ALWAYS_INLINE bool pvops_cas64(u64 *at, u64 *was, u64 now)
{
#ifdef __x86_64__
	return __atomic_compare_exchange_n(at, was, now, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
#else
	/* Not __atomic: clang calls a library for 8 bytes that i386 does not align. */
	u64 found = __sync_val_compare_and_swap(at, *was, now);
	bool stored = found == *was;

	*was = found;
	return stored;
#endif
}

/** pvops_store64() - write 8 bytes at once. */
static inline void pvops_store64(u64 *at, u64 now)
{
#ifdef __x86_64__
	__atomic_store_n(at, now, __ATOMIC_RELAXED);
#else
	u64 was = *at;

	while (!pvops_cas64(at, &was, now))
		;
#endif
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

#ifdef __i386__
	if (pvops_unmark)
		asm volatile("call	pvops_unmarked_rdmsr_safe"
			     : "+a"(lo), "+d"(hi), "+b"(err) : "c"(msr));
	else
#endif
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

#ifdef __i386__
	if (pvops_unmark)
		asm volatile("call	pvops_unmarked_wrmsr_safe"
			     : "+b"(err)
			     : "c"(msr), "a"((u32)val), "d"((u32)(val >> 32))
			     : "memory");
	else
#endif
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
