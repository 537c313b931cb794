// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* KVM's clocks: read by the rule, and believed no further than they make sense. */
#include "kvm_start.h"

static void clock_by_the_rule(void **state)
{
	host.clock.tsc = 500;
	host.tsc = 500;
	assert_int_equal(start(KVM_F_CLOCK | KVM_F_CLOCK_STABLE), 0);
	assert_true(wrote(0, KVM_MSR_CLOCK, (unsigned long)&cpu_at(0)->clock | 1));
	host.tsc = 1490;
	assert_int_equal(kvm_clock(), 1000000 + 1000);
	cpu_at(0)->clock.shift = -2;			/* an eighth of a ns each */
	assert_int_equal(kvm_clock(), 1000000 + 1010 / 8);
	host.tsc = 100;					/* behind: no time has passed */
	assert_int_equal(kvm_clock(), 1000000);
	/* A year of ticks at 4 GHz does not overflow. */
	cpu_at(0)->clock.shift = -1;
	host.tsc = 500 - 10 + 4000000000ULL * 86400 * 365;
	assert_true(kvm_clock() == 1000000 + 1000000000ULL * 86400 * 365);
}

static void old_msrs_if_there_are_no_others(void **state)
{
	assert_int_equal(start(KVM_F_CLOCK_OLD), 0);
	assert_true(wrote(0, KVM_MSR_CLOCK_OLD, (unsigned long)&cpu_at(0)->clock | 1));
	assert_int_equal(host.writes, 2);
	assert_true(has(PVOPS_OP_time_clock, kvm_clock));
	fresh(NULL);
	assert_int_equal(start(KVM_F_CLOCK_OLD | KVM_F_CLOCK), 0);
	assert_false(wrote(0, KVM_MSR_CLOCK_OLD, (unsigned long)&cpu_at(0)->clock | 1));
}

/* The host writes in the middle of a look: half old, half new. */
static void host_writes(void)
{
	struct kvm_clock_area *area = &cpu_at(host.cpu)->clock;

	if (host.rdtscs % 3 == 2) {
		area->version++;
		area->tsc = host.tsc;
		area->ns += 1000000000000ULL;
	} else if (host.rdtscs % 3 == 0) {
		area->ns -= 1000000000000ULL - 1000;
		area->version++;
	}
}

static void torn_reads_are_not_shown(void **state)
{
	u64 last = 0, now;

	start_all(KVM_F_CLOCK | KVM_F_CLOCK_STABLE);
	host.rdtscs = 0;
	host.on_rdtsc = host_writes;
	for (int i = 0; i < 1000; i++) {
		now = kvm_clock();
		assert_true(now >= last && now < 1000000 + 10000000);
		last = now;
	}
	assert_true(host.rdtscs > 1100);		/* it did look again */
	SAYS_NOT("never");
}

/* Another machine's TSC, and an area to match, behind our look at the old one. */
static void migrated(void)
{
	struct kvm_clock_area *area = &cpu_at(host.cpu)->clock;

	if (host.rdtscs != 1)
		return;
	host.tsc += 1ULL << 40;
	area->tsc = host.tsc;
	area->ns += 500;
	area->version += 2;
}

static void migration_in_the_middle_of_a_look(void **state)
{
	u64 before;

	start_all(KVM_F_CLOCK | KVM_F_CLOCK_STABLE);
	before = kvm_clock();
	host.rdtscs = 0;
	host.on_rdtsc = migrated;
	assert_in_range(kvm_clock(), before - 100, before + 1000);
	assert_int_equal(host.rdtscs, 2);
}

static u64 at(u32 cpu)
{
	host.cpu = cpu;
	return kvm_clock();
}

static void ahead(u32 cpu, u64 ns)
{
	cpu_at(cpu)->clock.ns += ns;
}

static void never_back_between_cpus(void **state)
{
	/* Stable needs the bit of the leaf and the flag of the area. */
	static const struct {
		u32 feature;
		u8 flag;
		bool stable;
	} cases[] = { { 0, 0, false }, { 0, KVM_CLOCK_STABLE, false },
		      { KVM_F_CLOCK_STABLE, 0, false },
		      { KVM_F_CLOCK_STABLE, KVM_CLOCK_STABLE, true } };

	for (u32 i = 0; i < 4; i++) {
		u64 first, second;

		fresh(NULL);
		host.clock.flags = cases[i].flag;
		start_all(KVM_F_CLOCK | cases[i].feature);
		ahead(1, 5000);
		first = at(1);
		second = at(0);
		/* Taken as they are, for the host promises; else nobody shows less. */
		if (cases[i].stable)
			assert_int_equal(second, first - 5000 + 10);
		else
			assert_int_equal(second, first);
		host.tsc += 6000;
		assert_true(at(0) > first);
	}
}

