// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What is busy in a guest's life: on each CPU a thread that sleeps, looks at the clock and sends
 * an event to the next CPU, and one anywhere that runs processes.
 */
#include <pvops/errno.h>
#include <pvops/insn.h>
#include "life.h"
#include "proc.h"

#define MS		1000000ULL
#define NAP		(10 * MS)
#define SENDERS		(PVOPS_MAX_IPIS - NR_IPIS)	/* an IPI number each */

/* A CPU's work. What arrives is counted by who receives it. */
static struct work {
	struct thread *thread;
	unsigned long rounds;	/* naps and answered events */
	u64 seen;		/* rounds, when they last were more than before */
	u64 ticks;		/* the same of the CPU's ticks */
	u64 rounds_at;		/* when */
	u64 ticks_at;
	u32 got[SENDERS];
	int irqs[SENDERS];
} works[MAX_CPUS];

static struct thread *runner;
static u32 bound;
static bool stop;

static bool stopping(void)
{
	return __atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

static void on_event(u32 irq, void *data)
{
	pvops_irq_eoi(irq);
	life_clock();
	__atomic_fetch_add((u32 *)data, 1, __ATOMIC_RELEASE);
}

/* Sleeping ends by the tick: not early, and not much later. */
static void nap(void)
{
	u64 end = life_clock() + NAP, now;

	sleep_ns(NAP);
	now = life_clock();
	if (now < end)
		life_wrong(LIFE_TIMERS, "woken %llu ns early", end - now);
	else if (now - end > LIFE_LATE && !life_gap())
		life_wrong(LIFE_TIMERS, "woken %llu ms late", (now - end) / MS);
}

static void send(unsigned int me, unsigned int to, u32 nr)
{
	u32 *got = &works[to].got[me];
	u64 end = life_clock() + LIFE_LATE;
	u32 now;

	if (pvops_smp_send_ipi(to, NR_IPIS + me))
		life_wrong(LIFE_EVENTS, "CPU %u cannot send to CPU %u", me, to);
	for (;;) {
		nap();
		now = __atomic_load_n(got, __ATOMIC_ACQUIRE);
		if (now == nr)
			return;
		if (now > nr || (life_clock() > end && !life_gap()))
			break;
	}
	life_wrong(LIFE_EVENTS, "CPU %u has %u of %u events of CPU %u", to, now, nr, me);
	__atomic_store_n(got, nr, __ATOMIC_RELEASE);
}

static void work(void *arg)
{
	struct work *mine = arg;
	unsigned int me = pvops_cpu(), nr = nr_cpus;
	u32 sent[MAX_CPUS] = { 0 };

	for (u32 i = 0; i < SENDERS; i++) {
		const struct pvops_irq_source source = { PVOPS_IRQ_IPI, NR_IPIS + i };

		mine->irqs[i] = pvops_irq_bind(&source, me, on_event, &mine->got[i]);
		if (mine->irqs[i] < 0)
			life_wrong(LIFE_EVENTS, "CPU %u IPI %u: error %d", me, i, mine->irqs[i]);
	}
	__atomic_fetch_add(&bound, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&bound, __ATOMIC_ACQUIRE) < nr && !stopping())
		nap();
	for (unsigned int to = me; !stopping(); to = (to + 1) % nr) {
		if (me < SENDERS)
			send(me, to, ++sent[to]);
		else
			nap();
		__atomic_fetch_add(&mine->rounds, 1, __ATOMIC_RELAXED);
	}
	/* Nobody lets go of his handlers before the last one has sent. */
	__atomic_fetch_sub(&bound, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&bound, __ATOMIC_ACQUIRE))
		nap();
	for (u32 i = 0; i < SENDERS; i++)
		if (mine->irqs[i] >= 0)
			pvops_irq_unbind((u32)mine->irqs[i]);
	thread_exit();
}

static void run_processes(void *unused)
{
	static const char *const scenarios[] = { "syscall", "fork", "cow", "pipe", "fpu", "tls" };
	int status;

	for (u32 i = 0; !stopping(); i = (i + 1) % (sizeof(scenarios) / sizeof(scenarios[0]))) {
		status = process_run("t", scenarios[i]);
		if (status)
			life_wrong(LIFE_PROCESSES, "t %s: status %x", scenarios[i], (u32)status);
		nap();
	}
	thread_exit();
}

/* What a tick has noted, and nothing from now on. */
static u64 take(u64 *noted)
{
	u64 was = pvops_load64(noted);

	while (!pvops_cas64(noted, &was, 0))
		;
	return was;
}

int life_work_start(void)
{
	runner = thread_create(run_processes, NULL, -1, NULL);
	if (!runner)
		return -PVOPS_ENOMEM;
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		works[cpu].thread = thread_create(work, works + cpu, (int)cpu, NULL);
		if (!works[cpu].thread)
			return -PVOPS_ENOMEM;
	}
	life_work_forgive();
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		take(&cpus[cpu]->early);
		thread_run(works[cpu].thread);
	}
	thread_run(runner);
	return 0;
}

void life_work_stop(void)
{
	u64 rounds = 0;

	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	thread_join(runner);
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		thread_join(works[cpu].thread);
		rounds += works[cpu].rounds;
	}
	kprintf("# life: %llu rounds of work on %u CPUs\n", rounds, nr_cpus);
}

/* Has it grown within the time that it may take? */
static bool grows(u64 now, u64 count, u64 *seen, u64 *at)
{
	bool late = count == *seen && now - *at > LIFE_LATE;

	if (count != *seen || late) {
		*seen = count;
		*at = now;
	}
	return !late;
}

void life_work_look(void)
{
	u64 now = life_clock();

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		struct work *w = works + cpu;
		u64 rounds = __atomic_load_n(&w->rounds, __ATOMIC_RELAXED);
		u64 late = cpus[cpu]->late;
		u64 early = take(&cpus[cpu]->early);

		if (early)
			life_wrong(LIFE_TIMERS, "CPU %u: a tick %llu ns early", cpu, early);
		if (life_gap())
			continue;
		if (late > LIFE_LATE) {
			life_wrong(LIFE_TIMERS, "CPU %u: a tick %llu ms late", cpu, late / MS);
			cpus[cpu]->late = 0;
		}
		if (!grows(now, cpus[cpu]->ticks, &w->ticks, &w->ticks_at))
			life_wrong(LIFE_CPUS, "CPU %u ticks no more", cpu);
		if (!grows(now, rounds, &w->seen, &w->rounds_at))
			life_wrong(LIFE_CPUS, "CPU %u works no more", cpu);
	}
}

u64 life_work_forgive(void)
{
	u64 now = life_clock(), most = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		u64 late = take(&cpus[cpu]->late);

		most = late > most ? late : most;
		works[cpu].ticks_at = now;
		works[cpu].rounds_at = now;
	}
	return most;
}
