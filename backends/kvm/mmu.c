// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Flushing other CPUs' TLBs: for a vCPU that the host has put aside it is enough to leave a note in
 * its steal area; the host flushes before it runs again. The others get the base's IPI.
 */
#include "kvm.h"

static pvops_fn_mmu_flush_others_t *base_flush;

void kvm_mmu_init(void)
{
	base_flush = pvops_base_func(PVOPS_OP_mmu_flush_others);
}

/* True if the host will do it. */
static bool leave_note(struct kvm_cpu *c)
{
	u8 was;

	if (!c || !__atomic_load_n(&c->steal_on, __ATOMIC_ACQUIRE))
		return false;
	was = __atomic_load_n(&c->steal.preempted, __ATOMIC_RELAXED);
	if (!(was & KVM_PREEMPTED))
		return false;
	/*
	 * Fails if the vCPU runs again meanwhile: the host takes the whole byte in one step. Being
	 * locked it also comes behind our stores to the page tables.
	 */
	return __atomic_compare_exchange_n(&c->steal.preempted, &was, was | KVM_FLUSH_TLB, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

void kvm_flush_others(const struct pvops_cpumask *mask, unsigned long start, unsigned long end)
{
	struct pvops_cpumask rest = *mask;
	u32 self = kvm_hv_cpu();

	for (u32 cpu = 0; cpu < PVOPS_MAX_CPUS; cpu++) {
		u64 bit = 1ULL << cpu % 64;

		if (cpu != self && rest.bits[cpu / 64] & bit && leave_note(kvm.cpus[cpu]))
			rest.bits[cpu / 64] &= ~bit;
	}
	base_flush(&rest, start, end);
}
