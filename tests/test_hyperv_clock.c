// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Which clock under Hyper-V: each row of core's table that can come about, chosen and refused. */
#include <pvops/tsc.h>
#include "hyperv_calls.h"

struct machine {
	u32 features, has;
	u32 deaf, bad_read, bad_write;
	u64 hz;
	bool no_page;			/* placed, and not valid */
	bool invariant, no_tsc, tdx;
	u32 crystal_khz;
	const void *clock;		/* NULL: native's */
	const char *line;
	const char *besides;
};

#define COUNTER		HV_MAY_REF_COUNTER
#define PAGE		(HV_MAY_REF_COUNTER | HV_MAY_REF_TSC)
#define SAID		.has = HV_HAS_FREQUENCIES, .hz = 2000000000
#define BY_PAGE		.clock = hyperv_time_clock, \
			.line = "hyperv: clock hyperv-page: the host's TSC page is valid\n"
#define BY_COUNTER	.clock = hyperv_time_clock, .line = \
			"hyperv: clock hyperv-counter: the host counts; each reading traps\n"
#define BY_TSC(who)	.clock = pvops_tsc_clock, .line = \
			"hyperv: clock tsc at 2000000 kHz by " who ": invariant, frequency known\n"
#define BY_POOR_TSC	.clock = pvops_tsc_clock, .line = \
			"hyperv: clock tsc at 2000000 kHz by the host: nothing better is there\n"
#define NATIVE(why)	.line = "native: clock tsc at 2000000 kHz measured: " why "\n"
#define NATIVE_POOR	NATIVE("nothing better is there")
#define NATIVE_INV	NATIVE("invariant, frequency measured")
#define NATIVE_TDX	NATIVE("nothing better can be trusted")

