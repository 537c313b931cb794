/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Work on chosen CPUs, in threads of their own: interrupts on, as ops of context `task` want. */
#ifndef GUEST_TESTS_PARTY_H
#define GUEST_TESTS_PARTY_H

#include "util.h"

/* fn(arg) in a thread on that CPU, and wait. */
void party_on(unsigned int cpu, void (*fn)(void *arg), void *arg);

/* fn(arg) on the first @nr CPUs at once, here included: nobody begins before all are there. */
void party(unsigned int nr, void (*fn)(void *arg), void *arg);

/*
 * Loops between CPUs can be slow without limit on a busy host: a few rounds in any case, and more
 * for a while.
 */
#define BUDGET		(200 * MS)
#define LEAST		3

static inline bool more(u32 rounds, u64 start)
{
	return rounds < LEAST || pvops_time_clock() - start < BUDGET;
}

/* An interrupt that counts; eoi is the handler's affair unless @keep. */
struct counter {
	u32 count;
	u32 irq;
	bool keep;		/* no eoi */
};

void count_irq(u32 irq, void *data);

static inline u32 counted(const struct counter *counter)
{
	return __atomic_load_n(&counter->count, __ATOMIC_ACQUIRE);
}

#define TEST_IPI	2	/* 0 and 1 are the kernel's */

static inline int bind_ipi(u32 index, struct counter *counter)
{
	const struct pvops_irq_source source = { PVOPS_IRQ_IPI, index };

	return pvops_irq_bind(&source, pvops_cpu(), count_irq, counter);
}

#endif /* GUEST_TESTS_PARTY_H */
