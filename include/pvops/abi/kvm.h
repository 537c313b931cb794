/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What KVM shows its guests: CPUID leaves, MSRs, hypercalls and the areas it shares.
 *
 * Facts from the Linux kernel's Documentation/virt/kvm/x86/{cpuid,msr,hypercalls}.rst.
 */
#ifndef PVOPS_ABI_KVM_H
#define PVOPS_ABI_KVM_H

#include <pvops/types.h>

#define KVM_SIGNATURE		"KVMKVMKVM\0\0\0"	/* 12 bytes, at any base */
#define KVM_LEAF_FEATURES	1			/* + base: eax features, edx hints */

/* Bits of the features leaf, eax. */
#define KVM_F_CLOCK_OLD		(1U << 0)
#define KVM_F_NO_IO_DELAY	(1U << 1)
#define KVM_F_CLOCK		(1U << 3)
#define KVM_F_ASYNC_PF		(1U << 4)
#define KVM_F_STEAL		(1U << 5)
#define KVM_F_EOI		(1U << 6)
#define KVM_F_UNHALT		(1U << 7)
#define KVM_F_TLB_FLUSH		(1U << 9)
#define KVM_F_ASYNC_PF_VMEXIT	(1U << 10)
#define KVM_F_SEND_IPI		(1U << 11)
#define KVM_F_POLL_CONTROL	(1U << 12)
#define KVM_F_SCHED_YIELD	(1U << 13)
#define KVM_F_ASYNC_PF_INT	(1U << 14)
#define KVM_F_MSI_EXT_DEST	(1U << 15)
#define KVM_F_MAP_GPA_RANGE	(1U << 16)
#define KVM_F_MIGRATION		(1U << 17)
#define KVM_F_CLOCK_STABLE	(1U << 24)

/* The same leaf, edx: vCPUs are never preempted for long. */
#define KVM_HINT_REALTIME	(1U << 0)

#define KVM_MSR_WALL_CLOCK_OLD	0x11
#define KVM_MSR_CLOCK_OLD	0x12
#define KVM_MSR_WALL_CLOCK	0x4b564d00
#define KVM_MSR_CLOCK		0x4b564d01
#define KVM_MSR_ASYNC_PF	0x4b564d02
#define KVM_MSR_STEAL		0x4b564d03
#define KVM_MSR_EOI		0x4b564d04
#define KVM_MSR_POLL_CONTROL	0x4b564d05
#define KVM_MSR_ASYNC_PF_INT	0x4b564d06
#define KVM_MSR_ASYNC_PF_ACK	0x4b564d07
#define KVM_MSR_MIGRATION	0x4b564d08

#define KVM_MSR_ON		1ULL	/* with the area's address: the area is in use */
#define KVM_POLL_ON		1ULL
#define KVM_MIGRATION_READY	1ULL

/* Hypercalls: number in rax, arguments in rbx rcx rdx rsi, result in rax, nothing else lost. */
#define KVM_HC_KICK_CPU		5	/* flags (0), APIC id */
#define KVM_HC_SEND_IPI		10	/* bitmap, low and high; APIC id of bit 0; ICR */
#define KVM_ENOSYS		1000	/* the result's negative: no such hypercall */

/**
 * struct kvm_clock_area - one vCPU's time, aligned to 4; the first page of pvclock.
 * @version: odd while the host writes
 * @tsc: the TSC at @ns
 * @ns: nanoseconds since the machine's boot
 * @mul: nanoseconds a shifted tick, 32 bits of fraction
 * @shift: left shift of ticks, right if negative
 * @flags: KVM_CLOCK_*
 */
struct kvm_clock_area {
	u32 version;
	u32 reserved0;
	u64 tsc;
	u64 ns;
	u32 mul;
	s8 shift;
	u8 flags;
	u8 reserved1[2];
};

/* Only where KVM_F_CLOCK_STABLE is offered: readings of different CPUs compare. */
#define KVM_CLOCK_STABLE	(1U << 0)

/** struct kvm_wall_area - the date at the clock's 0; written when the MSR is. */
struct kvm_wall_area {
	u32 version;
	u32 sec;
	u32 nsec;
};

/**
 * struct kvm_steal_area - aligned to 64, zeroed before the host is told of it.
 * @stolen: nanoseconds the vCPU wanted to run and did not
 * @version: odd while the host writes
 * @preempted: KVM_PREEMPTED, and what the host does before the vCPU runs again
 */
struct kvm_steal_area {
	u64 stolen;
	u32 version;
	u32 flags;
	u8 preempted;
	u8 reserved[47];
};

#define KVM_PREEMPTED		(1U << 0)
#define KVM_FLUSH_TLB		(1U << 1)	/* only where KVM_F_TLB_FLUSH is offered */

/* Bit 0 of a zeroed u32, aligned to 4: no write to the APIC is needed, clearing it will do. */
#define KVM_EOI_BIT		0

_Static_assert(sizeof(struct kvm_clock_area) == 32, "KVM's clock area");
_Static_assert(sizeof(struct kvm_steal_area) == 64, "KVM's steal area");

#endif /* PVOPS_ABI_KVM_H */