static const struct machine machines[] = {
	{ .features = PAGE, BY_PAGE },
	{ .features = PAGE, .no_page = true, BY_COUNTER,
	  .besides = "hyperv: the reference TSC page is not valid yet\n" },
	{ .features = PAGE, .deaf = HV_MSR_REF_TSC, BY_COUNTER,
	  .besides = "hyperv: the reference TSC page is offered and does not work\n" },
	{ .features = PAGE, .bad_write = HV_MSR_REF_TSC, BY_COUNTER },
	{ .features = COUNTER, BY_COUNTER },
	/* A page without the counter may cease to be valid, and then there is nothing. */
	{ .features = HV_MAY_REF_TSC, NATIVE_POOR },
	{ .features = COUNTER, .bad_read = HV_MSR_REF_COUNTER, NATIVE_POOR,
	  .besides = "hyperv: the reference counter is offered and does not work\n" },
	{ .features = PAGE, .bad_read = HV_MSR_REF_COUNTER, NATIVE_POOR },
	{ .features = 0, NATIVE_POOR },
	/* Both need no TSC, or the page does. */
	{ .features = PAGE, .no_tsc = true, BY_COUNTER },
	/* A frequency, in as far as it is offered, read, and possible. */
	{ .features = HV_MAY_FREQUENCIES, SAID, BY_POOR_TSC },
	{ .features = HV_MAY_FREQUENCIES, .hz = 2000000000, NATIVE_POOR },
	{ .features = 0, SAID, NATIVE_POOR },
	{ .features = HV_MAY_FREQUENCIES, .has = HV_HAS_FREQUENCIES, .hz = 0, NATIVE_POOR },
	{ .features = HV_MAY_FREQUENCIES, .has = HV_HAS_FREQUENCIES, .hz = 9999999, NATIVE_POOR },
	{ .features = HV_MAY_FREQUENCIES, .has = HV_HAS_FREQUENCIES, .hz = ~0ULL, NATIVE_POOR },
	{ .features = HV_MAY_FREQUENCIES, SAID, .bad_read = HV_MSR_TSC_FREQUENCY, NATIVE_POOR },
	{ .features = PAGE | HV_MAY_FREQUENCIES, SAID, BY_PAGE },
	{ .features = COUNTER | HV_MAY_FREQUENCIES, SAID, BY_COUNTER },
	/* An invariant TSC, if somebody tells how fast it runs; the page before a measurement. */
	{ .features = PAGE | HV_MAY_FREQUENCIES, SAID, .invariant = true, BY_TSC("the host") },
	{ .features = PAGE, .invariant = true, .crystal_khz = 2000000, BY_TSC("leaf 0x15") },
	{ .features = PAGE, .invariant = true, BY_PAGE },
	{ .features = COUNTER, .invariant = true, NATIVE_INV },
	{ .features = PAGE | HV_MAY_FREQUENCIES, SAID, .invariant = true, .crystal_khz = 2100000,
	  BY_TSC("the host"),
	  .besides = "clock: TSC at 2100000 kHz by leaf 0x15, but 2000000 kHz by the host: not "
		     "believed\n" },
	/* A host that shows it to those who ask. */
	{ .features = PAGE | HV_MAY_FREQUENCIES | HV_MAY_TSC_INVARIANT, SAID, .invariant = true,
	  BY_TSC("the host") },
	{ .features = PAGE | HV_MAY_FREQUENCIES | HV_MAY_TSC_INVARIANT, SAID, BY_PAGE },
	{ .features = PAGE | HV_MAY_FREQUENCIES | HV_MAY_TSC_INVARIANT, SAID, .invariant = true,
	  .deaf = HV_MSR_TSC_INVARIANT, BY_PAGE },
	{ .features = PAGE | HV_MAY_FREQUENCIES | HV_MAY_TSC_INVARIANT, SAID, .invariant = true,
	  .bad_write = HV_MSR_TSC_INVARIANT, BY_PAGE,
	  .besides = "hyperv: an invariant TSC is offered and refused\n" },
	/* Nothing of the host's where it is not to be trusted. */
	{ .features = PAGE | HV_MAY_FREQUENCIES, SAID, .tdx = true, NATIVE_TDX },
	{ .features = COUNTER, .tdx = true, NATIVE_TDX },
	{ .features = HV_MAY_FREQUENCIES, SAID, .tdx = true, .invariant = true, NATIVE_INV },
	{ .features = PAGE, .tdx = true, .invariant = true, .crystal_khz = 2000000,
	  .clock = pvops_tsc_clock,
	  .line = "hyperv: clock tsc at 2000000 kHz by leaf 0x15: invariant, and the host need not "
		  "be trusted\n" },
};

static u32 lines_of_the_clock(void)
{
	u32 n = 0;

	for (const char *at = logged; (at = strstr(at, ": clock ")); at++)
		n++;
	return n;
}

static u64 now(void)
{
	return OP(time_clock)();
}

static void choice_of_clocks(void **state)
{
	for (u32 i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		const struct machine *m = machines + i;

		fresh(NULL);
		hv.features = m->features;
		hv.has = m->has;
		hv.deaf = m->deaf;
		hv.bad_read = m->bad_read;
		hv.bad_write = m->bad_write;
		hv.tsc_hz = m->hz;
		hv.invariant = m->invariant;
		hv.no_tsc = m->no_tsc;
		hv.tdx = m->tdx;
		hv.crystal_khz = m->crystal_khz;
		if (m->no_page)
			shown.sequence = 0;
		assert_int_equal(start(1), 0);
		assert_true(said(m->line));
		assert_int_equal(lines_of_the_clock(), 1);
		if (m->besides)
			assert_true(said(m->besides));
		assert_int_equal(OURS(time_clock), m->clock != NULL);
		assert_int_equal(OURS(time_wallclock), m->clock != NULL);
		if (m->clock)
			assert_ptr_equal(OP(time_clock), m->clock);
		/* The page's memory may have what another host once wrote there. */
		hv.tsc_reads = 0;
		now();
		assert_int_equal(hv.tsc_reads, said("clock hyperv-page"));
		assert_int_equal(hv.breaches, 0);
	}
}

