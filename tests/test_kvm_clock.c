// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Which clock under KVM: each row of core's table that can come about, chosen and refused. */
#include <pvops/tsc.h>
#include "kvm_start.h"

struct machine {
	u32 features;
	u8 flags;			/* of the area */
	bool invariant, no_tsc, tdx;
	u32 timing_khz, crystal_khz;
	u32 fail_msr;
	const void *clock;		/* NULL: native's */
	const char *line;
};

#define STABLE_LINE	"\nkvm: clock pvclock: the host says that it is stable\n"
#define GUARDED_LINE	"\nkvm: clock pvclock: not stable, so no CPU may fall behind another\n"
#define OLD_STABLE_LINE	"\nkvm: clock pvclock: by the old MSRs, and the host says that it is " \
			"stable\n"
#define OLD_LINE	"\nkvm: clock pvclock: by the old MSRs, not stable, so no CPU may fall " \
			"behind another\n"
#define NATIVE_LINE	"\nnative: clock tsc at 1000000 kHz measured: nothing better is there\n"
#define UNTRUSTING_LINE	"\nnative: clock tsc at 1000000 kHz measured: nothing better can be " \
			"trusted\n"
#define NATIVE_INV_LINE	"\nnative: clock tsc at 1000000 kHz measured: invariant, frequency " \
			"measured\n"
#define TSC_LINE(by)	"\nkvm: clock tsc at 1000000 kHz by " by ": invariant, frequency known\n"
#define BOTH		(KVM_F_CLOCK | KVM_F_CLOCK_STABLE)

static const struct machine machines[] = {
	/* Stable is what both say, the leaf and the area. */
	{ .features = BOTH, .flags = 1, .clock = kvm_clock, .line = STABLE_LINE },
	{ .features = BOTH, .flags = 0xfe, .clock = kvm_clock, .line = GUARDED_LINE },
	{ .features = KVM_F_CLOCK, .flags = 1, .clock = kvm_clock, .line = GUARDED_LINE },
	/* The old MSRs, if there are no others or they do not work. */
	{ .features = KVM_F_CLOCK_OLD | KVM_F_CLOCK_STABLE, .flags = 1, .clock = kvm_clock,
	  .line = OLD_STABLE_LINE },
	{ .features = KVM_F_CLOCK_OLD, .flags = 1, .clock = kvm_clock, .line = OLD_LINE },
	{ .features = KVM_F_CLOCK_OLD | KVM_F_CLOCK, .clock = kvm_clock, .line = GUARDED_LINE },
	{ .features = KVM_F_CLOCK_OLD | BOTH, .flags = 1, .fail_msr = KVM_MSR_CLOCK,
	  .clock = kvm_clock, .line = OLD_STABLE_LINE },
	/* An invariant TSC of a frequency that is told, by whom ever. */
	{ .features = BOTH, .flags = 1, .invariant = true, .clock = pvops_tsc_clock,
	  .line = TSC_LINE("the host") },
	{ .features = KVM_F_CLOCK_OLD, .invariant = true, .clock = pvops_tsc_clock,
	  .line = TSC_LINE("the host") },
	{ .features = BOTH, .flags = 1, .invariant = true, .timing_khz = 1000000,
	  .clock = pvops_tsc_clock, .line = TSC_LINE("the host's timing leaf") },
	{ .features = BOTH, .flags = 1, .invariant = true, .crystal_khz = 1000000,
	  .clock = pvops_tsc_clock, .line = TSC_LINE("leaf 0x15") },
	{ .invariant = true, .timing_khz = 1000000, .clock = pvops_tsc_clock,
	  .line = TSC_LINE("the host's timing leaf") },
	/* The processor says what its own TSC does, not what the host makes of it. */
	{ .features = BOTH, .flags = 1, .invariant = true, .crystal_khz = 1500000,
	  .clock = pvops_tsc_clock, .line = TSC_LINE("the host") },
	/* Not invariant, a frequency does not help. */
	{ .features = KVM_F_CLOCK, .timing_khz = 1000000, .clock = kvm_clock,
	  .line = GUARDED_LINE },
	/* No area: native's, which has been measured. */
	{ .line = NATIVE_LINE },
	{ .invariant = true, .line = NATIVE_INV_LINE },
	{ .features = KVM_F_CLOCK_STABLE, .flags = 1, .line = NATIVE_LINE },
	{ .features = BOTH, .flags = 1, .fail_msr = KVM_MSR_CLOCK, .line = NATIVE_LINE },
	{ .features = KVM_F_CLOCK_OLD, .fail_msr = KVM_MSR_CLOCK_OLD, .line = NATIVE_LINE },
	/* The area is of no use without a TSC, and of none in a guest that must not trust. */
	{ .features = BOTH, .flags = 1, .no_tsc = true, .line = "\nnative: clock none is there\n" },
	{ .features = BOTH, .flags = 1, .tdx = true, .line = UNTRUSTING_LINE },
	{ .features = KVM_F_CLOCK_OLD | KVM_F_CLOCK_STABLE, .flags = 1, .tdx = true,
	  .line = UNTRUSTING_LINE },
	{ .features = KVM_F_CLOCK, .tdx = true, .line = UNTRUSTING_LINE },
	{ .features = KVM_F_CLOCK_OLD, .tdx = true, .line = UNTRUSTING_LINE },
	{ .features = BOTH, .flags = 1, .tdx = true, .invariant = true, .line = NATIVE_INV_LINE },
	{ .features = BOTH, .flags = 1, .tdx = true, .invariant = true, .crystal_khz = 1000000,
	  .clock = pvops_tsc_clock,
	  .line = "\nkvm: clock tsc at 1000000 kHz by leaf 0x15: invariant, and the host need not "
		  "be trusted\n" },
};

