/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Every instruction by which this backend meets the host. Tests put functions of a scripted host
 * in their place.
 */
#ifndef PVOPS_KVM_HV_H
#define PVOPS_KVM_HV_H

#include <pvops/insn.h>
#include <pvops/pvops.h>

#ifdef PVOPS_HOSTED
u32 kvm_hv_cpu(void);
void kvm_hv_cpuid(u32 regs[4]);
int kvm_hv_read_msr(u32 msr, u64 *val);
int kvm_hv_write_msr(u32 msr, u64 val);
long kvm_hv_call(bool amd, unsigned long nr, unsigned long a, unsigned long b, unsigned long c,
		 unsigned long d);
u64 kvm_hv_rdtsc(void);
bool kvm_hv_take_bit(u32 *word);
unsigned long kvm_hv_irqs_off(void);
void kvm_hv_irqs_on(void);
void kvm_hv_halt(void);
void kvm_hv_enable_halt(void);
#else

static inline u32 kvm_hv_cpu(void)
{
	return pvops_cpu();
}

static inline void kvm_hv_cpuid(u32 regs[4])
{
	asm volatile("cpuid" : "+a"(regs[0]), "=b"(regs[1]), "+c"(regs[2]), "=d"(regs[3]));
}

/* 0, or -EIO where the host does not know the MSR after all. */
static inline int kvm_hv_read_msr(u32 msr, u64 *val)
{
	return pvops_insn_rdmsr(msr, val);
}

static inline int kvm_hv_write_msr(u32 msr, u64 val)
{
	return pvops_insn_wrmsr(msr, val);
}

/* @amd: which of the two instructions; the host's processor faults on the other one. */
static inline long kvm_hv_call(bool amd, unsigned long nr, unsigned long a, unsigned long b,
			       unsigned long c, unsigned long d)
{
	unsigned long ret = nr;
	long err = -PVOPS_ENOSYS;

	if (amd)
		asm volatile("1:	vmmcall\n"
			     "	xor	%k0, %k0\n"
			     "2:\n"
			     PVOPS_EXTABLE(1b, 2b)
			     : "+r"(err), "+a"(ret)
			     : "b"(a), "c"(b), "d"(c), "S"(d)
			     : "memory");
	else
		asm volatile("1:	vmcall\n"
			     "	xor	%k0, %k0\n"
			     "2:\n"
			     PVOPS_EXTABLE(1b, 2b)
			     : "+r"(err), "+a"(ret)
			     : "b"(a), "c"(b), "d"(c), "S"(d)
			     : "memory");
	return err ? err : (long)ret;
}

static inline u64 kvm_hv_rdtsc(void)
{
	return pvops_insn_rdtsc();
}

/* Test and clear in one instruction, not locked: the host looks from this vCPU only. */
static inline bool kvm_hv_take_bit(u32 *word)
{
	bool was;

	asm volatile("btrl %2, %0" : "+m"(*word), "=@ccc"(was) : "i"(KVM_EOI_BIT) : "memory");
	return was;
}

static inline unsigned long kvm_hv_irqs_off(void)
{
	unsigned long flags;

	asm volatile("pushf; pop %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void kvm_hv_irqs_on(void)
{
	asm volatile("sti" : : : "memory");
}

static inline void kvm_hv_halt(void)
{
	asm volatile("hlt" : : : "memory");
}

static inline void kvm_hv_enable_halt(void)
{
	asm volatile("sti; hlt" : : : "memory");
}
#endif /* PVOPS_HOSTED */

#endif /* PVOPS_KVM_HV_H */
