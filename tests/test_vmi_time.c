// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* VMI's time and lazy modes on a ROM that is right, wrong, stands still or goes back. */
#include "vmi_calls.h"
#include <pvops/clock.h>
#include "logged.h"

#define SAYS(text)	assert_true(!!strstr(logged, text))

u32 vmi_targets[VMI_NR_CALLS];
static bool offered, taken;

bool pvops_clock_offer(const char *owner, const struct pvops_clock_facts *facts,
		       struct pvops_clock_choice *choice)
{
	assert_string_equal(owner, "vmi");
	assert_int_equal(facts->has, PVOPS_CLOCK_VMI_COUNTER);
	offered = true;
	return taken;
}

static int fresh(void **state)
{
	memset(&rom_state, 0, sizeof(rom_state));
	memset(vmi_targets, 0, sizeof(vmi_targets));
	rom_state.hz = 2600000000ULL;
	rom_state.step = 26;
	rom_state.date = 1700000000 * NS;
	vmi_targets[VMI_CYCLE_FREQUENCY] = (u32)rom_frequency;
	vmi_targets[VMI_CYCLE_COUNTER] = (u32)rom_counter;
	vmi_targets[VMI_SET_ALARM] = (u32)rom_set_alarm;
	vmi_targets[VMI_CANCEL_ALARM] = (u32)rom_cancel_alarm;
	vmi_targets[VMI_WALLCLOCK] = (u32)rom_wallclock;
	vmi_targets[VMI_WALLCLOCK_UPDATED] = (u32)rom_wallclock_updated;
	vmi_targets[VMI_SET_LAZY_MODE] = (u32)rom_lazy_mode;
	logged[0] = 0;
	offered = false;
	taken = true;
	return 0;
}

/* Started, and at rest: the counter goes by the test's hand from here. */
static void begin(void)
{
	assert_int_equal(vmi_time_init(), VMI_TIME_ALARM);
	assert_true(offered);
	assert_int_equal(rom_state.armed, false);
	rom_state.step = 0;
}

static void frequencies(void **state)
{
	static const u64 bad[] = { 0, 1, 999999, 40000000001ULL, ~0ULL };

	for (u32 i = 0; i < 5; i++) {
		rom_state.hz = bad[i];
		assert_int_equal(vmi_time_init(), VMI_TIME_NONE);
		assert_true(!offered);
		SAYS("time is native");
		logged[0] = 0;
	}
	rom_state.hz = 1000000;
	assert_int_equal(vmi_time_init(), VMI_TIME_ALARM);
	rom_state.hz = 40000000000ULL;
	assert_int_equal(vmi_time_init(), VMI_TIME_ALARM);
}

static void not_offered(void **state)
{
	memset(vmi_targets, 0, sizeof(vmi_targets));
	assert_int_equal(vmi_time_init(), VMI_TIME_NONE);
	SAYS("vmi: no GetCycleFrequency: time is native");
}

static void a_counter_that_stands(void **state)
{
	rom_state.step = 0;
	assert_int_equal(vmi_time_init(), VMI_TIME_NONE);
	SAYS("vmi: the real counter stands");
	rom_state.step = ~0ULL;			/* back, by one each time */
	assert_int_equal(vmi_time_init(), VMI_TIME_NONE);
	assert_true(!offered);
}

static void somebody_elses_clock(void **state)
{
	taken = false;
	assert_int_equal(vmi_time_init(), VMI_TIME_NONE);
	assert_true(offered);
}

static void no_alarms(void **state)
{
	rom_state.deaf = true;
	assert_int_equal(vmi_time_init(), VMI_TIME_CLOCK);
	SAYS("vmi: alarms are not taken: the timer is native");
	rom_state.deaf = false;
	rom_state.keeps = true;
	assert_int_equal(vmi_time_init(), VMI_TIME_CLOCK);
}