static void choice_of_clocks(void **state)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		const struct machine *m = machines + i;

		fresh(NULL);
		strcpy(logged, "\n");
		host.clock.flags = m->flags;
		host.invariant = m->invariant;
		host.no_tsc = m->no_tsc;
		host.tdx = m->tdx;
		host.timing_khz = m->timing_khz;
		host.max = m->timing_khz ? BASE + 0x10 : BASE + 1;
		host.crystal_khz = m->crystal_khz;
		host.fail_msr = m->fail_msr;
		assert_int_equal(start(m->features), 0);
		SAYS(m->line);
		says_once(": clock ");
		if (m->clock)
			assert_true(has(PVOPS_OP_time_clock, m->clock));
		else
			assert_int_equal(kvm_forms[PVOPS_OP_time_clock].kind, PVOPS_FORM_EMPTY);
		assert_int_equal(kvm_forms[PVOPS_OP_time_wallclock].kind != PVOPS_FORM_EMPTY,
				 m->clock != NULL);
	}
}

static void area_says_the_frequency(void **state)
{
	static const struct {
		u32 mul;
		s8 shift;
		u32 khz;		/* 0: no TSC runs at that, so the area is the clock */
	} rows[] = {
		{ 1U << 31, 1, 1000000 }, { 3303820996, -1, 2600000 }, { 2321603943, -1, 3700000 },
		{ 1U << 31, 2, 500000 }, { 1U << 31, 7, 15625 }, { 1U << 31, 8, 0 },
		{ 1U << 31, -4, 32000000 }, { 1U << 31, -5, 0 }, { ~0U, -11, 0 }, { ~0U, -12, 0 },
		{ 1, -31, 0 }, { 1, 31, 2000000 }, { ~0U, 31, 0 },
	};

	for (u32 i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char line[80] = STABLE_LINE;

		fresh(NULL);
		base_khz = 0;
		host.invariant = true;
		host.clock.mul = rows[i].mul;
		host.clock.shift = rows[i].shift;
		assert_int_equal(start(BOTH), 0);
		if (rows[i].khz)
			snprintf(line, sizeof(line), "kvm: clock tsc at %u kHz by the host:",
				 rows[i].khz);
		SAYS(line + !rows[i].khz);
	}
}

static void unstable_area_is_no_better(void **state)
{
	host.invariant = true;
	host.clock.flags = 0;
	host.clock.shift = 8;			/* of no possible TSC, so no frequency is told */
	assert_int_equal(start(BOTH), 0);
	SAYS(&NATIVE_INV_LINE[1]);
	assert_int_equal(kvm_forms[PVOPS_OP_time_clock].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(kvm_forms[PVOPS_OP_time_wallclock].kind, PVOPS_FORM_EMPTY);
}

/* The area is the host's; date and stolen time still go by it. */
static void tsc_beside_the_area(void **state)
{
	struct pvops_timespec ts;
	u64 before;

	host.invariant = true;
	host.clock.ns = 5000000000ULL;
	start_all(BOTH | KVM_F_STEAL);
	assert_true(has(PVOPS_OP_time_clock, pvops_tsc_clock));
	before = pvops_tsc_clock();
	assert_in_range(before, 1, 1000);
	host.tsc += 2000000;
	assert_in_range(pvops_tsc_clock(), before + 2000000, before + 2000100);
	kvm_wallclock(&ts);
	assert_int_equal(ts.sec, 1600000005);
	assert_in_range(ts.nsec, 2000250, 2001250);
	/* Before our clock began, but not before the machine did. */
	cpu_at(1)->steal.stolen = 4000000000ULL;
	cpu_at(1)->steal.version = 2;
	assert_int_equal(kvm_steal(1), 4000000000ULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(choice_of_clocks),
		T(area_says_the_frequency),
		T(unstable_area_is_no_better),
		T(tsc_beside_the_area),
	};

	return cmocka_run_group_tests_name("kvm_clock", tests, NULL, NULL);
}
