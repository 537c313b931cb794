// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Delivery of events by an upcall: which ports, in what order, what holds while one is handled. */
#include "xen_host.h"

#define MAX_HEARD	8

/* Ports, in the order in which they were handled, and how many handlers were entered by then. */
static u32 heard[MAX_HEARD], depths[MAX_HEARD];
static u32 nr_heard, depth, held;
static void (*meanwhile)(u32 port);

static bool is_set(const unsigned long *words, u32 port)
{
	return words[port / 64] >> port % 64 & 1;
}

static void hear(u32 irq, void *data)
{
	u32 port = xen_irq_port(irq);

	depth++;
	if (nr_heard < MAX_HEARD) {
		heard[nr_heard] = port;
		depths[nr_heard++] = depth;
		held += is_set(shared.evtchn_mask, port) && !is_set(shared.evtchn_pending, port);
		if (meanwhile)
			meanwhile(port);
	}
	xen_irq_eoi(irq);
	depth--;
}

static int listen(struct kunit *test, u32 port)
{
	const struct pvops_irq_source source = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	int irq;

	next_port = port;
	irq = xen_irq_bind(&source, 0, hear, NULL);
	KUNIT_EXPECT_EQ(test, xen_irq_port(irq), port);
	return irq;
}

static int begin(struct kunit *test)
{
	nr_heard = 0;
	depth = 0;
	held = 0;
	meanwhile = NULL;
	return fresh(test);
}

#define EXPECT_HEARD(test, ...) do {							\
		static const u32 ports[] = { __VA_ARGS__ };				\
		KUNIT_EXPECT_EQ(test, nr_heard, ARRAY_SIZE(ports));			\
		KUNIT_EXPECT_MEMEQ(test, heard, ports, sizeof(ports));			\
	} while (0)

static void ring_again(u32 port)
{
	if (nr_heard == 1)
		ring_port(port);
}

/* Nothing else keeps a handler from being entered twice, nor tells of what comes meanwhile. */
static void masked_and_cleared_while_handled(struct kunit *test)
{
	listen(test, 20);
	ring_port(20);
	xen_irq_handle(0);
	EXPECT_HEARD(test, 20);
	KUNIT_EXPECT_EQ(test, held, 1);
}

static void left_to_xen_if_it_comes_again(struct kunit *test)
{
	listen(test, 20);
	meanwhile = ring_again;
	ring_port(20);
	xen_irq_handle(0);
	EXPECT_HEARD(test, 20, 20);
	KUNIT_EXPECT_EQ(test, unmasked, 20);
	KUNIT_EXPECT_EQ(test, held, 2);
}

static void no_port_twice_before_the_next(struct kunit *test)
{
	listen(test, 20);
	listen(test, 21);
	meanwhile = ring_again;
	ring_port(20);
	ring_port(21);
	xen_irq_handle(0);
	EXPECT_HEARD(test, 20, 21, 20);
}

static void not_a_masked_one_beside_another(struct kunit *test)
{
	xen_irq_mask(listen(test, 20));
	listen(test, 21);
	ring_port(20);
	ring_port(21);
	xen_irq_handle(0);
	EXPECT_HEARD(test, 21);
	KUNIT_EXPECT_TRUE(test, is_set(shared.evtchn_pending, 20));
}

static void all_of_a_word_before_the_next(struct kunit *test)
{
	listen(test, 1);
	listen(test, 2);
	listen(test, 64);
	ring_port(64);
	ring_port(2);
	ring_port(1);
	xen_irq_handle(0);
	EXPECT_HEARD(test, 1, 2, 64);
}

static void upcall_within(u32 port)
{
	if (port == 20)
		xen_irq_handle(0);
}

/* A handler may enable events, and may not be back for long. */
static void the_rest_by_an_upcall_within(struct kunit *test)
{
	listen(test, 20);
	listen(test, 21);
	listen(test, 100);
	meanwhile = upcall_within;
	ring_port(20);
	ring_port(21);
	ring_port(100);
	xen_irq_handle(0);
	KUNIT_EXPECT_EQ(test, nr_heard, 3);
	KUNIT_EXPECT_EQ(test, heard[0], 20);
	KUNIT_EXPECT_EQ(test, depths[0], 1);
	KUNIT_EXPECT_EQ(test, depths[1], 2);
	KUNIT_EXPECT_EQ(test, depths[2], 2);
	KUNIT_EXPECT_EQ(test, held, 3);
}

static void all_words_at_once(struct kunit *test)
{
	static const u32 ports[] = { 1, 63, 64, 200, 511 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ports); i++)
		listen(test, ports[i]);
	for (i = 0; i < ARRAY_SIZE(ports); i++)
		ring_port(ports[i]);
	xen_irq_handle(0);
	EXPECT_HEARD(test, 1, 63, 64, 200, 511);
}

/* A hypervisor gone mad ends in nothing worse than a look at each word. */
static void words_all_ones(struct kunit *test)
{
	listen(test, 20);
	memset(shared.evtchn_pending, 0xff, sizeof(shared.evtchn_pending));
	xen_this_vcpu()->evtchn_pending_sel = ~0UL;
	xen_this_vcpu()->evtchn_upcall_pending = 1;
	xen_irq_handle(0);
	EXPECT_HEARD(test, 20);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(masked_and_cleared_while_handled),
	KUNIT_CASE(left_to_xen_if_it_comes_again),
	KUNIT_CASE(no_port_twice_before_the_next),
	KUNIT_CASE(not_a_masked_one_beside_another),
	KUNIT_CASE(all_of_a_word_before_the_next),
	KUNIT_CASE(the_rest_by_an_upcall_within),
	KUNIT_CASE(all_words_at_once),
	KUNIT_CASE(words_all_ones),
	{}
};

static struct kunit_suite suite = {
	.name = "pvops-xen-upcall",
	.init = begin,
	.test_cases = cases,
};
kunit_test_suite(suite);
