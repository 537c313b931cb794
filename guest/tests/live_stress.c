// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Millions of calls on all CPUs but one, which patches their sites to and fro meanwhile. The
 * backend is `tally`, which counts: a call that is lost, or done twice, shows in the sum.
 */
#include <pvops/text.h>
#include "../tally.h"
#include "party.h"

#define CALLS		2000000UL	/* to be made in each test, by all CPUs */
#define LIMIT		(8000 * MS)	/* what a busy machine may make of it */
#define RANGE		1024		/* bytes of text in which round() ends, at -O0 too */
#define COUNTED		4		/* calls of a round that tally counts */
#define VECTORS		16

static struct {
	unsigned long made[MAX_CPUS];
	unsigned long counted[MAX_CPUS];
	unsigned long wrong;
	u32 patcher;
	u32 stop;
	bool (*patch)(bool on);
	unsigned long patches;
	unsigned long enough;
} stress;

static unsigned long cr4;
static struct pvops_gate gates[MAX_CPUS][VECTORS];

/* Each op here has an effect or an answer that is looked at. */
static __attribute__((noinline)) bool round(unsigned int cpu, u32 i)
{
	struct pvops_gate gate = { .low = i }, *idt = gates[cpu];
	unsigned long flags = pvops_irq_save(), inside;
	bool right;

	pvops_irq_disable();
	inside = pvops_irq_save();
	pvops_mmu_batch_begin();
	right = pvops_cpu_read_cr4() == cr4;
	pvops_cpu_write_idt_entry(idt, i % VECTORS, &gate);
	right &= pvops_mmu_batch_flush() == 0;
	pvops_irq_restore(flags);
	return right && idt[i % VECTORS].low == i && flags & PVOPS_FLAGS_IF &&
	       !(inside & PVOPS_FLAGS_IF);
}

static unsigned long sum(const unsigned long *of)
{
	unsigned long all = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		all += __atomic_load_n(&of[cpu], __ATOMIC_RELAXED);
	return all;
}

static void patch_until_enough(void)
{
	u64 end = pvops_time_clock() + LIMIT;

	while ((stress.patches < stress.enough || sum(stress.made) < CALLS) &&
	       (stress.patches < LEAST || pvops_time_clock() < end)) {
		EXPECT(stress.patch(false));
		EXPECT(stress.patch(true));
		stress.patches += 2;
	}
	__atomic_store_n(&stress.stop, 1, __ATOMIC_RELEASE);
}

static void member(void *unused)
{
	unsigned int cpu = pvops_cpu();
	unsigned long i = 0, before = tally_calls(cpu);

	if (cpu == stress.patcher) {
		patch_until_enough();
		return;
	}
	while (!__atomic_load_n(&stress.stop, __ATOMIC_ACQUIRE)) {
		if (!round(cpu, (u32)++i))
			__atomic_fetch_add(&stress.wrong, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&stress.made[cpu], COUNTED * i, __ATOMIC_RELAXED);
	}
	/* No other thread has run here meanwhile. */
	stress.counted[cpu] = tally_calls(cpu) - before;
}

static bool skip(void)
{
	if (pvops_text_equal(pvops_get_info()->backend->name, "tally") && nr_cpus > 1)
		return false;
	test_skip("for several CPUs and pvops=tally");
	return true;
}

static void run(const char *what, bool (*patch)(bool on), unsigned long enough)
{
	unsigned long traps = trap_at_site;
	u64 start = pvops_time_clock();

	stress = (typeof(stress)){ .patcher = pvops_cpu(), .patch = patch, .enough = enough };
	cr4 = pvops_cpu_read_cr4();
	party(nr_cpus, member, NULL);
	NOTE("live: %s: %lu calls on %u CPUs, %lu counted, %lu wrong", what, sum(stress.made),
	     nr_cpus - 1, sum(stress.counted), stress.wrong);
	NOTE("live: %s: patched %lu times, %lu traps, %llu ms", what, stress.patches,
	     trap_at_site - traps, (pvops_time_clock() - start) / MS);
	EXPECT(stress.wrong == 0);
	EXPECT(sum(stress.made) >= CALLS && stress.patches >= LEAST && trap_at_site > traps);
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		EXPECT(cpu == stress.patcher || stress.made[cpu]);
}

static void expect_all_counted(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		EXPECT(stress.counted[cpu] == stress.made[cpu]);
}

static bool take_back_or_patch(bool on)
{
	const u8 *start = (const u8 *)(unsigned long)round;

	return pvops_patch_range(start, start + RANGE, on) == 0;
}

/* All ways lead to tally's functions: by the site, by the table, by the trap. */
GUEST_TEST(live_patched_to_and_fro)
{
	if (skip())
		return;
	run("to and fro", take_back_or_patch, 60);
	expect_all_counted();
}

static bool take_all_back_or_patch(bool on)
{
	return (on ? pvops_patch() : pvops_unpatch()) == 0;
}

GUEST_TEST(live_all_patched_to_and_fro)
{
	if (skip())
		return;
	run("all sites", take_all_back_or_patch, 10);
	expect_all_counted();
}

static bool switch_over(bool on)
{
	const struct pvops_backend *own = pvops_get_info()->backend;
	const char *to = on ? own->name : own->base;

	return pvops_switch(PVOPS_FAMILY_cpu, to) == 0 && pvops_switch(PVOPS_FAMILY_mmu, to) == 0;
}

/* To the backend below, which does not count, and back. */
GUEST_TEST(live_switched_to_and_fro)
{
	unsigned int cpu = pvops_cpu();
	unsigned long before;

	if (skip())
		return;
	run("switched", switch_over, 12);
	EXPECT(sum(stress.counted) && sum(stress.counted) < sum(stress.made));
	/* Once it has been switched nobody comes to the old one any more. */
	EXPECT(switch_over(false));
	before = tally_calls(cpu);
	for (u32 i = 1; i <= 1000; i++)
		EXPECT(round(cpu, i));
	EXPECT(tally_calls(cpu) == before);
	EXPECT(switch_over(true));
	for (u32 i = 1; i <= 1000; i++)
		EXPECT(round(cpu, i));
	EXPECT(tally_calls(cpu) == before + 1000UL * COUNTED);
}