static void clock_by_the_frequency(void **state)
{
	static const u64 hz[] = {
		1000000, 999999937, 2596150000ULL, 4294967296ULL, 39999999999ULL,
	};

	for (u32 i = 0; i < 5; i++) {
		u64 wanted = NS, shown, start;

		fresh(NULL);
		rom_state.hz = hz[i];
		begin();
		start = vmi_clock();
		/* A second to a year: right but for what is lost behind 32 bits of fraction. */
		for (u64 s = 1; s < 40000000; s *= 7) {
			rom_state.real[0] += s * hz[i];
			wanted = s * NS;
			shown = vmi_clock() - start;
			assert_in_range(shown, wanted - (wanted >> 26) - 1, wanted + 1);
			start += shown;
		}
	}
}

static void back_is_not_shown(void **state)
{
	u64 most;

	begin();
	rom_state.real[0] += 5 * rom_state.hz;
	most = vmi_clock();
	assert_true(most >= 5 * NS - 1000);
	rom_state.real[0] -= rom_state.hz;
	assert_true(vmi_clock() == most);
	rom_state.real[0] = 0;			/* before the start */
	assert_true(vmi_clock() == most);
	/* Another CPU's may be behind. */
	rom_state.cpu = 1;
	assert_true(vmi_clock() == most);
	rom_state.cpu = 0;
	rom_state.real[0] = 7 * rom_state.hz;
	assert_true(vmi_clock() > most);
}

static void stolen_by_cpu(void **state)
{
	u64 hz = rom_state.hz;

	rom_state.stolen[0] = 3 * hz;		/* before us: the boot's affair */
	begin();
	rom_state.real[0] += 100 * hz;
	assert_int_equal(vmi_steal(0), 0);
	rom_state.stolen[0] += hz;
	assert_in_range(vmi_steal(0), NS - 10, NS);
	/* Of another one's, what that one has noted. */
	rom_state.stolen[1] = 2 * hz;
	assert_int_equal(vmi_steal(1), 0);
	rom_state.cpu = 1;
	assert_in_range(vmi_steal(1), 2 * NS - 10, 2 * NS);
	rom_state.stolen[1] += hz;
	rom_state.real[1] = rom_state.real[0];
	vmi_set_alarm(0);
	rom_state.cpu = 0;
	assert_in_range(vmi_steal(1), 3 * NS - 10, 3 * NS);
	/* It begins again with 0: nothing is taken back, and what comes then counts. */
	rom_state.cpu = 1;
	rom_state.stolen[1] = 0;
	assert_in_range(vmi_steal(1), 3 * NS - 10, 3 * NS);
	rom_state.stolen[1] = hz;
	assert_in_range(vmi_steal(1), 4 * NS - 10, 4 * NS);
	/* Never more than there has been time, nor a CPU that is none. */
	rom_state.stolen[1] = ~0ULL / 2;
	assert_true(vmi_steal(1) <= vmi_clock());
	assert_int_equal(vmi_steal(PVOPS_MAX_CPUS), 0);
	assert_int_equal(rom_state.wrong, 0);
}

/* At the expiry the clock shows the deadline, or hardly less: native sets it again then. */
static void alarms_meet_deadlines(void **state)
{
	u64 after = 1;

	begin();
	rom_state.real[0] += 1234567890123ULL;
	for (u32 i = 0; i < 55; i++, after = after * 2 + i % 3) {
		u64 now = vmi_clock(), real = rom_state.real[0], at;

		vmi_set_alarm(now + after);
		assert_true(rom_state.armed && rom_state.expiry > real);
		assert_int_equal(rom_state.flags, VMI_ALARM_LVTT);
		assert_true(rom_state.period == 0);
		rom_state.real[0] = rom_state.expiry;
		at = vmi_clock();
		assert_true(at + 1 + after / 1000000 >= now + after);
		assert_true(at <= now + after + 2 + after / 1000000);
	}
}

/* What passes while it is set, by an interrupt, does not come on top of it. */
static void alarms_are_not_late(void **state)
{
	u64 deadline;

	begin();
	deadline = vmi_clock() + NS;
	rom_state.step = rom_state.hz / 1000;
	vmi_set_alarm(deadline);
	rom_state.step = 0;
	rom_state.real[0] = rom_state.expiry;
	assert_in_range(vmi_clock(), deadline - 5 * NS / 1000, deadline + 2);
}

