// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The one thing that can be seen of cpu.io_delay: it takes as long as a port access. */
#include "party.h"

#define ACCESSES	200

static u64 by_hand(void)
{
	u64 start = pvops_time_clock();

	for (int i = 0; i < ACCESSES; i++)
		asm volatile("outb %%al, $0x80" : : "a"(0));
	return pvops_time_clock() - start;
}

static u64 by_op(void)
{
	u64 start = pvops_time_clock();

	for (int i = 0; i < ACCESSES; i++)
		pvops_cpu_io_delay();
	return pvops_time_clock() - start;
}

GUEST_TEST(cpu_io_delay_takes_its_time)
{
	u64 hand = ~0ULL, op = ~0ULL, ns;

	if (on_xen_pv() || enlightened(PVOPS_OP_cpu_io_delay))
		SKIP("nothing to wait for here");
	/* The least of ten, which nobody has disturbed. */
	for (int i = 0; i < 10; i++) {
		ns = by_hand();
		hand = ns < hand ? ns : hand;
		ns = by_op();
		op = ns < op ? ns : op;
	}
	if (op < hand / 2)
		NOTE("%llu ns by the op, %llu by hand", op, hand);
	EXPECT(op >= hand / 2);
}
