// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Clocks: forward only, everywhere, and at the right speed. */
#include <pvops/clock.h>
#include "party.h"

#define YEAR_2020	1577836800ULL
#define YEAR_2200	7258118400ULL

GUEST_TEST(time_clock_never_goes_back)
{
	u64 last = pvops_time_clock(), now;

	for (int i = 0; i < 20000; i++) {
		now = pvops_time_clock();
		EXPECT(now >= last);
		last = now;
	}
}

GUEST_TEST(time_clock_goes_on)
{
	u64 start = pvops_time_clock(), now = start;

	/* At a million reads it must have moved, or it stands. */
	for (int i = 0; i < 1000000 && now == start; i++)
		now = pvops_time_clock();
	EXPECT(now > start);
	EXPECT(start && start < 1000000ULL * 1000 * MS);
}

static u64 shown;		/* the latest that any CPU has seen */

static void watch(void *arg)
{
	for (int i = 0; i < 3000; i++) {
		u64 before = pvops_load64(&shown), now;

		asm volatile("" : : : "memory");
		now = pvops_time_clock();
		EXPECT(now >= before);
		(void)pvops_clock_newest(&shown, now);
	}
}

GUEST_TEST(time_clock_is_one_on_all_cpus)
{
	shown = 0;
	party(nr_cpus, watch, NULL);
	EXPECT(pvops_time_clock() >= shown);
}

static u64 rdtsc(void)
{
	u32 lo, hi;

	PVOPS_UNMARKED(rdtsc, "lfence; rdtsc", : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

/* Both clocks at one moment: the closest of many looks, for a busy host gets in between. */
static void both(u64 *tsc, u64 *clock)
{
	u64 best = ~0ULL;

	for (int i = 0; i < 50; i++) {
		u64 before = rdtsc(), now = pvops_time_clock(), after = rdtsc();

		if (after - before >= best)
			continue;
		best = after - before;
		*tsc = before + best / 2;
		*clock = now;
	}
}

/* Ticks of the TSC in a millisecond of the clock, three times: within an eighth. */
static bool even(void)
{
	u64 rate[3];

	for (int i = 0; i < 3; i++) {
		u64 tsc = 0, end_tsc = 0, clock = 0, end_clock = 0;

		both(&tsc, &clock);
		busy_wait(20 * MS);
		both(&end_tsc, &end_clock);
		rate[i] = (end_tsc - tsc) * MS / (end_clock - clock);
	}
	for (int i = 1; i < 3; i++)
		if (rate[i] <= rate[0] - rate[0] / 8 || rate[i] >= rate[0] + rate[0] / 8)
			return false;
	return true;
}

GUEST_TEST(time_clock_runs_evenly)
{
	int tries = 5;

	/* A host that is busy with other things is uneven at times, a wrong clock always. */
	while (tries && !even())
		tries--;
	EXPECT(tries);
}

GUEST_TEST(time_wallclock_is_a_date)
{
	struct pvops_timespec ts = { 0, ~0U };

	pvops_time_wallclock(&ts);
	EXPECT(ts.sec > YEAR_2020 && ts.sec < YEAR_2200);
	EXPECT(ts.nsec < 1000000000);
}

static u64 wall(void)
{
	struct pvops_timespec ts = { 0, 0 };

	pvops_time_wallclock(&ts);
	return ts.sec * 1000 * MS + ts.nsec;
}

GUEST_TEST(time_wallclock_goes_with_the_clock)
{
	u64 before, inside, after, start = wall();

	/* A busy host may stop us between two looks: one clock's lie between the other's. */
	before = pvops_time_clock();
	for (int i = 0; i < 10; i++) {
		u64 outside = pvops_time_clock(), wall_before = wall(), passed;

		inside = pvops_time_clock();
		busy_wait(2 * MS);
		after = pvops_time_clock();
		passed = wall() - wall_before;
		outside = pvops_time_clock() - outside;
		EXPECT(passed >= after - inside && passed < outside + 500 * MS);
	}
	after = pvops_time_clock();
	EXPECT(wall() - start >= after - before - MS);
}

GUEST_TEST(time_steal_by_contract)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		u64 one = pvops_time_steal(cpu), two;

		busy_wait(MS);
		two = pvops_time_steal(cpu);
		EXPECT(two >= one && two <= pvops_time_clock());
		if (!on_xen_pv() && !enlightened(PVOPS_OP_time_steal))
			EXPECT(one == 0 && two == 0);
	}
}

static void use_up(void *arg)
{
	u64 end = pvops_time_clock() + 20 * MS, before = pvops_time_steal(pvops_cpu());

	while (pvops_time_clock() < end)
		asm volatile("pause");
	/* Who ran cannot have been robbed of more than the time that went by. */
	EXPECT(pvops_time_steal(pvops_cpu()) - before < pvops_time_clock() - end + 40 * MS);
}

GUEST_TEST(time_steal_is_bounded_by_time)
{
	party(nr_cpus, use_up, NULL);
}

/* A host that takes the CPU away when it is asked to. */
GUEST_TEST(time_steal_is_what_the_host_took)
{
	u64 stolen, start, passed;

	if (!monitored())
		SKIP("this host does not steal to order");
	stolen = pvops_time_steal(pvops_cpu());
	start = pvops_time_clock();
	monitor_tell(MONITOR_STEAL(30));
	passed = pvops_time_clock() - start;
	stolen = pvops_time_steal(pvops_cpu()) - stolen;
	EXPECT(passed >= 30 * MS);
	EXPECT(stolen >= 30 * MS - MS / 10 && stolen <= passed);
	/* Once, and no more of it without being asked. */
	stolen = pvops_time_steal(pvops_cpu());
	busy_wait(5 * MS);
	EXPECT(pvops_time_steal(pvops_cpu()) == stolen);
}

GUEST_TEST(time_wallclock_follows_the_host)
{
	struct pvops_timespec before, after;

	if (!monitored())
		SKIP("this host's date does not step to order");
	pvops_time_wallclock(&before);
	monitor_tell(MONITOR_STEP(5000));
	pvops_time_wallclock(&after);
	EXPECT(after.sec - before.sec >= 5000 && after.sec - before.sec <= 5002);
	pvops_time_wallclock(&before);
	EXPECT(before.sec - after.sec <= 1);
}
