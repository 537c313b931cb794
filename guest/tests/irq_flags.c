// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The interrupt flag, and waiting with it. */
#include "party.h"

static bool on(void)
{
	return pvops_irq_save() & PVOPS_FLAGS_IF;
}

GUEST_TEST(irq_save_tells_the_state)
{
	EXPECT(on());
	pvops_irq_disable();
	EXPECT(!on());
	EXPECT(!on());
	pvops_irq_enable();
	EXPECT(on());
}

GUEST_TEST(irq_save_changes_nothing)
{
	for (int i = 0; i < 1000; i++)
		EXPECT(on());
	pvops_irq_disable();
	for (int i = 0; i < 1000; i++)
		EXPECT(!on());
	pvops_irq_enable();
}

GUEST_TEST(irq_restore_nests)
{
	unsigned long a, b, c;

	a = irqs_off();
	b = irqs_off();
	c = irqs_off();
	EXPECT(a & PVOPS_FLAGS_IF && !(b & PVOPS_FLAGS_IF) && !(c & PVOPS_FLAGS_IF));
	pvops_irq_restore(c);
	EXPECT(!on());
	pvops_irq_restore(b);
	EXPECT(!on());
	pvops_irq_restore(a);
	EXPECT(on());
}

GUEST_TEST(irq_restore_looks_at_one_bit)
{
	pvops_irq_disable();
	pvops_irq_restore(~PVOPS_FLAGS_IF);
	EXPECT(!on());
	pvops_irq_restore(0);
	EXPECT(!on());
	pvops_irq_restore(PVOPS_FLAGS_IF);
	EXPECT(on());
	pvops_irq_disable();
	pvops_irq_restore(~0UL);
	EXPECT(on());
}

GUEST_TEST(irq_restore_delivers_what_is_pending)
{
	volatile u64 *ticks = &this_cpu()->ticks;
	unsigned long flags = irqs_off();
	u64 before = *ticks;

	pvops_time_set_timer(pvops_time_clock());
	busy_wait(5 * MS);
	EXPECT(*ticks == before);
	irqs_back(flags);
	EXPECT(WAIT_FOR(*ticks != before, 2000));
}

GUEST_TEST(irq_disable_holds_back_the_timer)
{
	volatile u64 *ticks = &this_cpu()->ticks;
	u64 before;

	pvops_irq_disable();
	before = *ticks;
	pvops_time_set_timer(pvops_time_clock() + MS);
	busy_wait(20 * MS);
	EXPECT(*ticks == before);
	pvops_irq_enable();
	EXPECT(WAIT_FOR(*ticks != before, 2000));
}

GUEST_TEST(irq_enable_delivers_at_once)
{
	struct counter counter = { 0 };
	int irq;

	irq = bind_ipi(TEST_IPI, &counter);
	EXPECT(irq >= 0);
	for (u32 i = 0; irq >= 0 && i < 100; i++) {
		pvops_irq_disable();
		EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI) == 0);
		EXPECT(counted(&counter) == i);
		/* The APIC takes its time to deliver to itself, so wait until it has it. */
		pvops_smp_poll((u32)irq, pvops_time_clock() + 1000 * MS);
		pvops_irq_enable();
		asm volatile("nop" : : : "memory");
		EXPECT(counted(&counter) == i + 1);
	}
	EXPECT(irq < 0 || pvops_irq_unbind((u32)irq) == 0);
}

static void off_and_on(void *arg)
{
	EXPECT(!on());
	*(u32 *)arg += 1;
}

GUEST_TEST(irq_save_over_calls_to_other_cpus)
{
	u64 start = pvops_time_clock();
	u32 calls = 0, rounds;

	for (rounds = 0; rounds < 20 && more(rounds, start); rounds++)
		for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
			run_on(cpu, off_and_on, &calls);
			EXPECT(on());
		}
	EXPECT(calls == nr_cpus * rounds);
}

static void storm(void *arg)
{
	u64 end = pvops_time_clock() + 30 * MS;

	/* Ticks and IPIs come all the time; none may leave the flag other than it was. */
	while (pvops_time_clock() < end) {
		unsigned long flags = irqs_off();

		pvops_time_set_timer(pvops_time_clock() + 20000);
		EXPECT(!on());
		EXPECT(flags & PVOPS_FLAGS_IF);
		irqs_back(flags);
		EXPECT(on());
	}
}

GUEST_TEST(irq_restore_under_a_storm_of_timers)
{
	party(nr_cpus, storm, NULL);
}

/*
 * A wait takes until an interrupt comes: five ticks need a handful of waits. A few more are fine,
 * for not every interrupt is a tick; a thousand would not be waiting.
 */
#define MANY	1000

GUEST_TEST(irq_halt_waits_for_an_interrupt)
{
	unsigned int waits = 0;
	struct cpu *cpu;
	u64 last;

	cpu = this_cpu();
	last = cpu->ticks + 5;
	for (; cpu->ticks < last && waits < MANY; waits++)
		pvops_irq_halt();
	EXPECT(on());
	EXPECT(waits && waits < MANY);
}

GUEST_TEST(irq_enable_halt_waits_and_enables)
{
	unsigned int waits = 0;
	struct cpu *cpu;
	u64 last;

	cpu = this_cpu();
	last = cpu->ticks + 5;
	for (; cpu->ticks < last && waits < MANY; waits++) {
		pvops_irq_disable();
		pvops_irq_enable_halt();
		EXPECT(on());
		pvops_irq_enable();
	}
	EXPECT(waits && waits < MANY);
}

GUEST_TEST(irq_enable_halt_does_not_sleep_over_a_pending_one)
{
	volatile u64 *ticks;

	ticks = &this_cpu()->ticks;
	for (int i = 0; i < 20; i++) {
		u64 before;

		pvops_irq_disable();
		before = *ticks;
		pvops_time_set_timer(pvops_time_clock());
		busy_wait(100000);
		for (int j = 0; j < 10 && *ticks == before; j++) {
			pvops_irq_enable_halt();
			pvops_irq_disable();
		}
		EXPECT(*ticks != before);
		pvops_irq_enable();
	}
}
