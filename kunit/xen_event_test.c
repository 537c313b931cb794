// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Event channels: ports bound to handlers, masked, delivered, and opened again elsewhere. */
#include "xen_host.h"

static u32 heard, heard_times;

static void hear(u32 irq, void *data)
{
	heard = irq;
	heard_times++;
	xen_irq_eoi(irq);
}

static int bind(struct kunit *test, enum pvops_irq_kind kind, u32 index, unsigned int cpu)
{
	const struct pvops_irq_source source = { kind, index };

	heard = 0;
	heard_times = 0;
	return xen_irq_bind(&source, cpu, hear, NULL);
}

static void bound_and_delivered(struct kunit *test)
{
	int irq = bind(test, PVOPS_IRQ_HOST, VIRQ_DEBUG, 0);

	KUNIT_ASSERT_EQ(test, irq, 20);
	KUNIT_EXPECT_EQ(test, xen_irq_port(irq), 20);
	ring_port(20);
	xen_irq_handle(0);
	KUNIT_EXPECT_EQ(test, heard, irq);
	KUNIT_EXPECT_EQ(test, heard_times, 1);
	KUNIT_EXPECT_EQ(test, shared.evtchn_pending[0], 0);
	KUNIT_EXPECT_EQ(test, shared.evtchn_mask[0] >> 20 & 1, 0);
}

static void not_delivered_while_masked(struct kunit *test)
{
	int irq = bind(test, PVOPS_IRQ_HOST, VIRQ_DEBUG, 0);

	KUNIT_EXPECT_EQ(test, xen_irq_mask(irq), 0);
	ring_port(20);
	xen_irq_handle(0);
	KUNIT_EXPECT_EQ(test, heard_times, 0);
	KUNIT_EXPECT_EQ(test, unmasked, 0);
	/* It is pending: Xen has to deliver it. */
	KUNIT_EXPECT_EQ(test, xen_irq_unmask(irq), 0);
	KUNIT_EXPECT_EQ(test, unmasked, 20);
	xen_irq_handle(0);
	KUNIT_EXPECT_EQ(test, heard_times, 1);
}

static void unmasked_without_a_call_if_nothing_waits(struct kunit *test)
{
	int irq = bind(test, PVOPS_IRQ_HOST, VIRQ_DEBUG, 0);

	xen_irq_mask(irq);
	forget_calls();
	xen_irq_unmask(irq);
	KUNIT_EXPECT_EQ(test, calls, 0);
	KUNIT_EXPECT_EQ(test, shared.evtchn_mask[0] >> 20 & 1, 0);
}

static void another_cpu_s_is_unmasked_by_xen(struct kunit *test)
{
	int irq = bind(test, PVOPS_IRQ_IPI, 0, 1);

	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_EXPECT_EQ(test, unmasked, 20);
	/* And is not looked after here. */
	ring_port(20);
	xen_irq_handle(0);
	KUNIT_EXPECT_EQ(test, heard_times, 0);
}

static void bad_sources(struct kunit *test)
{
	static const struct { enum pvops_irq_kind kind; u32 index; } rows[] = {
		{ PVOPS_IRQ_TIMER, 1 }, { PVOPS_IRQ_IPI, PVOPS_MAX_IPIS }, { PVOPS_IRQ_CONSOLE, 1 },
		{ PVOPS_IRQ_HOST, NR_VIRQS }, { PVOPS_IRQ_HOST, VIRQ_TIMER }, { 77, 0 },
	};
	const struct pvops_irq_source good = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ(test, bind(test, rows[i].kind, rows[i].index, 0), -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, bind(test, PVOPS_IRQ_HOST, VIRQ_DEBUG, 2), -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, xen_irq_bind(&good, 0, NULL, NULL), -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, calls, 0);
}

static void bound_once(struct kunit *test)
{
	KUNIT_ASSERT_GT(test, bind(test, PVOPS_IRQ_IPI, 3, 0), 0);
	KUNIT_EXPECT_EQ(test, bind(test, PVOPS_IRQ_IPI, 3, 0), -PVOPS_EBUSY);
	KUNIT_EXPECT_GT(test, bind(test, PVOPS_IRQ_IPI, 3, 1), 0);
	/* Xen says so itself for what is its to say. */
	fail_at = (int)calls;
	fail_with = -17;
	KUNIT_EXPECT_EQ(test, bind(test, PVOPS_IRQ_HOST, VIRQ_DEBUG, 0), -PVOPS_EBUSY);
}