static void move(void)
{
	if (host.rdtscs % 2)
		host.cpu ^= 1;
}

static void look_and_scale_on_one_cpu(void **state)
{
	start_all(KVM_F_CLOCK | KVM_F_CLOCK_STABLE);
	ahead(1, 1000000000);
	for (int i = 0; i < 10; i++) {
		u64 now;

		host.cpu = 0;
		host.rdtscs = 0;
		host.on_rdtsc = move;			/* between area and TSC */
		now = kvm_clock();
		host.on_rdtsc = NULL;
		assert_int_equal(host.cpu, 1);
		assert_true(now > 1000000000);
	}
}

static void odd(struct kvm_clock_area *area)
{
	area->version |= 1;
}

static void no_factor(struct kvm_clock_area *area)
{
	area->mul = 0;
}

static void far_left(struct kvm_clock_area *area)
{
	area->shift = 127;
}

static void far_right(struct kvm_clock_area *area)
{
	area->shift = -128;
}

static void (*const broken[])(struct kvm_clock_area *area) = {
	odd, no_factor, far_left, far_right,
};

static void lost_clock_goes_on_by_the_base(void **state)
{
	for (u32 i = 0; i < 4; i++) {
		u64 last, now;

		fresh(NULL);
		start_all(KVM_F_CLOCK | (i & 1 ? KVM_F_CLOCK_STABLE : 0));
		last = at(1);
		host.tsc += 1000;
		last = at(2);
		broken[i](&cpu_at(0)->clock);
		host.rdtscs = 0;
		for (int j = 0; j < 50; j++) {
			now = at(j % 3);
			assert_true(now > last || (!j && now >= last));
			assert_true(now < last + 1000);
			last = now;
		}
		/* One long look, then never again. */
		assert_in_range(host.rdtscs, 1, 1 << 20);
		says_once("kvm: CPU 0's clock is never consistent: native's goes on for it\n");
		/* And the area is not believed again. */
		cpu_at(0)->clock = host.clock;
		ahead(0, 1ULL << 40);
		assert_true(at(0) < last + 1000);
	}
}

static void lost_clock_and_no_other(void **state)
{
	start_all(KVM_F_CLOCK);
	base.clock_step = 0;
	cpu_at(0)->clock.version = 7;
	if (!setjmp(panicked)) {
		kvm_clock();
		fail_msg("no panic");
	}
	SAYS("never consistent, and there is no other");
}

static void clock_that_never_came(void **state)
{
	for (u32 i = 0; i < 6; i++) {
		fresh(NULL);
		if (i < 4)
			broken[i](&host.clock);
		else if (i == 4)
			host.clock.version = 0;		/* nobody has written */
		else
			host.fail_msr = KVM_MSR_CLOCK;
		assert_int_equal(start(KVM_F_CLOCK), 0);
		assert_int_equal(kvm_forms[PVOPS_OP_time_clock].kind, PVOPS_FORM_EMPTY);
		assert_int_equal(kvm_forms[PVOPS_OP_time_wallclock].kind, PVOPS_FORM_EMPTY);
		if (i < 5) {
			SAYS("the host says nothing of use in the clock's area");
			assert_true(wrote(0, KVM_MSR_CLOCK, 0));
		} else {
			SAYS("the area for clock is refused by the host: error -5");
		}
	}
}

static void second_cpu_without_a_clock(void **state)
{
	const struct pvops_cpu_start how = { 0 };

	assert_int_equal(start(KVM_F_CLOCK), 0);
	late();
	assert_int_equal(kvm_init_cpu(1), 0);
	host.fail_msr = KVM_MSR_CLOCK;
	assert_int_equal(kvm_start_cpu(1, &how), 0);
	SAYS("CPU 1: the area for clock is refused");
	assert_true(at(1) >= 1000000);
	assert_true(at(1) < 2000000);
	SAYS_NOT("never");
}

static void date(void **state)
{
	struct pvops_timespec ts;

	host.clock.ns = 5000000000ULL - 250 - 10;
	assert_int_equal(start(KVM_F_CLOCK), 0);
	assert_true(wrote(0, KVM_MSR_WALL_CLOCK, host.log[1].val));
	host.tsc = 0;
	kvm_wallclock(&ts);
	assert_int_equal(ts.sec, 1600000005);
	assert_int_equal(ts.nsec, 0);
}

