// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* As KVM shows itself: <pvops/abi/kvm.h>. */
#include "host.h"
#include <pvops/abi/kvm.h>

#define FEATURES (KVM_F_NO_IO_DELAY | KVM_F_CLOCK | KVM_F_STEAL | KVM_F_EOI | KVM_F_UNHALT | \
		  KVM_F_TLB_FLUSH | KVM_F_SEND_IPI | KVM_F_POLL_CONTROL | KVM_F_SCHED_YIELD | \
		  KVM_F_CLOCK_STABLE)
#define HC_SCHED_YIELD	11
#define EPERM		1

static void kvm_cpuid(u32 leaf, u32 out[4])
{
	if (!leaf) {
		out[0] = 0x40000001;
		copy_text(out + 1, KVM_SIGNATURE);
	} else {
		out[0] = FEATURES;
	}
}

static void write_clock(u64 gpa)
{
	struct kvm_clock_area *area = at(gpa);
	u64 mul = (1000000ULL << 32) / tsc_khz;
	s8 shift = 0;

	while (mul >> 32) {
		mul >>= 1;
		shift++;
	}
	area->version++;
	area->tsc = tsc_start;
	area->ns = 0;
	area->mul = mul;
	area->shift = shift;
	area->flags = KVM_CLOCK_STABLE;
	area->version++;
}

static void write_date(u64 gpa)
{
	struct kvm_wall_area *area = at(gpa);

	*area = (struct kvm_wall_area){ area->version + 2, date_start, 0 };
}

static u32 *eoi_word(const struct cpu *cpu)
{
	return cpu->eoi & KVM_MSR_ON ? at(cpu->eoi & ~3ULL) : NULL;
}

static void eoi_done(struct cpu *cpu)
{
	cpu->eoi_given = false;
	cpu->vmcb->virtual_irq = 0;
	cpu->vmcb->intercept[0] &= ~ON_IRET;
	*eoi_word(cpu) &= ~(1U << KVM_EOI_BIT);
}

static bool kvm_read_msr(struct cpu *cpu, u32 msr, u64 *val)
{
	switch (msr) {
	case KVM_MSR_CLOCK:
		*val = cpu->clock;
		return true;
	case KVM_MSR_STEAL:
		*val = cpu->steal;
		return true;
	case KVM_MSR_EOI:
		*val = cpu->eoi;
		return true;
	case KVM_MSR_POLL_CONTROL:
		*val = cpu->poll;
		return true;
	}
	return false;
}

static bool kvm_write_msr(struct cpu *cpu, u32 msr, u64 val)
{
	switch (msr) {
	case KVM_MSR_WALL_CLOCK:
		write_date(val);
		return true;
	case KVM_MSR_CLOCK:
		cpu->clock = val;
		if (val & KVM_MSR_ON)
			write_clock(val & ~KVM_MSR_ON);
		return true;
	case KVM_MSR_STEAL:
		cpu->steal = val;
		return true;
	case KVM_MSR_EOI:
		if (cpu->eoi_given)
			eoi_done(cpu);
		cpu->eoi = val;
		return true;
	case KVM_MSR_POLL_CONTROL:
		cpu->poll = val;
		return true;
	}
	return false;
}

static u64 send_ipis(u64 low, u64 high, u64 first, u32 icr)
{
	u64 sent = 0;

	for (u64 i = 0; i < 128 && first + i < MAX_CPUS; i++)
		if ((i < 64 ? low >> i : high >> (i - 64)) & 1) {
			apic_send(first + i, icr);
			count(IPIS);
			sent++;
		}
	return sent;
}

static bool kvm_call(struct cpu *cpu)
{
	const u64 *regs = cpu->regs;
	u64 *rax = &cpu->vmcb->rax;

	if (cpu->vmcb->cpl) {
		*rax = -EPERM;
		return true;
	}
	switch (*rax) {
	case KVM_HC_KICK_CPU:
		*rax = 0;
		if (regs[RCX] >= MAX_CPUS || !cpus[regs[RCX]].vmcb)
			break;
		__atomic_store_n(&cpus[regs[RCX]].kicked, 1, __ATOMIC_SEQ_CST);
		if (cpus[regs[RCX]].halted)
			kick(regs[RCX]);
		count(KICKS);
		break;
	case KVM_HC_SEND_IPI:
		*rax = send_ipis(regs[RBX], regs[RCX], regs[RDX], regs[RSI]);
		break;
	case HC_SCHED_YIELD:
		*rax = 0;
		count(YIELDS);
		break;
	default:
		*rax = -KVM_ENOSYS;
	}
	return true;
}

static struct kvm_steal_area *steal_area(const struct cpu *cpu)
{
	return cpu->steal & KVM_MSR_ON ? at(cpu->steal & ~63ULL) : NULL;
}

static void kvm_halt(struct cpu *cpu)
{
	struct kvm_steal_area *area = steal_area(cpu);

	if (area)
		__atomic_store_n(&area->preempted, KVM_PREEMPTED, __ATOMIC_SEQ_CST);
}

/* The guest ends an interrupt of ours by its word, or by its APIC after all, or not at all. */
static void kvm_leave(struct cpu *cpu)
{
	if (!cpu->eoi_given || cpu->vmcb->virtual_irq & VIRQ_PENDING)
		return;
	if (!(*eoi_word(cpu) & 1U << KVM_EOI_BIT)) {
		eoi_done(cpu);
		count(EOIS);
	} else if (cpu->vmcb->exit == EXIT_IRET) {
		eoi_done(cpu);
	}
}

static bool kvm_eoi(struct cpu *cpu)
{
	bool given = cpu->eoi_given;

	if (given)
		eoi_done(cpu);
	return given;
}

/*
 * An interrupt that ends a wait comes from us, so that it needs no end at the machine's APIC. Those
 * of the machine wait until it is over. Not by the event: with others' CPUs about, QEMU 7.2 may
 * inject that twice.
 */
static void give_interrupt(struct cpu *cpu)
{
	struct vmcb *v = cpu->vmcb;
	u32 *word = eoi_word(cpu), vector;

	if (!word || cpu->eoi_given || v->exit != EXIT_INTR)
		return;
	vector = apic_take(cpu);
	if (!vector)
		return;
	v->virtual_irq = VIRQ_PENDING | VIRQ_ANY | VIRQ_ALONE | (u64)vector << VIRQ_VECTOR;
	v->intercept[0] |= ON_IRET;
	*word |= 1U << KVM_EOI_BIT;
	cpu->eoi_given = true;
}

static void kvm_wake(struct cpu *cpu)
{
	struct kvm_steal_area *area = steal_area(cpu);
	u64 ticks = steal_some(cpu);

	give_interrupt(cpu);
	if (!area)
		return;
	if (ticks) {
		area->version++;
		area->stolen += mul_div(ticks, 1000000, tsc_khz);
		area->version++;
	}
	if (__atomic_exchange_n(&area->preempted, 0, __ATOMIC_SEQ_CST) & KVM_FLUSH_TLB) {
		cpu->vmcb->tlb = TLB_FLUSH;
		count(FLUSHES_LATER);
	}
}

const struct face face_kvm = {
	.name		= "kvm",
	.cpuid		= kvm_cpuid,
	.max_leaf	= 1,
	.read_msr	= kvm_read_msr,
	.write_msr	= kvm_write_msr,
	.call		= kvm_call,
	.halt		= kvm_halt,
	.wake		= kvm_wake,
	.leave		= kvm_leave,
	.eoi		= kvm_eoi,
};
