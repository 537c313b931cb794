// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What each CPU tells the host of itself when it comes and when it goes: its areas are the
 * kernel's memory, and the host must let go of them before the kernel may.
 */
#include "kvm.h"

#define LEAF_TOPOLOGY	0xb

static u32 own_apic_id(void)
{
	u32 regs[4] = { 0 };

	kvm_hv_cpuid(regs);
	if (regs[0] >= LEAF_TOPOLOGY) {
		regs[0] = LEAF_TOPOLOGY;
		regs[2] = 0;
		kvm_hv_cpuid(regs);
		/* All 32 bits of it, where there is an x2APIC. */
		if (regs[1])
			return regs[3];
	}
	regs[0] = 1;
	regs[2] = 0;
	kvm_hv_cpuid(regs);
	return regs[1] >> 24;
}

bool kvm_share(u32 msr, const void *area, const char *what)
{
	unsigned long gpa = (__force unsigned long)pvops_get_host()->virt_to_gpa(area);
	const char *why = "has no guest-physical address";
	int err = 0;

	/* The kernel says ~0 if it does not know; the low bits are flags to the host. */
	if (!(gpa & 3)) {
		why = "is refused by the host";
		err = kvm_hv_write_msr(msr, gpa | KVM_MSR_ON);
		if (!err)
			return true;
	}
	pvops_log("kvm: CPU %u: the area for %s %s: error %d", kvm_hv_cpu(), what, why, err);
	return false;
}

static void unshare(u32 msr, bool *on)
{
	if (*on && kvm_hv_write_msr(msr, 0))
		pvops_log("kvm: CPU %u: the host does not let go of MSR %x", kvm_hv_cpu(), msr);
	*on = false;
}

/* All but the clock. */
static void share_areas(struct kvm_cpu *c)
{
	c->apic_id = own_apic_id();
	__atomic_store_n(&c->known, true, __ATOMIC_RELEASE);
	if (kvm.offered & KVM_F_STEAL) {
		c->steal = (struct kvm_steal_area){ 0 };
		__atomic_store_n(&c->steal_on, kvm_share(KVM_MSR_STEAL, &c->steal, "stolen time"),
				 __ATOMIC_RELEASE);
	}
	if (kvm.offered & KVM_F_EOI) {
		c->eoi = 0;
		c->eoi_on = kvm_share(KVM_MSR_EOI, &c->eoi, "ends of interrupts");
	}
	/* The host polls unless a guest says that it does so itself. */
	if (kvm.offered & KVM_F_POLL_CONTROL &&
	    kvm_hv_write_msr(KVM_MSR_POLL_CONTROL, kvm.no_poll ? 0 : KVM_POLL_ON))
		pvops_log("kvm: CPU %u: polling cannot be told to the host", kvm_hv_cpu());
}

static void migration(void)
{
	u64 val;

	if (!(kvm.offered & KVM_F_MIGRATION))
		return;
	/*
	 * Not ready from the start means encrypted memory, of whose state the host would have to
	 * be told. Nobody here does, so this is no place to say that we are ready.
	 */
	if (kvm_hv_read_msr(KVM_MSR_MIGRATION, &val))
		pvops_log("kvm: whether we may be migrated cannot be read");
	else if (!(val & KVM_MIGRATION_READY))
		pvops_log("kvm: not ready for migration, and left so");
	else
		kvm.used |= KVM_F_MIGRATION;
}

void kvm_first_cpu(void)
{
	struct kvm_cpu *c = kvm.cpus[0];

	share_areas(c);
	if (c->steal_on)
		kvm.used |= KVM_F_STEAL;
	if (c->eoi_on)
		kvm.used |= KVM_F_EOI;
	kvm.used |= kvm.offered & KVM_F_POLL_CONTROL;
	migration();
}

int kvm_prepare_cpu(unsigned int cpu)
{
	struct pvops_percpu *percpu = pvops_get_host()->percpu(cpu);

	if (cpu >= PVOPS_MAX_CPUS || !percpu)
		return -PVOPS_EINVAL;
	/* Prepared before: it has a past, which stays. */
	if (kvm.cpus[cpu] == (struct kvm_cpu *)percpu->priv)
		return 0;
	*(struct kvm_cpu *)percpu->priv = (struct kvm_cpu){ 0 };
	__atomic_store_n(&kvm.cpus[cpu], (struct kvm_cpu *)percpu->priv, __ATOMIC_RELEASE);
	return 0;
}

/* First thing on a started CPU. */
static void come(void)
{
	struct kvm_cpu *c = kvm_cpu_of(kvm_hv_cpu());

	if (!c)
		return;				/* started, but never prepared */
	if (kvm.clock_msr)
		kvm_clock_on(c);
	share_areas(c);
}

int kvm_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start)
{
	return pvops_base_start_cpu(cpu, start, come);
}

static void go(void)
{
	struct kvm_cpu *c = kvm_cpu_of(kvm_hv_cpu());

	if (!c)
		return;
	/* Read for the last time, for the area begins at zero in the next life. */
	kvm_steal(kvm_hv_cpu());
	unshare(KVM_MSR_STEAL, &c->steal_on);
	c->stolen_before = c->stolen;
	/* Not asleep on its way out of the host, but gone. */
	c->steal.preempted = 0;
	unshare(KVM_MSR_EOI, &c->eoi_on);
	unshare(kvm.clock_msr, &c->clock_on);
}

void kvm_stop_cpu(void)
{
	pvops_fn_smp_stop_cpu_t *base = pvops_base_func(PVOPS_OP_smp_stop_cpu);

	go();
	if (base)
		base();
}