static void alarms_at_the_ends(void **state)
{
	begin();
	rom_state.real[0] += 100 * rom_state.hz;
	vmi_set_alarm(0);
	assert_true(rom_state.expiry == rom_state.real[0]);
	vmi_set_alarm(vmi_clock());
	assert_true(rom_state.expiry == rom_state.real[0]);
	/* Further than the counter goes. */
	vmi_set_alarm(~0ULL);
	assert_true(rom_state.expiry == ~0ULL);
	vmi_set_alarm(~0ULL / 2);
	assert_true(rom_state.expiry > rom_state.real[0]);
	rom_state.real[0] = ~0ULL - 1000;
	vmi_set_alarm(vmi_clock() + NS);
	assert_true(rom_state.expiry == ~0ULL);
	vmi_cancel_alarm();
	assert_int_equal(rom_state.armed, false);
	assert_int_equal(rom_state.wrong, 0);
}

static void the_date(void **state)
{
	struct pvops_timespec ts;

	begin();
	vmi_wallclock(&ts);
	assert_true(ts.sec == 1700000000 && ts.nsec < 100000);
	rom_state.real[0] += 3 * rom_state.hz / 2;
	rom_state.date += 10 * NS;		/* not asked: it goes by the clock */
	vmi_wallclock(&ts);
	assert_true(ts.sec == 1700000001);
	assert_in_range(ts.nsec, 499999000, 500100000);
	rom_state.updated = true;
	vmi_wallclock(&ts);
	assert_true(ts.sec == 1700000010 && ts.nsec < 100000);
	rom_state.real[0] += rom_state.hz;
	vmi_wallclock(&ts);
	assert_true(ts.sec == 1700000011 || (ts.sec == 1700000010 && ts.nsec > 999999000));
}

static void modes_are(const char *modes)
{
	char said[17] = "";

	for (u32 i = 0; i < rom_state.nr_modes; i++)
		said[i] = (char)('0' + rom_state.modes[i]);
	assert_string_equal(said, modes);
	rom_state.nr_modes = 0;
}

static void lazy_modes(void **state)
{
	assert_int_equal(vmi_lazy(VMI_LAZY_MMU), false);
	modes_are("");
	/* Nothing in it: nothing is said. */
	vmi_batch_begin();
	assert_int_equal(vmi_batch_flush(), 0);
	modes_are("");
	vmi_batch_begin();
	assert_int_equal(vmi_lazy(VMI_LAZY_MMU), true);
	assert_int_equal(vmi_lazy(VMI_LAZY_MMU), true);
	modes_are("1");
	/* Nests; CPUs have their own. */
	vmi_batch_begin();
	rom_state.cpu = 1;
	assert_int_equal(vmi_lazy(VMI_LAZY_CPU), false);
	rom_state.cpu = 0;
	assert_int_equal(vmi_batch_flush(), 0);
	modes_are("");
	/* One mode at a time. */
	assert_int_equal(vmi_lazy(VMI_LAZY_CPU), true);
	modes_are("02");
	assert_int_equal(vmi_batch_flush(), 0);
	modes_are("0");
	assert_int_equal(vmi_lazy(VMI_LAZY_CPU), false);
	modes_are("");
	vmi_batch_begin();
	vmi_lazy(VMI_LAZY_CPU);
	vmi_batch_flush();
	modes_are("20");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(frequencies),
		T(not_offered),
		T(a_counter_that_stands),
		T(somebody_elses_clock),
		T(no_alarms),
		T(clock_by_the_frequency),
		T(back_is_not_shown),
		T(stolen_by_cpu),
		T(alarms_meet_deadlines),
		T(alarms_are_not_late),
		T(alarms_at_the_ends),
		T(the_date),
		T(lazy_modes),
	};

	return cmocka_run_group_tests_name("vmi_time", tests, NULL, NULL);
}
