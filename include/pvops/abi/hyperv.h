/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Wire constants of the interface "Hv#1" (Hypervisor Top Level Functional Specification, TLFS). */
#ifndef PVOPS_ABI_HYPERV_H
#define PVOPS_ABI_HYPERV_H

#include <pvops/types.h>

#define HV_SIGNATURE		"Microsoft Hv"
#define HV_INTERFACE		0x31237648U	/* "Hv#1" */

/* Leaves, from the base on. */
#define HV_LEAF_INTERFACE	1
#define HV_LEAF_FEATURES	3
#define HV_LEAF_HINTS		4

/* Features, eax: MSRs this partition may touch. */
#define HV_MAY_REF_COUNTER	(1U << 1)
#define HV_MAY_SYNIC		(1U << 2)
#define HV_MAY_STIMER		(1U << 3)
#define HV_MAY_APIC		(1U << 4)	/* EOI, ICR, TPR and the VP assist page */
#define HV_MAY_HYPERCALL	(1U << 5)
#define HV_MAY_VP_INDEX		(1U << 6)
#define HV_MAY_RESET		(1U << 7)
#define HV_MAY_REF_TSC		(1U << 9)
#define HV_MAY_FREQUENCIES	(1U << 11)
#define HV_MAY_TSC_INVARIANT	(1U << 15)

/* Features, ebx: what it may do to others. */
#define HV_CREATE_PARTITIONS	(1U << 0)
#define HV_CPU_MANAGEMENT	(1U << 12)
#define HV_ISOLATED		(1U << 22)

/* Features, edx: what there is. */
#define HV_HAS_FREQUENCIES	(1U << 8)
#define HV_HAS_CRASH		(1U << 10)
#define HV_HAS_STIMER_DIRECT	(1U << 19)

/* Recommendations, eax; ebx is how often to look at a lock before telling the host. */
#define HV_HINT_REMOTE_FLUSH	(1U << 2)
#define HV_HINT_APIC_MSRS	(1U << 3)
#define HV_HINT_RESET		(1U << 4)
#define HV_HINT_CLUSTER_IPI	(1U << 10)
#define HV_HINT_EX_MASKS	(1U << 11)
#define HV_HINT_NESTED		(1U << 12)
#define HV_SPIN_NEVER		0xffffffffU

/* MSRs. */
#define HV_MSR_GUEST_OS_ID	0x40000000
#define HV_MSR_HYPERCALL	0x40000001
#define HV_MSR_VP_INDEX		0x40000002
#define HV_MSR_RESET		0x40000003
#define HV_MSR_REF_COUNTER	0x40000020
#define HV_MSR_REF_TSC		0x40000021
#define HV_MSR_TSC_FREQUENCY	0x40000022
#define HV_MSR_APIC_FREQUENCY	0x40000023
#define HV_MSR_EOI		0x40000070
#define HV_MSR_ICR		0x40000071
#define HV_MSR_VP_ASSIST	0x40000073
#define HV_MSR_SCONTROL		0x40000080
#define HV_MSR_SIMP		0x40000083
#define HV_MSR_EOM		0x40000084
#define HV_MSR_SINT0		0x40000090
#define HV_MSR_STIMER0_CONFIG	0x400000b0
#define HV_MSR_STIMER0_COUNT	0x400000b1
#define HV_MSR_CRASH_P0		0x40000100	/* to P4 */
#define HV_MSR_CRASH_CTL	0x40000105
#define HV_MSR_TSC_INVARIANT	0x40000118

/* MSRs that place a page: its address, reserved bits to be kept, and these. */
#define HV_PAGE_ENABLE		1ULL
#define HV_PAGE_KEEP		0xffeULL
#define HV_HYPERCALL_LOCKED	2ULL

#define HV_OS_OPEN_SOURCE	(1ULL << 63)
#define HV_OS_TYPE_SHIFT	56
#define HV_OS_VERSION_SHIFT	16	/* 32 bits */

#define HV_TSC_INVARIANT_SHOWN	1ULL		/* CPUID 0x80000007 says it then */
#define HV_SINT_MASKED		(1ULL << 16)
#define HV_CRASH_NOTIFY		(1ULL << 63)
#define HV_NO_EOI_REQUIRED	1U		/* in the first word of the VP assist page */

/* A synthetic timer's configuration. */
#define HV_STIMER_AUTO_ENABLE	(1ULL << 3)
#define HV_STIMER_VECTOR_SHIFT	4
#define HV_STIMER_DIRECT	(1ULL << 12)
#define HV_STIMER_SINT_SHIFT	16

/** struct hv_ref_tsc - the reference TSC page: time = (tsc * scale >> 64) + offset, in 100 ns. */
struct hv_ref_tsc {
	u32 sequence;		/* 0: not valid, use the counter */
	u32 reserved;
	u64 scale;
	s64 offset;
};

/** struct hv_message - a slot of the SynIC's message page, one a source. */
struct hv_message {
	u32 type;
	u8 size;
	u8 flags;
	u16 reserved;
	u64 sender;
	u64 payload[30];
};

#define HV_MESSAGE_NONE		0
#define HV_MESSAGE_TIMER	0x80000010U
#define HV_MESSAGE_PENDING	1		/* flags: another one waits for this slot */

/* Hypercalls: input value, result. */
#define HV_CALL_FLUSH_SPACE	0x0002
#define HV_CALL_FLUSH_LIST	0x0003
#define HV_CALL_LONG_SPIN	0x0008
#define HV_CALL_SEND_IPI	0x000b
#define HV_CALL_FLUSH_SPACE_EX	0x0013
#define HV_CALL_FLUSH_LIST_EX	0x0014
#define HV_CALL_SEND_IPI_EX	0x0015
#define HV_CALL_FAST		(1ULL << 16)
#define HV_CALL_VARHEAD_SHIFT	17
#define HV_CALL_REPS_SHIFT	32
#define HV_CALL_START_SHIFT	48
#define HV_REPS_MASK		0xfffU
#define HV_STATUS_MASK		0xffffU
#define HV_STATUS_SUCCESS	0

#define HV_FLUSH_ALL_SPACES	2ULL
#define HV_GVA_MORE_MAX		0xfffUL		/* pages a range has besides its first */
#define HV_VP_SET_SPARSE	0ULL
#define HV_VP_BANKS		64

/** struct hv_flush - input of FLUSH_SPACE and FLUSH_LIST; ranges follow. */
struct hv_flush {
	u64 space;
	u64 flags;
	u64 cpus;		/* bit n: VP n */
};

/** struct hv_vp_set - any VPs: a bit a bank of 64, then the banks that are there. */
struct hv_vp_set {
	u64 format;
	u64 valid;
	u64 banks[];
};

/** struct hv_flush_ex - input of the _EX forms; ranges follow the banks. */
struct hv_flush_ex {
	u64 space;
	u64 flags;
	struct hv_vp_set set;
};

/** struct hv_ipi_ex - input of SEND_IPI_EX. */
struct hv_ipi_ex {
	u32 vector;
	u32 vtl;
	struct hv_vp_set set;
};

#endif /* PVOPS_ABI_HYPERV_H */
