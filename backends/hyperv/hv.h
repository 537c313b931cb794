/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The instructions of this backend; the host tests have a scripted hypervisor in their place. */
#ifndef PVOPS_HYPERV_HV_H
#define PVOPS_HYPERV_HV_H

#include <pvops/insn.h>
#include <pvops/types.h>

/* Where the hypervisor puts the instruction that calls it. */
extern u8 hyperv_page[];

#ifdef PVOPS_HOSTED
u64 hv_page_call(u64 input, u64 a, u64 b);
u64 hv_tsc(void);
u32 hv_apic_id(void);
unsigned long hv_irq_save(void);
void hv_irq_restore(unsigned long flags);
#else

#ifdef __x86_64__
static inline u64 hv_page_call(u64 input, u64 a, u64 b)
{
	register u64 r8 asm("r8") = b;
	u64 result;

	asm volatile("call	hyperv_page"
		     : "=a"(result), "+c"(input), "+d"(a), "+r"(r8)
		     : : "r9", "r10", "r11", "memory", "cc");
	return result;
}
#else
static inline u64 hv_page_call(u64 input, u64 a, u64 b)
{
	u32 b_high = (u32)(b >> 32), b_low = (u32)b, a_high = (u32)(a >> 32), a_low = (u32)a;

	/* Pairs: the input edx:eax, then ebx:ecx and edi:esi; the result edx:eax. */
	asm volatile("call	hyperv_page"
		     : "+A"(input), "+b"(a_high), "+c"(a_low), "+D"(b_high), "+S"(b_low)
		     : : "memory", "cc");
	return input;
}
#endif

static inline u64 hv_tsc(void)
{
	return pvops_insn_rdtsc();
}

static inline u32 hv_apic_id(void)
{
	u32 a = 1, b, c = 0, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return b >> 24;
}

static inline unsigned long hv_irq_save(void)
{
	unsigned long flags;

	asm volatile("pushf; pop %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void hv_irq_restore(unsigned long flags)
{
	if (flags & PVOPS_FLAGS_IF)
		asm volatile("sti" : : : "memory");
}
#endif /* PVOPS_HOSTED */

#endif /* PVOPS_HYPERV_HV_H */
