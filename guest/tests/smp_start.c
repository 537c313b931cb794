// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Other CPUs: up, down, up again. */
#include "party.h"

static void unused(void *arg)
{
}

GUEST_TEST(smp_start_cpu_refuses_nonsense)
{
	struct pvops_cpu_start start = {
		.entry = unused, .stack = (void *)this_cpu()->idle_sp,
		.gs_base = (unsigned long)this_cpu(), .root = pvops_pfn_to_gpa(kernel_root),
	};

	EXPECT(pvops_smp_start_cpu(0, &start) == -PVOPS_EINVAL);
	EXPECT(pvops_smp_start_cpu(pvops_smp_nr_cpus(), &start) == -PVOPS_EINVAL);
	EXPECT(pvops_smp_start_cpu(~0U, &start) == -PVOPS_EINVAL);
	if (nr_cpus < 2)
		return;
	start.stack = (void *)(cpus[1]->idle_sp - 64);
	EXPECT(pvops_smp_start_cpu(1, &start) == -PVOPS_EBUSY);
	start.stack = (void *)(cpus[1]->idle_sp - 8);
	EXPECT(pvops_smp_start_cpu(1, &start) == -PVOPS_EINVAL);
	start.stack = (void *)cpus[1]->idle_sp;
	start.entry = NULL;
	EXPECT(pvops_smp_start_cpu(1, &start) == -PVOPS_EINVAL);
}

GUEST_TEST(smp_cpu_stopped_not_while_it_runs)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		EXPECT(!pvops_smp_cpu_stopped(cpu));
	EXPECT(!pvops_smp_cpu_stopped(pvops_smp_nr_cpus()));
	EXPECT(!pvops_smp_cpu_stopped(~0U));
}

static void note(void *arg)
{
	*(u32 *)arg = pvops_cpu() + 1;
}

/* Threads run on CPU 0 meanwhile, so that the one to be stopped is idle. */
static void cycle(unsigned int cpu)
{
	u32 seen = 0;

	EXPECT(smp_stop(cpu) == 0);
	EXPECT(pvops_smp_cpu_stopped(cpu));
	busy_wait(MS);
	EXPECT(pvops_smp_cpu_stopped(cpu) && !cpus[cpu]->online);
	EXPECT(smp_start(cpu) == 0);
	EXPECT(!pvops_smp_cpu_stopped(cpu) && cpus[cpu]->online);
	run_on(cpu, note, &seen);
	EXPECT(seen == cpu + 1);
	seen = 0;
	party_on(cpu, note, &seen);
	EXPECT(seen == cpu + 1);
}

static void cycles(void *arg)
{
	u64 start = pvops_time_clock();

	for (u32 i = 0; i < 3 && (!i || pvops_time_clock() - start < BUDGET); i++)
		for (unsigned int cpu = 1; cpu < nr_cpus; cpu++)
			cycle(cpu);
}

GUEST_TEST(smp_stop_cpu_and_start_cpu_in_turns)
{
	if (nr_cpus < 2)
		SKIP("one CPU");
	party_on(0, cycles, NULL);
}

static void all_down_all_up(void *arg)
{
	for (unsigned int cpu = 1; cpu < nr_cpus; cpu++)
		EXPECT(smp_stop(cpu) == 0);
	for (unsigned int cpu = 1; cpu < nr_cpus; cpu++)
		EXPECT(pvops_smp_cpu_stopped(cpu));
	EXPECT(!pvops_smp_cpu_stopped(0));
	EXPECT(process_run("t", "syscall") == 0);
	for (unsigned int cpu = nr_cpus - 1; cpu; cpu--)
		EXPECT(smp_start(cpu) == 0);
}

GUEST_TEST(smp_stop_cpu_all_but_one)
{
	u32 seen;

	if (nr_cpus < 2)
		SKIP("one CPU");
	party_on(0, all_down_all_up, NULL);
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		seen = 0;
		party_on(cpu, note, &seen);
		EXPECT(seen == cpu + 1);
	}
	EXPECT(process_run("t", "storm") == 0);
}