static void clock_by_the_frequency(void **state)
{
	hv.features = HV_MAY_FREQUENCIES;
	hv.has = HV_HAS_FREQUENCIES;
	hv.tsc = 1000;
	assert_int_equal(start(1), 0);
	hv.tsc = 1000 + 2000000000ULL * 3600;
	assert_in_range(now(), 3599999999000, 3600000000000);
	hv.tsc = 0;
	assert_in_range(now(), 3599999999000, 3600000000000);
	/* No reference time, no deadlines in it. */
	hv.features |= HV_MAY_STIMER;
	hv.has |= HV_HAS_STIMER_DIRECT;
	assert_int_equal(start(1), 0);
	assert_false(OURS(time_set_timer));
}

static void date_goes_with_each_clock(void **state)
{
	for (int by_tsc = 0; by_tsc < 2; by_tsc++) {
		struct pvops_timespec date;

		fresh(NULL);
		hv.invariant = by_tsc;
		hv.tsc_hz = 20000000;		/* as pass() has it */
		hv.base_khz = 20000;
		assert_int_equal(start(1), 0);
		assert_int_equal(OP(time_clock) == pvops_tsc_clock, by_tsc);
		pass(5000 * MS);
		OP(time_wallclock)(&date);
		assert_int_equal(date.sec, 1700000005);
		assert_in_range(date.nsec, 899999000, 900000000);
	}
}

static void set_timer(u64 deadline)
{
	const struct pvops_irq_source source = { PVOPS_IRQ_TIMER, 0 };

	handled = 0;
	assert_true(OURS(time_set_timer));
	assert_true(OP(irq_bind)(&source, 0, handler, NULL) > 0);
	assert_int_equal(OP(time_set_timer)(deadline), 0);
}

/* Deadlines are by time.clock, the host's timer goes by its reference time. */
static void timer_beside_the_tsc(void **state)
{
	u64 deadline;

	hv.invariant = true;
	hv.tsc_hz = 20000000;
	hv.base_khz = 20000;
	assert_int_equal(start(1), 0);
	assert_ptr_equal(OP(time_clock), pvops_tsc_clock);
	deadline = now() + 3 * MS;
	set_timer(deadline);
	assert_in_range(hv.vps[0].count, hv.ref + 30000, hv.ref + 30001);
	pass(3 * MS - 200);
	assert_int_equal(handled, 0);
	pass(400);
	assert_int_equal(handled, 1);
	assert_true(now() >= deadline);
	/* What has passed is due at once, in the host's time too. */
	assert_int_equal(OP(time_set_timer)(1), 0);
	assert_in_range(hv.vps[0].count, hv.ref - 10, hv.ref + 1);
	pass(100);
	assert_int_equal(handled, 2);
	assert_int_equal(hv.breaches, 0);
}

/* One that goes at half the host's pace: early, found not due, and set again. */
static void timer_beside_a_slow_clock(void **state)
{
	u64 deadline, passed = 0;

	hv.features &= ~(HV_MAY_REF_TSC | HV_MAY_FREQUENCIES);
	hv.invariant = true;
	hv.base_khz = 40000;
	assert_int_equal(start(1), 0);
	assert_true(said("native: clock tsc at 40000 kHz measured: invariant"));
	deadline = now() + MS;
	set_timer(deadline);
	for (; !handled && passed < 10 * MS; passed += 1000)
		pass(1000);
	assert_in_range(passed, 2 * MS, 2 * MS + 10000);
	assert_true(now() >= deadline);
	assert_int_equal(hv.breaches, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(choice_of_clocks),
		T(clock_by_the_frequency),
		T(date_goes_with_each_clock),
		T(timer_beside_the_tsc),
		T(timer_beside_a_slow_clock),
	};

	return cmocka_run_group_tests_name("hyperv_clock", tests, NULL, NULL);
}
