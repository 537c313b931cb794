// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What Xen's interface calls its hypercalls, for messages and tables. */
#include <pvops/xen.h>
#include "abi.h"

/* A kernel's own copy of the interface may be older. */
#ifndef __HYPERVISOR_argo_op
#define __HYPERVISOR_argo_op	39
#endif
#ifndef __HYPERVISOR_hypfs_op
#define __HYPERVISOR_hypfs_op	42
#endif

#define NAME(name)	[__HYPERVISOR_##name] = #name

const char *pvops_xen_hypercall_name(unsigned int nr)
{
	static const char *const names[PVOPS_XEN_NR_HYPERCALLS] = {
		NAME(set_trap_table), NAME(mmu_update), NAME(set_gdt), NAME(stack_switch),
		NAME(set_callbacks), NAME(fpu_taskswitch), NAME(sched_op_compat), NAME(platform_op),
		NAME(set_debugreg), NAME(get_debugreg), NAME(update_descriptor), NAME(memory_op),
		NAME(multicall), NAME(update_va_mapping), NAME(set_timer_op),
		NAME(event_channel_op_compat), NAME(xen_version), NAME(console_io),
		NAME(physdev_op_compat), NAME(grant_table_op), NAME(vm_assist),
		NAME(update_va_mapping_otherdomain), NAME(iret), NAME(vcpu_op),
		NAME(set_segment_base), NAME(mmuext_op), NAME(xsm_op), NAME(nmi_op), NAME(sched_op),
		NAME(callback_op), NAME(xenoprof_op), NAME(event_channel_op), NAME(physdev_op),
		NAME(hvm_op), NAME(sysctl), NAME(domctl), NAME(kexec_op), NAME(tmem_op),
		NAME(argo_op), NAME(xenpmu_op), NAME(dm_op), NAME(hypfs_op), NAME(mca),
		NAME(arch_1), NAME(arch_2), NAME(arch_3), NAME(arch_4), NAME(arch_5), NAME(arch_6),
		NAME(arch_7),
	};

	return nr < PVOPS_XEN_NR_HYPERCALLS && names[nr] ? names[nr] : "hypercall";
}
