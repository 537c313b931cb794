/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Calls to the host, and the few instructions that the host tests replace. */
#ifndef PVOPS_VMWARE_HV_H
#define PVOPS_VMWARE_HV_H

#include <pvops/region.h>
#include <pvops/pvops.h>
#include <pvops/abi/vmware.h>

/** enum vmware_way - the instruction that reaches the host. */
enum vmware_way {
	VMWARE_BY_PORT,
	VMWARE_BY_VMCALL,
	VMWARE_BY_VMMCALL,
};

struct vmware_regs {
	u32 eax, ebx, ecx, edx, esi, edi;
};

#if defined(PVOPS_HOSTED) || defined(VMWARE_SCRIPTED)
void vmware_in(struct vmware_regs *regs);
void vmware_vmcall(struct vmware_regs *regs);
void vmware_vmmcall(struct vmware_regs *regs);
u32 vmware_cpu(void);
#else
#define VMWARE_INSN(name, insn)								\
	static inline void name(struct vmware_regs *regs)				\
	{										\
		asm volatile(PVOPS_NATIVE(insn)						\
			     : "+a"(regs->eax), "+b"(regs->ebx), "+c"(regs->ecx),	\
			       "+d"(regs->edx), "+S"(regs->esi), "+D"(regs->edi)	\
			     : : "memory", "cc");					\
	}
VMWARE_INSN(vmware_in, "inl %%dx, %%eax")
VMWARE_INSN(vmware_vmcall, "vmcall")
VMWARE_INSN(vmware_vmmcall, "vmmcall")

static inline u32 vmware_cpu(void)
{
	return pvops_cpu();
}
#endif

/* Ask the host; regs: ebx, ecx (the command), esi, edi in, all out. */
void vmware_call(enum vmware_way way, struct vmware_regs *regs);
/* Version of the host's interface, 0 if nobody answers. */
u32 vmware_version(enum vmware_way way);
/* TSC in kHz, 0 if the host does not tell. */
u64 vmware_gethz(enum vmware_way way);
/* STEALCLOCK for the CPU it runs on; eax. */
u32 vmware_stealclock(enum vmware_way way, u64 gpa);

/* dmi.c: do the firmware's tables name VMware? */
bool vmware_dmi(void);

/* steal.c */
bool vmware_steal_offered(enum vmware_way way);
int vmware_steal_init_cpu(unsigned int cpu);
pvops_fn_time_steal_t vmware_time_steal;
pvops_fn_smp_start_cpu_t vmware_smp_start_cpu;
pvops_fn_smp_stop_cpu_t vmware_smp_stop_cpu;

#endif /* PVOPS_VMWARE_HV_H */
