// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The one-shot timer of each CPU. These tests have it for themselves. */
#include "party.h"

#define LIMIT	3000		/* ms until a timer counts as dead on a busy machine */
#define NEVER	~0ULL

static struct counter fires[MAX_CPUS];
static u64 fired_at[MAX_CPUS];

static void on_timer(u32 irq, void *data)
{
	fired_at[pvops_cpu()] = pvops_time_clock();
	count_irq(irq, data);
}

/* Instead of the kernel's tick; the caller is pinned. */
static struct counter *begin(void)
{
	static const struct pvops_irq_source source = { PVOPS_IRQ_TIMER, 0 };
	unsigned int cpu = pvops_cpu();
	int irq;

	/* First: a tick that is due yet would be taken for ours. */
	EXPECT(pvops_time_stop_timer() == 0);
	EXPECT(pvops_irq_unbind((u32)this_cpu()->timer_irq) == 0);
	fires[cpu] = (struct counter){ 0 };
	irq = pvops_irq_bind(&source, cpu, on_timer, fires + cpu);
	EXPECT(irq >= 0);
	fires[cpu].irq = (u32)irq;
	return fires + cpu;
}

static void end(struct counter *counter)
{
	EXPECT(pvops_time_stop_timer() == 0);
	EXPECT(pvops_irq_unbind(counter->irq) == 0);
	sched_timer_init();
}

static void fires_once(void *arg)
{
	struct counter *counter = begin();
	u64 deadline = pvops_time_clock() + 5 * MS;

	EXPECT(pvops_time_set_timer(deadline) == 0);
	EXPECT(WAIT_FOR(counted(counter), LIMIT));
	EXPECT(fired_at[pvops_cpu()] >= deadline);
	busy_wait(10 * MS);
	EXPECT(counted(counter) == 1);
	end(counter);
}

GUEST_TEST(time_set_timer_fires_once_and_not_early)
{
	party(nr_cpus, fires_once, NULL);
}

GUEST_TEST(time_set_timer_in_the_past_fires_at_once)
{
	static const u64 past[] = { 0, 1, 1000 };
	struct counter *counter;

	counter = begin();
	for (u32 i = 0; i < 3; i++) {
		EXPECT(pvops_time_set_timer(past[i]) == 0);
		EXPECT(WAIT_FOR(counted(counter) == i + 1, LIMIT));
	}
	EXPECT(pvops_time_set_timer(pvops_time_clock()) == 0);
	EXPECT(WAIT_FOR(counted(counter) == 4, LIMIT));
	busy_wait(5 * MS);
	EXPECT(counted(counter) == 4);
	end(counter);
}

GUEST_TEST(time_set_timer_replaces_an_earlier_one)
{
	struct counter *counter;
	u64 start;

	counter = begin();
	pvops_irq_disable();
	start = pvops_time_clock();
	EXPECT(pvops_time_set_timer(start + 2 * MS) == 0);
	EXPECT(pvops_time_set_timer(start + 20 * MS) == 0);
	pvops_irq_enable();
	EXPECT(WAIT_FOR(counted(counter), LIMIT));
	EXPECT(fired_at[pvops_cpu()] >= start + 20 * MS);
	/* And the other way round: the nearer one comes, the farther one does not. */
	EXPECT(pvops_time_set_timer(pvops_time_clock() + 3600000 * MS) == 0);
	EXPECT(pvops_time_set_timer(pvops_time_clock() + MS) == 0);
	EXPECT(WAIT_FOR(counted(counter) == 2, LIMIT));
	busy_wait(5 * MS);
	EXPECT(counted(counter) == 2);
	end(counter);
}

GUEST_TEST(time_set_timer_far_away_is_not_near)
{
	struct counter *counter;

	counter = begin();
	EXPECT(pvops_time_set_timer(NEVER) == 0);
	busy_wait(10 * MS);
	EXPECT(counted(counter) == 0);
	EXPECT(pvops_time_set_timer(NEVER / 2 + 2) == 0);
	busy_wait(10 * MS);
	EXPECT(counted(counter) == 0);
	EXPECT(pvops_time_set_timer(pvops_time_clock() + 100000000 * MS) == 0);
	busy_wait(10 * MS);
	EXPECT(counted(counter) == 0);
	end(counter);
}

GUEST_TEST(time_stop_timer_forgets)
{
	struct counter *counter;

	counter = begin();
	pvops_irq_disable();
	EXPECT(pvops_time_set_timer(pvops_time_clock() + 2 * MS) == 0);
	EXPECT(pvops_time_stop_timer() == 0);
	pvops_irq_enable();
	busy_wait(15 * MS);
	EXPECT(counted(counter) == 0);
	/* One that is over while interrupts are off is forgotten as well. */
	pvops_irq_disable();
	EXPECT(pvops_time_set_timer(pvops_time_clock()) == 0);
	busy_wait(2 * MS);
	EXPECT(pvops_time_stop_timer() == 0);
	pvops_irq_enable();
	busy_wait(5 * MS);
	EXPECT(counted(counter) == 0);
	/* And the timer lives on. */
	EXPECT(pvops_time_set_timer(pvops_time_clock()) == 0);
	EXPECT(WAIT_FOR(counted(counter) == 1, LIMIT));
	end(counter);
}

GUEST_TEST(time_stop_timer_twice)
{
	struct counter *counter;

	counter = begin();
	EXPECT(pvops_time_stop_timer() == 0);
	EXPECT(pvops_time_stop_timer() == 0);
	end(counter);
}

/* 200 ms of deadlines: the hundredth is as exact as the first. */
static void drift(void *arg)
{
	struct counter *counter = begin();
	u64 start = pvops_time_clock(), late = 0;

	for (u32 i = 1; i <= 100; i++) {
		u64 deadline = start + i * 2 * MS;

		EXPECT(pvops_time_set_timer(deadline) == 0);
		ASSERT(WAIT_FOR(counted(counter) == i, LIMIT));
		EXPECT(fired_at[pvops_cpu()] >= deadline);
		if (fired_at[pvops_cpu()] - deadline > late)
			late = fired_at[pvops_cpu()] - deadline;
	}
	EXPECT(late < LIMIT * MS);
	EXPECT(pvops_time_clock() - start >= 200 * MS);
	end(counter);
}

GUEST_TEST(time_set_timer_does_not_drift)
{
	party(nr_cpus, drift, NULL);
}
