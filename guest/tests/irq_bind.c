// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Sources and handlers: bind, call, hold back, end. */
#include "party.h"

static void nothing(u32 irq, void *data)
{
	pvops_irq_eoi(irq);
}

static int bind_kind(enum pvops_irq_kind kind, u32 index, unsigned int cpu,
		     pvops_irq_handler_t handler)
{
	const struct pvops_irq_source source = { kind, index };

	return pvops_irq_bind(&source, cpu, handler, NULL);
}

GUEST_TEST(irq_bind_refuses_nonsense)
{
	EXPECT(bind_kind(PVOPS_IRQ_IPI, PVOPS_MAX_IPIS, 0, nothing) == -PVOPS_EINVAL);
	EXPECT(bind_kind(PVOPS_IRQ_IPI, TEST_IPI, ~0U, nothing) == -PVOPS_EINVAL);
	EXPECT(bind_kind(PVOPS_IRQ_IPI, TEST_IPI, pvops_smp_nr_cpus(), nothing) == -PVOPS_EINVAL);
	EXPECT(bind_kind(PVOPS_IRQ_IPI, TEST_IPI, 0, NULL) == -PVOPS_EINVAL);
	EXPECT(bind_kind(PVOPS_IRQ_TIMER, 1, 0, nothing) == -PVOPS_EINVAL);
	EXPECT(bind_kind((enum pvops_irq_kind)77, 0, 0, nothing) == -PVOPS_EINVAL);
	EXPECT(bind_kind(PVOPS_IRQ_HOST, ~0U, 0, nothing) == -PVOPS_EINVAL);
}

GUEST_TEST(irq_bind_says_who_is_bound_already)
{
	EXPECT(bind_kind(PVOPS_IRQ_TIMER, 0, pvops_cpu(), nothing) == -PVOPS_EBUSY);
	EXPECT(bind_kind(PVOPS_IRQ_IPI, 0, pvops_cpu(), nothing) == -PVOPS_EBUSY);
}

GUEST_TEST(irq_bind_calls_the_handler_with_its_data)
{
	struct counter one = { 0 }, two = { 0 };
	int irq, other;

	irq = bind_ipi(TEST_IPI, &one);
	other = bind_ipi(TEST_IPI + 1, &two);
	EXPECT(irq > 0 && other > 0 && irq != other);
	EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI) == 0);
	EXPECT(WAIT_FOR(counted(&one) == 1, 2000));
	EXPECT(one.irq == (u32)irq && counted(&two) == 0);
	EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI + 1) == 0);
	EXPECT(WAIT_FOR(counted(&two) == 1, 2000));
	EXPECT(two.irq == (u32)other && counted(&one) == 1);
	EXPECT(pvops_irq_unbind((u32)irq) == 0);
	EXPECT(pvops_irq_unbind((u32)other) == 0);
}

GUEST_TEST(irq_unbind_ends_the_calls)
{
	struct counter one = { 0 }, two = { 0 };
	int irq;

	irq = bind_ipi(TEST_IPI, &one);
	EXPECT(irq > 0);
	EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI) == 0);
	EXPECT(WAIT_FOR(counted(&one) == 1, 2000));
	EXPECT(pvops_irq_unbind((u32)irq) == 0);
	pvops_smp_send_ipi(pvops_cpu(), TEST_IPI);
	busy_wait(2 * MS);
	EXPECT(counted(&one) == 1);
	EXPECT(pvops_irq_unbind((u32)irq) == -PVOPS_EINVAL);
	/* The source is free for another handler. */
	irq = bind_ipi(TEST_IPI, &two);
	EXPECT(irq > 0);
	EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI) == 0);
	EXPECT(WAIT_FOR(counted(&two) == 1, 2000));
	EXPECT(counted(&one) == 1);
	EXPECT(pvops_irq_unbind((u32)irq) == 0);
}

GUEST_TEST(irq_unbind_refuses_nonsense)
{
	EXPECT(pvops_irq_unbind(0) == -PVOPS_EINVAL);
	EXPECT(pvops_irq_unbind(~0U) == -PVOPS_EINVAL);
	EXPECT(pvops_irq_unbind(1U << 16) == -PVOPS_EINVAL);
}

static void bind_and_unbind(void *arg)
{
	u64 start = pvops_time_clock();

	for (u32 i = 0; i < 50 && more(i, start); i++) {
		struct counter counter = { 0 };
		int irq = bind_ipi(TEST_IPI, &counter);

		EXPECT(irq > 0);
		EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI) == 0);
		EXPECT(WAIT_FOR(counted(&counter) == 1, 2000));
		EXPECT(pvops_irq_unbind((u32)irq) == 0);
	}
}

GUEST_TEST(irq_bind_on_all_cpus_at_once)
{
	party(nr_cpus, bind_and_unbind, NULL);
}

