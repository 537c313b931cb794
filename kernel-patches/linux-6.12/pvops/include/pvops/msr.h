/* SPDX-License-Identifier: GPL-2.0 */
/* What asm/msr.h has at its end with CONFIG_PVOPS: MSRs by ops. */
#ifndef _PVOPS_MSR_H
#define _PVOPS_MSR_H

#include <asm/paravirt.h>

static inline u64 paravirt_read_msr(unsigned int msr)
{
	return pvops_linux_read_msr(msr);
}

static inline u64 paravirt_read_msr_safe(unsigned int msr, int *err)
{
	return pvops_linux_read_msr_safe(msr, err);
}

static __always_inline void paravirt_write_msr(unsigned int msr, u32 low, u32 high)
{
	PVOPS_ASM(PVOPS_LEAD_ASIDE_cpu_write_msr("wrmsr\n"
						 _ASM_EXTABLE_TYPE(771b, 774f, EX_TYPE_WRMSR),
						 "", "")
		  : PVOPS_SP : "c" (msr), "a" (low), "d" (high) : "memory", "cc");
}

static inline void wrmsr(unsigned int msr, u32 low, u32 high)
{
	paravirt_write_msr(msr, low, high);
	if (tracepoint_enabled(write_msr))
		do_trace_write_msr(msr, ((u64)high << 32 | low), 0);
}

static inline void wrmsrl(unsigned int msr, u64 val)
{
	wrmsr(msr, (u32)val, (u32)(val >> 32));
}

static inline int wrmsr_safe(unsigned int msr, u32 low, u32 high)
{
	return pvops_linux_write_msr_safe(msr, low, high);
}

#define rdmsr(msr, low, high)				\
do {							\
	u64 _l = paravirt_read_msr(msr);		\
	(low) = (u32)_l;				\
	(high) = _l >> 32;				\
} while (0)

#define rdmsrl(msr, val)	((val) = paravirt_read_msr(msr))

#define rdmsr_safe(msr, low, high)			\
({							\
	int _err;					\
	u64 _l = paravirt_read_msr_safe(msr, &_err);	\
	*(low) = (u32)_l;				\
	*(high) = _l >> 32;				\
	_err;						\
})

static inline int rdmsrl_safe(unsigned int msr, unsigned long long *p)
{
	int err;

	*p = paravirt_read_msr_safe(msr, &err);
	return err;
}

#endif /* _PVOPS_MSR_H */