static void port_that_xen_refuses(struct kunit *test)
{
	fail_at = 0;
	fail_with = -28;
	KUNIT_EXPECT_EQ(test, bind(test, PVOPS_IRQ_TIMER, 0, 0), -28);
	KUNIT_EXPECT_EQ(test, xen_cpu_of(0)->timer, 0);
}

static void port_too_high(struct kunit *test)
{
	next_port = MAX_PORTS;
	KUNIT_EXPECT_EQ(test, bind(test, PVOPS_IRQ_HOST, VIRQ_DEBUG, 0), -PVOPS_ENOSPC);
	KUNIT_EXPECT_EQ(test, closed, MAX_PORTS);
	next_port = MAX_PORTS - 1;
	KUNIT_EXPECT_EQ(test, bind(test, PVOPS_IRQ_HOST, VIRQ_DEBUG, 0), MAX_PORTS - 1);
}

static void unbound(struct kunit *test)
{
	int irq = bind(test, PVOPS_IRQ_IPI, 2, 0);

	KUNIT_EXPECT_EQ(test, xen_irq_unbind(irq), 0);
	KUNIT_EXPECT_EQ(test, closed, 20);
	KUNIT_EXPECT_EQ(test, xen_irq_port(irq), 0);
	shared.evtchn_mask[0] = 0;
	ring_port(20);
	xen_irq_handle(0);
	KUNIT_EXPECT_EQ(test, heard_times, 0);
	KUNIT_EXPECT_EQ(test, xen_irq_unbind(irq), -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, xen_irq_mask(irq), -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, xen_irq_unmask(irq), -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, xen_send_ipi(0, 2), -PVOPS_EINVAL);
}

static void numbers_of_no_irq(struct kunit *test)
{
	static const u32 irqs[] = { 0, 1, MAX_EVENTS, ~0U };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(irqs); i++) {
		KUNIT_EXPECT_EQ(test, xen_irq_unbind(irqs[i]), -PVOPS_EINVAL);
		KUNIT_EXPECT_EQ(test, xen_irq_mask(irqs[i]), -PVOPS_EINVAL);
		KUNIT_EXPECT_EQ(test, xen_irq_unmask(irqs[i]), -PVOPS_EINVAL);
		KUNIT_EXPECT_EQ(test, xen_irq_port(irqs[i]), 0);
		KUNIT_EXPECT_EQ(test, xen_poll(irqs[i], ~0ULL), -PVOPS_EINVAL);
		xen_irq_eoi(irqs[i]);
	}
	KUNIT_EXPECT_EQ(test, calls, 0);
}

