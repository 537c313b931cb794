// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Threads of tests on chosen CPUs. */
#include "party.h"

#define START_MS	5000

static struct {
	void (*fn)(void *arg);
	void *arg;
	u32 nr;
	u32 here;
} now;

void party_on(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	struct thread *t = thread_create(fn, arg, (int)cpu, NULL);

	ASSERT(t);
	thread_run(t);
	thread_join(t);
}

static void member(void *unused)
{
	__atomic_fetch_add(&now.here, 1, __ATOMIC_ACQ_REL);
	EXPECT(WAIT_FOR(__atomic_load_n(&now.here, __ATOMIC_ACQUIRE) >= now.nr, START_MS));
	now.fn(now.arg);
}

void party(unsigned int nr, void (*fn)(void *arg), void *arg)
{
	struct thread *threads[MAX_CPUS] = { NULL };
	unsigned int me = pvops_cpu();

	now.fn = fn;
	now.arg = arg;
	now.nr = nr;
	__atomic_store_n(&now.here, 0, __ATOMIC_RELEASE);
	for (unsigned int cpu = 0; cpu < nr; cpu++) {
		if (cpu == me)
			continue;
		threads[cpu] = thread_create(member, NULL, (int)cpu, NULL);
		EXPECT(threads[cpu]);
		if (threads[cpu])
			thread_run(threads[cpu]);
	}
	if (me < nr)
		member(NULL);
	for (unsigned int cpu = 0; cpu < nr; cpu++)
		if (threads[cpu])
			thread_join(threads[cpu]);
}

void count_irq(u32 irq, void *data)
{
	struct counter *counter = data;

	counter->irq = irq;
	if (!counter->keep)
		pvops_irq_eoi(irq);
	__atomic_fetch_add(&counter->count, 1, __ATOMIC_RELEASE);
}
