// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * No wake-up is lost: one CPU halts again and again, with its own timer stopped, and another one
 * wakes it at every possible moment.
 */
#include "party.h"

#define ROUNDS		2000
#define LIMIT_MS	3000

static struct {
	struct counter counter;
	u32 asleep;		/* the round it is about to sleep in */
	u32 awake;		/* rounds it has woken from */
	u32 rounds;		/* that the waker has seen end */
	u32 last;		/* round after which both stop */
	bool lost;
} hammer;

static void sleeper(void)
{
	int irq = bind_ipi(TEST_IPI, &hammer.counter);
	u32 round = 0;

	ASSERT(irq >= 0);
	pvops_irq_disable();
	pvops_time_stop_timer();
	do {
		__atomic_store_n(&hammer.asleep, ++round, __ATOMIC_RELEASE);
		while (counted(&hammer.counter) < round) {
			pvops_irq_enable_halt();
			pvops_irq_disable();
		}
		__atomic_store_n(&hammer.awake, round, __ATOMIC_RELEASE);
	} while (round != __atomic_load_n(&hammer.last, __ATOMIC_ACQUIRE));
	pvops_time_set_timer(pvops_time_clock());
	pvops_irq_enable();
	EXPECT(pvops_irq_unbind((u32)irq) == 0);
}

/* It says that it goes to sleep; some time later it is woken. */
static bool wake_it(u32 round)
{
	if (!WAIT_FOR(__atomic_load_n(&hammer.asleep, __ATOMIC_ACQUIRE) == round, LIMIT_MS))
		return false;
	for (u32 i = 0; i < round % 97; i++)
		asm volatile("pause");
	EXPECT(pvops_smp_send_ipi(1, TEST_IPI) == 0);
	return WAIT_FOR(__atomic_load_n(&hammer.awake, __ATOMIC_ACQUIRE) >= round, LIMIT_MS);
}

static void waker(void)
{
	u64 start = pvops_time_clock();
	u32 round = 1;

	while (round <= ROUNDS && more(round - 1, start)) {
		if (!wake_it(round)) {
			hammer.lost = true;
			break;
		}
		round++;
	}
	hammer.rounds = round;
	__atomic_store_n(&hammer.last, round, __ATOMIC_RELEASE);
	/* If the one before was lost, this one ends the wait all the same. */
	EXPECT(wake_it(round));
}

static void one_of_two(void *arg)
{
	if (pvops_cpu() == 1)
		sleeper();
	else
		waker();
}

GUEST_TEST(irq_enable_halt_loses_no_ipi)
{
	if (nr_cpus < 2)
		SKIP("one CPU");
	hammer = (typeof(hammer)){ 0 };
	party(2, one_of_two, NULL);
	EXPECT(!hammer.lost);
	EXPECT(hammer.rounds > LEAST);
	EXPECT(hammer.counter.count == hammer.awake && hammer.awake == hammer.rounds);
}

static struct counter fires;

static void on_timer(u32 irq, void *data)
{
	count_irq(irq, data);
}

/* The same with the timer, on every host: deadlines around the moment of falling asleep. */
GUEST_TEST(irq_enable_halt_loses_no_timer)
{
	static const struct pvops_irq_source source = { PVOPS_IRQ_TIMER, 0 };
	struct cpu *cpu;
	u64 start, end;
	u32 round = 1;
	int irq;

	cpu = this_cpu();
	fires = (struct counter){ 0 };
	EXPECT(pvops_time_stop_timer() == 0);
	EXPECT(pvops_irq_unbind((u32)cpu->timer_irq) == 0);
	irq = pvops_irq_bind(&source, pvops_cpu(), on_timer, &fires);
	EXPECT(irq >= 0);
	start = pvops_time_clock();
	pvops_irq_disable();
	for (; round <= 500 && irq >= 0 && more(round - 1, start); round++) {
		u64 deadline = pvops_time_clock() + round * 37 % 20000;

		end = deadline + 2000 * MS;
		EXPECT(pvops_time_set_timer(deadline) == 0);
		while (counted(&fires) < round && pvops_time_clock() < end) {
			pvops_irq_enable_halt();
			pvops_irq_disable();
		}
		if (counted(&fires) < round)
			break;
		EXPECT(pvops_time_clock() >= deadline);
	}
	EXPECT(counted(&fires) == round - 1);
	pvops_irq_enable();
	EXPECT(irq < 0 || pvops_irq_unbind((u32)irq) == 0);
	sched_timer_init();
}