static void ipi_goes_to_its_port(struct kunit *test)
{
	bind(test, PVOPS_IRQ_IPI, 1, 1);
	KUNIT_EXPECT_EQ(test, xen_send_ipi(1, 1), 0);
	KUNIT_EXPECT_EQ(test, sent, 20);
	KUNIT_EXPECT_EQ(test, xen_send_ipi(0, 1), -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, xen_send_ipi(PVOPS_MAX_CPUS, 1), -PVOPS_EINVAL);
	/* Behind the last of a CPU's is the next one's first. */
	KUNIT_ASSERT_GT(test, bind(test, PVOPS_IRQ_IPI, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, xen_send_ipi(0, PVOPS_MAX_IPIS), -PVOPS_EINVAL);
}

static void adopted_port(struct kunit *test)
{
	int irq = xen_adopt_port(33, true);

	KUNIT_ASSERT_EQ(test, irq, 33);
	KUNIT_EXPECT_EQ(test, shared.evtchn_mask[0] >> 33 & 1, 1);
	KUNIT_EXPECT_EQ(test, xen_adopt_port(33, true), -PVOPS_EBUSY);
	KUNIT_EXPECT_EQ(test, xen_adopt_port(0, true), -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, xen_adopt_port(MAX_PORTS, true), -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, xen_irq_unbind(irq), 0);
	KUNIT_EXPECT_EQ(test, closed, 0);
}

static void console_s_port_is_kept(struct kunit *test)
{
	int irq = bind(test, PVOPS_IRQ_CONSOLE, 0, 0);

	KUNIT_EXPECT_EQ(test, xen_irq_port(irq), 9);
	xen_irq_unbind(irq);
	KUNIT_EXPECT_EQ(test, closed, 0);
	xen_dom0 = true;
	irq = bind(test, PVOPS_IRQ_CONSOLE, 0, 0);
	KUNIT_EXPECT_EQ(test, xen_irq_port(irq), 20);
	xen_irq_unbind(irq);
	KUNIT_EXPECT_EQ(test, closed, 20);
}

static void waiting_for_a_port(struct kunit *test)
{
	int irq = bind(test, PVOPS_IRQ_HOST, VIRQ_DEBUG, 0);

	forget_calls();
	KUNIT_EXPECT_EQ(test, xen_poll(irq, 1000), 0);
	KUNIT_EXPECT_EQ(test, calls, 0);
	KUNIT_EXPECT_EQ(test, xen_poll(irq, 2000), 0);
	KUNIT_EXPECT_EQ(test, polled, 2005);
	KUNIT_EXPECT_EQ(test, xen_poll(irq, ~0ULL), 0);
	KUNIT_EXPECT_EQ(test, polled, 0);
	fail_at = (int)calls;
	fail_with = -22;
	KUNIT_EXPECT_EQ(test, xen_poll(irq, 2000), -PVOPS_EINVAL);
}

static void opened_again_on_the_next_host(struct kunit *test)
{
	int virq = bind(test, PVOPS_IRQ_HOST, VIRQ_DEBUG, 0), ipi = bind(test, PVOPS_IRQ_IPI, 4, 1);
	int theirs = xen_adopt_port(33, false);

	next_port = 50;
	xen_irq_mask(virq);
	xen_events_resume();
	KUNIT_EXPECT_EQ(test, xen_irq_port(virq), 50);
	KUNIT_EXPECT_EQ(test, xen_irq_port(ipi), 51);
	KUNIT_EXPECT_EQ(test, xen_irq_port(theirs), 0);
	KUNIT_EXPECT_EQ(test, shared.evtchn_mask[0] >> 50 & 1, 1);
	KUNIT_EXPECT_EQ(test, unmasked, 51);
	KUNIT_EXPECT_EQ(test, xen_port_irq(20), 0);
	KUNIT_EXPECT_EQ(test, xen_send_ipi(1, 4), 0);
	KUNIT_EXPECT_EQ(test, sent, 51);
}

static void lost_with_the_host(struct kunit *test)
{
	int irq = bind(test, PVOPS_IRQ_HOST, VIRQ_DEBUG, 0);

	forget_calls();
	fail_at = 0;
	fail_with = -22;
	xen_events_resume();
	KUNIT_EXPECT_NOT_NULL(test, strstr(said, "is lost"));
	KUNIT_EXPECT_EQ(test, xen_irq_port(irq), 0);
	KUNIT_EXPECT_EQ(test, xen_irq_unmask(irq), 0);
	KUNIT_EXPECT_EQ(test, xen_irq_unbind(irq), 0);
	KUNIT_EXPECT_EQ(test, closed, 0);
}

static void calls_are_counted(struct kunit *test)
{
	u64 before = xen_hypercall_counts[0][__HYPERVISOR_event_channel_op];

	bind(test, PVOPS_IRQ_HOST, VIRQ_DEBUG, 0);
	KUNIT_EXPECT_EQ(test, xen_hypercall_counts[0][__HYPERVISOR_event_channel_op], before + 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(bound_and_delivered),
	KUNIT_CASE(not_delivered_while_masked),
	KUNIT_CASE(unmasked_without_a_call_if_nothing_waits),
	KUNIT_CASE(another_cpu_s_is_unmasked_by_xen),
	KUNIT_CASE(bad_sources),
	KUNIT_CASE(bound_once),
	KUNIT_CASE(port_that_xen_refuses),
	KUNIT_CASE(port_too_high),
	KUNIT_CASE(unbound),
	KUNIT_CASE(numbers_of_no_irq),
	KUNIT_CASE(ipi_goes_to_its_port),
	KUNIT_CASE(adopted_port),
	KUNIT_CASE(console_s_port_is_kept),
	KUNIT_CASE(waiting_for_a_port),
	KUNIT_CASE(opened_again_on_the_next_host),
	KUNIT_CASE(lost_with_the_host),
	KUNIT_CASE(calls_are_counted),
	{}
};

static struct kunit_suite suite = { .name = "pvops-xen-event", .init = fresh, .test_cases = cases };
kunit_test_suite(suite);
