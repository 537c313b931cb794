// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Interrupts from CPU to CPU, and the small ops around them. */
#include <pvops/xen.h>
#include "party.h"

#define SENDERS		(PVOPS_MAX_IPIS - TEST_IPI)
#define ROUNDS		40
#define SCHED_OP	29		/* Xen's hypercall of this number */

GUEST_TEST(smp_nr_cpus_are_those_that_run)
{
	u32 there = pvops_smp_nr_cpus();

	EXPECT(there >= 1 && there <= PVOPS_MAX_CPUS);
	EXPECT(nr_cpus <= there);
	if (!pvops_boot_option(guest_boot->cmdline, "nosmp", NULL, 0) && there <= MAX_CPUS)
		EXPECT(nr_cpus == there);
}

/* An IPI number for each sender, for what is pending already is not pending twice. */
static struct {
	struct counter got[MAX_CPUS][SENDERS];
	u32 rounds[SENDERS];
	u32 bound;
	u32 done;
} storm;

static void send_to_all(void *arg)
{
	unsigned int me = pvops_cpu();
	int irqs[SENDERS];
	u64 start;

	for (u32 i = 0; i < SENDERS; i++) {
		irqs[i] = bind_ipi(TEST_IPI + i, &storm.got[me][i]);
		EXPECT(irqs[i] > 0);
	}
	__atomic_fetch_add(&storm.bound, 1, __ATOMIC_SEQ_CST);
	EXPECT(WAIT_FOR(__atomic_load_n(&storm.bound, __ATOMIC_SEQ_CST) == nr_cpus, 5000));
	start = pvops_time_clock();
	for (u32 round = 1; me < SENDERS && round <= ROUNDS && more(round - 1, start); round++) {
		storm.rounds[me] = round;
		for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
			EXPECT(pvops_smp_send_ipi(cpu, TEST_IPI + me) == 0);
		for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
			EXPECT(WAIT_FOR(counted(&storm.got[cpu][me]) == round, 3000));
	}
	__atomic_fetch_add(&storm.done, 1, __ATOMIC_SEQ_CST);
	/* Nobody lets go of his handlers before the last one has sent. */
	EXPECT(WAIT_FOR(__atomic_load_n(&storm.done, __ATOMIC_SEQ_CST) == nr_cpus, 15000));
	for (u32 i = 0; i < SENDERS; i++)
		EXPECT(irqs[i] < 0 || pvops_irq_unbind((u32)irqs[i]) == 0);
}

GUEST_TEST(smp_send_ipi_storm_between_all)
{
	storm = (typeof(storm)){ 0 };
	party(nr_cpus, send_to_all, NULL);
	for (u32 i = 0; i < SENDERS; i++)
		EXPECT(i < nr_cpus ? storm.rounds[i] >= LEAST : !storm.rounds[i]);
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		for (u32 i = 0; i < SENDERS; i++)
			EXPECT(storm.got[cpu][i].count == storm.rounds[i]);
}

GUEST_TEST(smp_send_ipi_refuses_nonsense)
{
	EXPECT(pvops_smp_send_ipi(pvops_cpu(), PVOPS_MAX_IPIS) == -PVOPS_EINVAL);
	EXPECT(pvops_smp_send_ipi(0, ~0U) == -PVOPS_EINVAL);
	EXPECT(pvops_smp_send_ipi(~0U, 0) == -PVOPS_EINVAL);
	EXPECT(pvops_smp_send_ipi(pvops_smp_nr_cpus(), 0) == -PVOPS_EINVAL);
}

static void where(void *arg)
{
	*(u32 *)arg = pvops_cpu();
}

GUEST_TEST(smp_send_ipi_reaches_the_right_cpu)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		u32 there = ~0U;

		run_on(cpu, where, &there);
		EXPECT(there == cpu);
	}
}

