// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Synthetic timer 0 of each CPU, in direct mode if the host has it, else by messages of the
 * SynIC (TLFS, "Timers", "Virtual Interrupt Control", "Inter-Partition Communication").
 *
 * Its interrupt has a vector of its own, one of those that the base gives to PVOPS_IRQ_HOST: the
 * base's timer vector knows the base's deadlines only.
 */
#include <pvops/insn.h>
#include "hyperv.h"

#define REF_NS		100
#define TIMER_SINT	4
#define FAR_NS		(86400 * 1000000000ULL)	/* hosts compute in signed nanoseconds */

static bool direct(void)
{
	return hyperv.has & HV_HAS_STIMER_DIRECT;
}

static void nothing(u32 irq, void *data)
{
}

/* The highest vector that the base can bind. */
static u32 find_vector(void)
{
	pvops_fn_irq_bind_t *bind = pvops_base_func(PVOPS_OP_irq_bind);
	pvops_fn_irq_unbind_t *unbind = pvops_base_func(PVOPS_OP_irq_unbind);

	for (u32 vector = 0xfe; vector >= 0x20; vector--) {
		const struct pvops_irq_source source = { PVOPS_IRQ_HOST, vector };
		int irq = bind(&source, 0, nothing, NULL);

		if (irq < 0)
			continue;
		unbind((u32)irq);
		return (u32)irq;
	}
	return 0;
}

void hyperv_timer_late_init(void)
{
	if (!hyperv_uses(HYPERV_STIMER))
		return;
	hyperv.timer_vector = find_vector();
	if (!hyperv.timer_vector && hyperv_give_up(HYPERV_STIMER))
		pvops_log("hyperv: no vector is left for the synthetic timer");
}

static int synic_on(struct hyperv_cpu *cpu)
{
	u64 control;

	if (!cpu->messages || hyperv_place(HV_MSR_SIMP, cpu->messages) ||
	    hyperv_rdmsr(HV_MSR_SCONTROL, &control) ||
	    hyperv_wrmsr(HV_MSR_SCONTROL, control | 1))
		return -PVOPS_EIO;
	return 0;
}

static int timer_on(void)
{
	u64 config = HV_STIMER_AUTO_ENABLE, now;

	if (direct()) {
		config |= HV_STIMER_DIRECT | (u64)hyperv.timer_vector << HV_STIMER_VECTOR_SHIFT;
	} else {
		config |= (u64)TIMER_SINT << HV_STIMER_SINT_SHIFT;
		/* Not masked, no automatic end. */
		if (hyperv_wrmsr(HV_MSR_SINT0 + TIMER_SINT, hyperv.timer_vector))
			return -PVOPS_EIO;
	}
	/* The count first: a timer that runs may not be configured. */
	if (hyperv_wrmsr(HV_MSR_STIMER0_COUNT, 0) || hyperv_wrmsr(HV_MSR_STIMER0_CONFIG, config) ||
	    hyperv_rdmsr(HV_MSR_STIMER0_CONFIG, &now) || now != config)
		return -PVOPS_EIO;
	return 0;
}

void hyperv_timer_begin(struct hyperv_cpu *cpu)
{
	bool synic = true;

	if (hyperv_uses(HYPERV_SYNIC)) {
		synic = !synic_on(cpu);
		if (!synic)
			pvops_log("hyperv: CPU %u: the SynIC cannot be enabled", pvops_cpu());
	}
	if (!hyperv_uses(HYPERV_STIMER))
		return;
	cpu->deadline = 0;
	cpu->timer_failed = (!direct() && !synic) || timer_on();
	if (cpu->timer_failed)
		pvops_log("hyperv: CPU %u: the synthetic timer cannot be set up; native's instead",
			  pvops_cpu());
}

void hyperv_timer_end(void)
{
	u64 page;

	if (hyperv_uses(HYPERV_STIMER))
		hyperv_time_stop_timer();
	if (!hyperv_uses(HYPERV_SYNIC))
		return;
	if (hyperv_wrmsr(HV_MSR_SINT0 + TIMER_SINT, HV_SINT_MASKED | hyperv.timer_vector) ||
	    hyperv_wrmsr(HV_MSR_SCONTROL, 0) || hyperv_rdmsr(HV_MSR_SIMP, &page) ||
	    hyperv_wrmsr(HV_MSR_SIMP, page & ~HV_PAGE_ENABLE))
		pvops_log("hyperv: CPU %u: the SynIC cannot be disabled", pvops_cpu());
}

/* @deadline is not 0: a count of 0 would stop it. */
static int arm(u64 deadline)
{
	u64 now = hyperv_time_clock();

	deadline = hyperv_to_reference(deadline);
	/* Farther than a day: it comes early, is found not due, and set again. */
	if (deadline > now && deadline - now > FAR_NS)
		deadline = now + FAR_NS;
	return hyperv_wrmsr(HV_MSR_STIMER0_COUNT,
			    deadline / REF_NS + (deadline % REF_NS != 0));
}

/* At once, for on i386 it is two words: the timer's interrupt would take half of one for due. */
static void note(struct hyperv_cpu *cpu, u64 deadline)
{
	pvops_store64(&cpu->deadline, deadline);
}

int hyperv_time_set_timer(u64 deadline)
{
	struct hyperv_cpu *cpu = hyperv_this_cpu();
	pvops_fn_time_set_timer_t *base = pvops_base_func(PVOPS_OP_time_set_timer);

	if (!hyperv_uses(HYPERV_STIMER) || cpu->timer_failed)
		return base(deadline);
	deadline = deadline ? deadline : 1;
	note(cpu, deadline);
	return arm(deadline);
}

int hyperv_time_stop_timer(void)
{
	struct hyperv_cpu *cpu = hyperv_this_cpu();
	pvops_fn_time_stop_timer_t *base = pvops_base_func(PVOPS_OP_time_stop_timer);

	if (!hyperv_uses(HYPERV_STIMER) || cpu->timer_failed)
		return base();
	note(cpu, 0);
	return hyperv_wrmsr(HV_MSR_STIMER0_COUNT, 0);
}

/* Empty the slot, or the next message waits for ever. */
static void take_message(struct hyperv_cpu *cpu)
{
	struct hv_message *slot = cpu->messages + TIMER_SINT;
	static bool said;
	u32 type = __atomic_load_n(&slot->type, __ATOMIC_ACQUIRE);

	if (type == HV_MESSAGE_NONE)
		return;
	if (type != HV_MESSAGE_TIMER && !said) {
		said = true;
		pvops_log("hyperv: a message of type 0x%x where timers report: ignored", type);
	}
	/* First empty, then look whether one waits: the other way round one could be missed. */
	__atomic_store_n(&slot->type, HV_MESSAGE_NONE, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&slot->flags, __ATOMIC_RELAXED) & HV_MESSAGE_PENDING)
		hyperv_wrmsr(HV_MSR_EOM, 0);
}

void hyperv_timer_irq(u32 irq, void *data)
{
	struct hyperv_cpu *cpu = data;

	if (!direct())
		take_message(cpu);
	if (cpu->deadline && hyperv.clock() >= cpu->deadline) {
		cpu->deadline = 0;
		cpu->handler(irq, cpu->data);
		return;
	}
	/* Of a deadline that has been replaced, or before a far one. */
	if (cpu->deadline)
		arm(cpu->deadline);
	hyperv_irq_eoi(irq);
}