GUEST_TEST(irq_mask_holds_back_and_keeps)
{
	struct counter counter = { 0 };
	int irq;

	irq = bind_ipi(TEST_IPI, &counter);
	EXPECT(irq > 0);
	EXPECT(pvops_irq_mask((u32)irq) == 0);
	EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI) == 0);
	busy_wait(3 * MS);
	EXPECT(counted(&counter) == 0);
	EXPECT(pvops_irq_unmask((u32)irq) == 0);
	EXPECT(WAIT_FOR(counted(&counter) == 1, 2000));
	busy_wait(2 * MS);
	EXPECT(counted(&counter) == 1);
	/* Twice held back is once delivered, and what was not masked comes as ever. */
	EXPECT(pvops_irq_mask((u32)irq) == 0);
	EXPECT(pvops_irq_mask((u32)irq) == 0);
	EXPECT(pvops_irq_unmask((u32)irq) == 0);
	EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI) == 0);
	EXPECT(WAIT_FOR(counted(&counter) == 2, 2000));
	EXPECT(pvops_irq_unbind((u32)irq) == 0);
}

GUEST_TEST(irq_mask_holds_back_the_timer)
{
	struct cpu *cpu;
	u64 before;

	cpu = this_cpu();
	EXPECT(pvops_irq_mask((u32)cpu->timer_irq) == 0);
	before = cpu->ticks;
	EXPECT(pvops_time_set_timer(pvops_time_clock() + MS) == 0);
	busy_wait(20 * MS);
	EXPECT(cpu->ticks == before);
	EXPECT(pvops_irq_unmask((u32)cpu->timer_irq) == 0);
	EXPECT(WAIT_FOR(cpu->ticks != before, 2000));
}

GUEST_TEST(irq_mask_refuses_nonsense)
{
	EXPECT(pvops_irq_mask(0) == -PVOPS_EINVAL);
	EXPECT(pvops_irq_mask(~0U) == -PVOPS_EINVAL);
}

GUEST_TEST(irq_unmask_refuses_nonsense)
{
	EXPECT(pvops_irq_unmask(0) == -PVOPS_EINVAL);
	EXPECT(pvops_irq_unmask(~0U) == -PVOPS_EINVAL);
}

/* A handler may put off its eoi: until then the source is silent, and nothing is lost. */
GUEST_TEST(irq_eoi_lets_the_source_come_again)
{
	struct counter counter = { .keep = true };
	int irq;

	irq = bind_ipi(TEST_IPI, &counter);
	EXPECT(irq > 0);
	for (u32 i = 1; irq > 0 && i <= 5; i++) {
		EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI) == 0);
		EXPECT(WAIT_FOR(counted(&counter) == i, 2000));
		pvops_smp_send_ipi(pvops_cpu(), TEST_IPI);
		busy_wait(MS);
		EXPECT(counted(&counter) == i);
		pvops_irq_disable();
		pvops_irq_eoi((u32)irq);
		pvops_irq_enable();
		EXPECT(WAIT_FOR(counted(&counter) == i + 1, 2000));
		/* That was the one sent meanwhile. */
		counter.count = i;
		pvops_irq_disable();
		pvops_irq_eoi((u32)irq);
		pvops_irq_enable();
		busy_wait(MS);
		EXPECT(counted(&counter) == i);
	}
	EXPECT(irq < 0 || pvops_irq_unbind((u32)irq) == 0);
}

GUEST_TEST(irq_handle_without_reason_calls_nobody)
{
	struct counter counter = { 0 };
	unsigned long flags;
	int irq;

	irq = bind_ipi(TEST_IPI, &counter);
	EXPECT(irq > 0);
	flags = irqs_off();
	/* A vector that nobody has; whatever else is pending may be served. */
	pvops_irq_handle(0xf8);
	irqs_back(flags);
	EXPECT(counted(&counter) == 0);
	EXPECT(irq < 0 || pvops_irq_unbind((u32)irq) == 0);
}

GUEST_TEST(irq_handle_calls_who_is_pending)
{
	struct counter counter = { 0 };
	int irq;

	irq = bind_ipi(TEST_IPI, &counter);
	EXPECT(irq > 0);
	pvops_irq_disable();
	EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI) == 0);
	pvops_smp_poll((u32)irq, pvops_time_clock() + 1000 * MS);
	EXPECT(counted(&counter) == 0);
	if (on_xen_pv()) {
		/* By hand, as an upcall would. */
		pvops_irq_handle(0);
		EXPECT(counted(&counter) == 1);
	}
	pvops_irq_enable();
	EXPECT(WAIT_FOR(counted(&counter) == 1, 2000));
	busy_wait(MS);
	EXPECT(counted(&counter) == 1);
	EXPECT(irq < 0 || pvops_irq_unbind((u32)irq) == 0);
}
