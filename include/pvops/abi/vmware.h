/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * VMware's interface to its guests, as "Mechanisms to determine if software is running in a
 * VMware virtual machine" (VMware KB 1009458) and Linux' guest code tell it.
 *
 * A call takes a magic number in eax and the command in ecx; edx says how: the port, or flags
 * where an instruction of hardware virtualization is used instead. A command that the host does
 * not know leaves all ones in eax.
 */
#ifndef PVOPS_ABI_VMWARE_H
#define PVOPS_ABI_VMWARE_H

#include <pvops/types.h>

#define VMWARE_SIGNATURE		"VMwareVMware"

/* CPUID, above the base: eax TSC in kHz, ebx bus in kHz, ecx the instruction to call by. */
#define VMWARE_LEAF_TIMING		0x10
#define VMWARE_ECX_VMMCALL		(1U << 0)
#define VMWARE_ECX_VMCALL		(1U << 1)

#define VMWARE_PORT			0x5658U
#define VMWARE_MAGIC			0x564d5868U	/* "VMXh" */
#define VMWARE_UNKNOWN			0xffffffffU

#define VMWARE_CMD_GETVERSION		10	/* eax version, ebx magic, ecx product */
#define VMWARE_CMD_GETHZ		45	/* ebx:eax TSC in Hz, ecx bus in Hz */
#define VMWARE_CMD_STEALCLOCK		91	/* in: esi:edi guest-physical address */

/* STEALCLOCK: bit 0 of the address switches off; answers in eax. */
#define VMWARE_STEAL_OFF		1U
#define VMWARE_STEAL_DISABLED		0U
#define VMWARE_STEAL_ENABLED		1U

/** struct vmware_steal - shared with the host, one a CPU. @clock: ticks of the TSC stolen. */
struct vmware_steal {
	u64 clock;
	u64 reserved[7];
} __attribute__((aligned(64)));

#endif /* PVOPS_ABI_VMWARE_H */