GUEST_TEST(smp_poll_ends_with_the_interrupt)
{
	struct counter counter = { 0 };
	u64 start;
	int irq;

	irq = bind_ipi(TEST_IPI, &counter);
	EXPECT(irq > 0);
	pvops_irq_disable();
	EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI) == 0);
	start = pvops_time_clock();
	EXPECT(pvops_smp_poll((u32)irq, start + 60000 * MS) == 0);
	EXPECT(pvops_time_clock() - start < 5000 * MS);
	/* To see is not to take. */
	EXPECT(counted(&counter) == 0);
	EXPECT(pvops_smp_poll((u32)irq, pvops_time_clock() + 60000 * MS) == 0);
	EXPECT(pvops_time_clock() - start < 5000 * MS);
	pvops_irq_enable();
	EXPECT(WAIT_FOR(counted(&counter) == 1, 2000));
	EXPECT(pvops_irq_unbind((u32)irq) == 0);
}

GUEST_TEST(smp_poll_ends_with_the_deadline)
{
	struct counter counter = { 0 };
	u32 looks = 0;
	u64 start, end;
	int irq;

	irq = bind_ipi(TEST_IPI, &counter);
	EXPECT(irq > 0);
	pvops_irq_disable();
	start = pvops_time_clock();
	end = start + 10 * MS;
	for (; pvops_time_clock() < end; looks++)
		EXPECT(pvops_smp_poll((u32)irq, end) == 0);
	/* It may come back early, but it is there to wait. */
	EXPECT(looks < 100);
	EXPECT(pvops_smp_poll((u32)irq, 0) == 0);
	EXPECT(pvops_smp_poll((u32)irq, start) == 0);
	pvops_irq_enable();
	EXPECT(pvops_time_clock() - start < 5000 * MS);
	EXPECT(pvops_irq_unbind((u32)irq) == 0);
}

GUEST_TEST(smp_poll_sees_a_masked_one)
{
	struct counter counter = { 0 };
	u64 start;
	int irq;

	irq = bind_ipi(TEST_IPI, &counter);
	EXPECT(irq > 0);
	EXPECT(pvops_irq_mask((u32)irq) == 0);
	EXPECT(pvops_smp_send_ipi(pvops_cpu(), TEST_IPI) == 0);
	start = pvops_time_clock();
	EXPECT(pvops_smp_poll((u32)irq, start + 60000 * MS) == 0);
	EXPECT(pvops_time_clock() - start < 5000 * MS);
	EXPECT(counted(&counter) == 0);
	EXPECT(pvops_irq_unmask((u32)irq) == 0);
	EXPECT(WAIT_FOR(counted(&counter) == 1, 2000));
	EXPECT(pvops_irq_unbind((u32)irq) == 0);
}

GUEST_TEST(smp_poll_refuses_nonsense)
{
	EXPECT(pvops_smp_poll(0, pvops_time_clock()) == -PVOPS_EINVAL);
	EXPECT(pvops_smp_poll(~0U, pvops_time_clock()) == -PVOPS_EINVAL);
}

static __attribute__((noinline)) void yield_alone(void)
{
	pvops_smp_yield();
}

GUEST_TEST(smp_yield_gives_the_host_its_chance)
{
	u64 before = pvops_xen_hypercalls(SCHED_OP);
	unsigned long flags = irqs_off();

	for (int i = 0; i < 100; i++)
		yield_alone();
	EXPECT(!(pvops_irq_save() & PVOPS_FLAGS_IF));
	irqs_back(flags);
	/* On bare hardware it is a hint to the CPU, of which nothing can be seen: pause. */
	if (on_xen())
		EXPECT(pvops_xen_hypercalls(SCHED_OP) - before >= 100);
	else if (enlightened(PVOPS_OP_smp_yield))
		EXPECT(pvops_form_of(PVOPS_OP_smp_yield)->func ==
		       pvops_get_info()->backend->forms[PVOPS_OP_smp_yield].func);
	else
		EXPECT(is_inline(yield_alone, PVOPS_OP_smp_yield, 0xf390));
}
