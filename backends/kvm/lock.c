// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Waiting for a lock in the host: to wait is to halt, to kick is a hypercall, which ends a halt
 * even with interrupts off. A kick that comes before the halt is kept for it.
 */
#include "kvm.h"

static pvops_fn_lock_wait_t *base_wait;
static bool kicks_failed;

void kvm_lock_init(void)
{
	base_wait = pvops_base_func(PVOPS_OP_lock_wait);
	kicks_failed = false;
}

void kvm_lock_wait(const u32 *word, u32 val)
{
	unsigned long flags;

	/* Who cannot be kicked must not sleep. */
	if (__atomic_load_n(&kicks_failed, __ATOMIC_RELAXED)) {
		base_wait(word, val);
		return;
	}
	/* An interrupt between look and halt would have us sleep on what it has changed. */
	flags = kvm_hv_irqs_off();
	if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != val) {
		if (flags & PVOPS_FLAGS_IF)
			kvm_hv_irqs_on();
		return;
	}
	if (flags & PVOPS_FLAGS_IF)
		kvm_hv_enable_halt();
	else
		kvm_hv_halt();
}

void kvm_lock_kick(unsigned int cpu)
{
	struct kvm_cpu *c = kvm_cpu_of(cpu);
	long err;

	if (!c || !__atomic_load_n(&c->known, __ATOMIC_ACQUIRE))
		return;
	err = kvm_call(KVM_HC_KICK_CPU, 0, c->apic_id, 0, 0);
	if (err < 0 && !__atomic_exchange_n(&kicks_failed, true, __ATOMIC_RELAXED))
		pvops_log("kvm: lock.kick of CPU %u: error %ld: nobody halts for a lock any more",
			  cpu, err);
}

/* To ourselves: our next halt ends at once, which does no harm. */
bool kvm_kick_works(void)
{
	long err = kvm_call(KVM_HC_KICK_CPU, 0, kvm.cpus[0]->apic_id, 0, 0);

	if (err)
		pvops_log("kvm: kicks by hypercall are offered, but fail: error %ld", err);
	return !err;
}
