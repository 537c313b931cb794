// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Waiting and kicking: alone, between two CPUs, and as a fair lock between all. */
#include "party.h"

#define ROUNDS	500

GUEST_TEST(lock_wait_returns_if_the_word_has_changed)
{
	u64 start = pvops_time_clock();
	u32 word = 1;

	for (int i = 0; i < 100; i++) {
		unsigned long flags = irqs_off();

		pvops_lock_wait(&word, 0);
		irqs_back(flags);
	}
	EXPECT(pvops_time_clock() - start < 1000 * MS);
}

/*
 * Not a matter of right or wrong but of what it is for: somebody else gets the CPU meanwhile. On a
 * hypervisor it is the tick that ends a wait without a kick. One that takes the CPU from us
 * between two looks at the clock makes everything long: more than one try.
 */
GUEST_TEST(lock_wait_takes_longer_than_a_look)
{
	u64 start, calls = 0, waits = 0;
	u32 word = 0;

	for (int tries = 0; tries < 10 && waits <= 4 * calls; tries++) {
		start = pvops_time_clock();
		for (int i = 0; i < 16; i++)
			pvops_smp_nr_cpus();
		calls = pvops_time_clock() - start;
		start = pvops_time_clock();
		for (int i = 0; i < 16; i++)
			pvops_lock_wait(&word, 0);
		waits = pvops_time_clock() - start;
	}
	EXPECT(waits > 4 * calls);
}

static struct {
	u32 word;
	u32 waiting;		/* CPU + 1 */
	u32 rounds_done;
	u32 last;
	u64 slowest;
} duo;

/* Nothing but the kick may end its wait: the tick is off. */
static void waiter(void)
{
	EXPECT(pvops_time_stop_timer() == 0);
	for (u32 round = 0; round != __atomic_load_n(&duo.last, __ATOMIC_ACQUIRE); round++) {
		unsigned long flags = irqs_off();

		__atomic_store_n(&duo.waiting, pvops_cpu() + 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&duo.word, __ATOMIC_SEQ_CST) == round)
			pvops_lock_wait(&duo.word, round);
		irqs_back(flags);
		__atomic_store_n(&duo.rounds_done, round + 1, __ATOMIC_RELEASE);
	}
	EXPECT(pvops_time_set_timer(pvops_time_clock()) == 0);
}

static void kicker(void)
{
	u64 begin = pvops_time_clock(), start;

	for (u32 round = 0; round < 50; round++) {
		if (!more(round + 1, begin))
			__atomic_store_n(&duo.last, round + 1, __ATOMIC_RELEASE);
		ASSERT(WAIT_FOR(__atomic_load_n(&duo.waiting, __ATOMIC_SEQ_CST), 5000));
		busy_wait(round * 10000);
		__atomic_store_n(&duo.waiting, 0, __ATOMIC_SEQ_CST);
		start = pvops_time_clock();
		__atomic_store_n(&duo.word, round + 1, __ATOMIC_SEQ_CST);
		pvops_lock_kick(pvops_cpu() ? 0 : 1);
		ASSERT(WAIT_FOR(__atomic_load_n(&duo.rounds_done, __ATOMIC_ACQUIRE) > round, 5000));
		if (pvops_time_clock() - start > duo.slowest)
			duo.slowest = pvops_time_clock() - start;
		if (round + 1 == duo.last)
			break;
	}
}

static void either(void *arg)
{
	if (pvops_cpu() == 1)
		waiter();
	else
		kicker();
}

GUEST_TEST(lock_kick_ends_a_wait)
{
	if (nr_cpus < 2)
		SKIP("one CPU");
	duo = (typeof(duo)){ .last = 50 };
	party(2, either, NULL);
	EXPECT(duo.rounds_done == duo.last);
	EXPECT(duo.slowest < 2000 * MS);
}

GUEST_TEST(lock_kick_of_one_who_does_not_wait)
{
	unsigned long flags = irqs_off();

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		for (int i = 0; i < 10; i++)
			pvops_lock_kick(cpu);
	irqs_back(flags);
	EXPECT(WAIT_FOR(true, 1));
}

/* A ticket lock that never spins: every wait is the op's. */
static struct {
	u32 next;
	u32 owner;
	u32 sleeper[MAX_CPUS];
	u32 inside;
	u64 plain;			/* changed by the holder alone, not atomically */
	u64 got[MAX_CPUS];
} fair;

static void take(void)
{
	u32 ticket = __atomic_fetch_add(&fair.next, 1, __ATOMIC_SEQ_CST), owner;
	u32 *sleeper = &fair.sleeper[ticket % MAX_CPUS];

	__atomic_store_n(sleeper, pvops_cpu() + 1, __ATOMIC_SEQ_CST);
	while ((owner = __atomic_load_n(&fair.owner, __ATOMIC_SEQ_CST)) != ticket) {
		/* Never passed over, and never more before us than there are CPUs. */
		EXPECT((s32)(ticket - owner) > 0 && ticket - owner < nr_cpus);
		pvops_lock_wait(&fair.owner, owner);
	}
	__atomic_store_n(sleeper, 0, __ATOMIC_SEQ_CST);
}

static void give(void)
{
	u32 next = fair.owner + 1, sleeper;

	__atomic_store_n(&fair.owner, next, __ATOMIC_SEQ_CST);
	/* All who wait for the word have a number of their own; wake them to look again. */
	for (u32 i = 0; i < nr_cpus; i++) {
		sleeper = __atomic_load_n(&fair.sleeper[(next + i) % MAX_CPUS], __ATOMIC_SEQ_CST);
		if (sleeper)
			pvops_lock_kick(sleeper - 1);
	}
}

static void fight(void *arg)
{
	u64 start = pvops_time_clock();

	for (u32 i = 0; i < ROUNDS && more(i, start); i++) {
		unsigned long flags = irqs_off();

		take();
		EXPECT(__atomic_fetch_add(&fair.inside, 1, __ATOMIC_SEQ_CST) == 0);
		fair.plain++;
		fair.got[pvops_cpu()]++;
		EXPECT(__atomic_fetch_sub(&fair.inside, 1, __ATOMIC_SEQ_CST) == 1);
		give();
		irqs_back(flags);
	}
}

GUEST_TEST(lock_wait_and_kick_as_a_fair_lock)
{
	u64 sum = 0;

	fair = (typeof(fair)){ 0 };
	party(nr_cpus, fight, NULL);
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		EXPECT(fair.got[cpu] >= LEAST);
		sum += fair.got[cpu];
	}
	EXPECT(fair.plain == sum && fair.owner == sum && fair.next == sum);
}

/* The kernel's own lock, which spins before it waits; interrupts stay as they were. */
static struct lock usual;
static u32 usual_count, usual_rounds;

static void use(void *arg)
{
	u64 start = pvops_time_clock();
	u32 i;

	for (i = 0; i < ROUNDS && more(i, start); i++) {
		unsigned long flags = lock_irqsave(&usual);

		EXPECT(!(pvops_irq_save() & PVOPS_FLAGS_IF));
		usual_count++;
		unlock_irqrestore(&usual, flags);
		EXPECT(pvops_irq_save() & PVOPS_FLAGS_IF);
	}
	__atomic_fetch_add(&usual_rounds, i, __ATOMIC_SEQ_CST);
}

GUEST_TEST(lock_wait_behind_the_kernels_lock)
{
	usual_count = usual_rounds = 0;
	party(nr_cpus, use, NULL);
	EXPECT(usual_count == usual_rounds);
	EXPECT(usual.owner == usual.next);
}