static void date_that_is_none(void **state)
{
	struct pvops_timespec ts;

	for (u32 i = 0; i < 5; i++) {
		fresh(NULL);
		if (i == 0)
			host.wall.version = 3;
		else if (i == 1)
			host.wall.nsec = 1000000000;
		else if (i == 2)
			host.wall.version = 0;
		else if (i == 3)
			host.wall.sec = 0;
		else
			host.fail_msr = KVM_MSR_WALL_CLOCK;
		assert_int_equal(start(KVM_F_CLOCK), 0);
		says_once("the host does not say the date: native's\n");
		assert_true(has(PVOPS_OP_time_wallclock, kvm_wallclock));
		kvm_wallclock(&ts);
		assert_int_equal(ts.sec, 1700000000);
		assert_in_range(ts.nsec, 5, 1000);
	}
}

/* ---- stolen time ---- */

static void host_stole(u32 cpu, u64 ns, u32 version)
{
	cpu_at(cpu)->steal.stolen = ns;
	cpu_at(cpu)->steal.version = version;
}

static void stolen_time(void **state)
{
	start_all(KVM_F_CLOCK | KVM_F_STEAL);
	host_stole(1, 700, 2);
	assert_int_equal(kvm_steal(1), 700);
	assert_int_equal(kvm_steal(0), 0);
	assert_int_equal(kvm_steal(CPUS), 0);		/* never prepared */
	assert_int_equal(kvm_steal(PVOPS_MAX_CPUS), 0);
	assert_int_equal(kvm_steal(~0U), 0);
	host_stole(1, 900, 5);				/* not finished: the last one */
	assert_int_equal(kvm_steal(1), 700);
	host_stole(1, 600, 6);				/* less than before */
	assert_int_equal(kvm_steal(1), 700);
	host_stole(1, ~0ULL, 8);			/* more than there has been */
	assert_int_equal(kvm_steal(1), 700);
	host_stole(1, 1000, 8);
	assert_int_equal(kvm_steal(1), 1000);
}

static void stolen_without_a_clock(void **state)
{
	start_all(KVM_F_STEAL);
	base.clock = 5000;
	host_stole(0, 4000, 2);
	assert_int_equal(kvm_steal(0), 4000);
	host_stole(0, 100000, 4);
	assert_int_equal(kvm_steal(0), 4000);
}

static void stolen_over_lives(void **state)
{
	const struct pvops_cpu_start how = { 0 };

	start_all(KVM_F_CLOCK | KVM_F_STEAL);
	host_stole(1, 700, 2);
	host.cpu = 1;
	kvm_stop_cpu();
	assert_true(wrote(1, KVM_MSR_STEAL, 0));
	host_stole(1, 999, 4);				/* nobody's any more */
	assert_int_equal(kvm_steal(1), 700);
	host.cpu = 0;
	assert_int_equal(kvm_init_cpu(1), 0);
	assert_int_equal(kvm_start_cpu(1, &how), 0);
	assert_int_equal(cpu_at(1)->steal.stolen, 0);	/* as the host wants it */
	assert_int_equal(kvm_steal(1), 700);
	host_stole(1, 50, 2);
	assert_int_equal(kvm_steal(1), 750);
}

static void steal_area_refused(void **state)
{
	host.fail_msr = KVM_MSR_STEAL;
	start_all(KVM_F_CLOCK | KVM_F_STEAL);
	SAYS("CPU 2: the area for stolen time is refused by the host: error -5");
	host_stole(1, 700, 2);
	assert_int_equal(kvm_steal(1), 0);
	assert_false(kvm.used & KVM_F_STEAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(clock_by_the_rule),
		T(old_msrs_if_there_are_no_others),
		T(torn_reads_are_not_shown),
		T(migration_in_the_middle_of_a_look),
		T(never_back_between_cpus),
		T(look_and_scale_on_one_cpu),
		T(lost_clock_goes_on_by_the_base),
		T(lost_clock_and_no_other),
		T(clock_that_never_came),
		T(second_cpu_without_a_clock),
		T(date),
		T(date_that_is_none),
		T(stolen_time),
		T(stolen_without_a_clock),
		T(stolen_over_lives),
		T(steal_area_refused),
	};

	return cmocka_run_group_tests_name("kvm_time", tests, NULL, NULL);
}
