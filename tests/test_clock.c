// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The clock's table row by row, frequencies that lie, facts from CPUID leaves made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <pvops/clock.h>
#include "core.h"

static char logged[1024];

void pvops_log(const char *fmt, ...)
{
	size_t at = strlen(logged);
	va_list args;

	va_start(args, fmt);
	pvops_vsnprintf(logged + at, sizeof(logged) - at, fmt, args);
	va_end(args);
}

#define F(fact)		PVOPS_CLOCK_##fact
#define KHZ(by)		PVOPS_CLOCK_KHZ(PVOPS_KHZ_##by)
#define TSC_INV		(F(TSC) | F(INVARIANT))

static struct pvops_clock_facts facts;
static struct pvops_clock_choice choice;

static int fresh(void **state)
{
	memset(&facts, 0, sizeof(facts));
	logged[0] = '\0';
	pvops_clock_begin();
	return 0;
}

/* Each frequency that is among the facts is 2 GHz and a bit, by which it is known again. */
static bool choose(u32 has)
{
	memset(&facts, 0, sizeof(facts));
	facts.has = has;
	for (u32 by = 0; by < PVOPS_NR_KHZ; by++)
		if (has & PVOPS_CLOCK_KHZ(by))
			facts.khz[by] = 2000000 + by;
	return pvops_clock_choose(&facts, &choice);
}

static void each_row(void **state)
{
	static const struct {
		u32 has;
		enum pvops_clock_kind kind;
		int by;			/* -1: nobody */
		const char *reason;
	} rows[] = {
		{ F(TSC) | F(PVCLOCK) | F(PV_SYSTEM), PVOPS_CLOCK_KIND_PVCLOCK_GUARDED, -1,
		  "pvclock: the host's timers and accounts go by it" },
		{ TSC_INV | F(UNTRUSTED) | KHZ(MSR), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_MSR,
		  "tsc at 2000000 kHz by an MSR: invariant, and the host need not be trusted" },
		{ TSC_INV | F(UNTRUSTED) | KHZ(LEAF_15), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_LEAF_15,
		  "tsc at 2000001 kHz by leaf 0x15: invariant, and the host need not be trusted" },
		{ TSC_INV | KHZ(MSR), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_MSR,
		  "tsc at 2000000 kHz by an MSR: invariant, frequency known" },
		{ TSC_INV | KHZ(LEAF_15), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_LEAF_15,
		  "tsc at 2000001 kHz by leaf 0x15: invariant, frequency known" },
		{ TSC_INV | KHZ(TIMING), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_TIMING,
		  "tsc at 2000002 kHz by the host's timing leaf: invariant, frequency known" },
		{ TSC_INV | KHZ(CALL), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_CALL,
		  "tsc at 2000003 kHz by the host: invariant, frequency known" },
		{ F(TSC) | F(HV_PAGE), PVOPS_CLOCK_KIND_HV_PAGE, -1,
		  "hyperv-page: the host's TSC page is valid" },
		{ F(TSC) | F(PVCLOCK) | F(PV_STABLE), PVOPS_CLOCK_KIND_PVCLOCK, -1,
		  "pvclock: the host says that it is stable" },
		{ F(TSC) | F(PVCLOCK_OLD) | F(PV_STABLE), PVOPS_CLOCK_KIND_PVCLOCK, -1,
		  "pvclock: by the old MSRs, and the host says that it is stable" },
		{ TSC_INV | KHZ(MEASURED), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_MEASURED,
		  "tsc at 2000004 kHz measured: invariant, frequency measured" },
		{ TSC_INV | KHZ(LEAF_16), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_LEAF_16,
		  "tsc at 2000005 kHz by leaf 0x16: invariant, frequency known roughly" },
		{ F(HV_COUNTER), PVOPS_CLOCK_KIND_HV_COUNTER, -1,
		  "hyperv-counter: the host counts; each reading traps" },
		{ F(TSC) | F(PVCLOCK), PVOPS_CLOCK_KIND_PVCLOCK_GUARDED, -1,
		  "pvclock: not stable, so no CPU may fall behind another" },
		{ F(TSC) | F(PVCLOCK_OLD), PVOPS_CLOCK_KIND_PVCLOCK_GUARDED, -1,
		  "pvclock: by the old MSRs, not stable, so no CPU may fall behind another" },
		{ F(TSC) | KHZ(MEASURED), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_MEASURED,
		  "tsc at 2000004 kHz measured: nothing better is there" },
		{ F(TSC) | F(UNTRUSTED) | KHZ(LEAF_15), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_LEAF_15,
		  "tsc at 2000001 kHz by leaf 0x15: nothing better can be trusted" },
		{ F(HPET), PVOPS_CLOCK_KIND_HPET, -1, "hpet: the TSC cannot be used" },
		{ F(ACPI_PM), PVOPS_CLOCK_KIND_ACPI_PM, -1, "acpi-pm: neither TSC nor HPET" },
		{ F(PIT), PVOPS_CLOCK_KIND_PIT, -1, "pit: nothing else is there" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(choose(rows[i].has));
		assert_int_equal(choice.row->kind, rows[i].kind);
		assert_int_equal(choice.by, rows[i].by < 0 ? PVOPS_NR_KHZ : rows[i].by);
		assert_int_equal(choice.khz, rows[i].by < 0 ? 0 : 2000000 + rows[i].by);
		assert_ptr_equal(strstr(choice.reason, rows[i].reason), choice.reason);
	}
}

static void check_row(const struct pvops_clock_row *row, u32 any)
{
	assert_true(choose(row->all | any));
	assert_ptr_equal(choice.row, row);
	for (u32 bit = 1; bit; bit <<= 1) {
		if (!(row->all & bit))
			continue;
		choose((row->all | any) & ~bit);
		assert_ptr_not_equal(choice.row, row);
	}
}

/* No row is behind one that always takes its place, and each needs all it asks for. */
static void no_row_is_dead(void **state)
{
	for (const struct pvops_clock_row *row = pvops_clock_rows; row->name; row++) {
		for (u32 bit = 1; bit; bit <<= 1)
			if (row->any & bit)
				check_row(row, bit);
		if (!row->any) {
			check_row(row, 0);
			continue;
		}
		choose(row->all);
		assert_ptr_not_equal(choice.row, row);
	}
}

static void best_first(void **state)
{
	u32 has = ((F(PIT) << 1) - 1) & ~F(UNTRUSTED);
	static const struct {
		u32 gone;
		const char *reason;
	} steps[] = {
		{ 0, "pvclock: the host's timers and accounts go by it" },
		{ F(PV_SYSTEM), "tsc at 2000000 kHz by an MSR: invariant, frequency known" },
		{ KHZ(MSR) | KHZ(LEAF_15) | KHZ(TIMING) | KHZ(CALL), "hyperv-page" },
		{ F(HV_PAGE), "pvclock: the host says that it is stable" },
		{ F(PVCLOCK), "pvclock: by the old MSRs, and the host says that it is stable" },
		{ F(PV_STABLE), "tsc at 2000004 kHz measured: invariant, frequency measured" },
		{ KHZ(MEASURED), "tsc at 2000005 kHz by leaf 0x16: invariant, frequency known" },
		{ F(INVARIANT), "hyperv-counter" },
		{ F(HV_COUNTER), "pvclock: by the old MSRs, not stable" },
		{ F(PVCLOCK_OLD), "tsc at 2000005 kHz by leaf 0x16: nothing better is there" },
		{ F(TSC), "hpet" },
		{ F(HPET), "acpi-pm" },
		{ F(ACPI_PM), "pit" },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		has &= ~steps[i].gone;
		assert_true(choose(has));
		assert_ptr_equal(strstr(choice.reason, steps[i].reason), choice.reason);
	}
	assert_false(choose(has & ~F(PIT)));
	assert_null(choice.row);
	assert_int_equal(choice.by, PVOPS_NR_KHZ);
	assert_string_equal(choice.reason, "none is there");
}

/* A confidential guest takes nothing on the word of its host. */
static void untrusted(void **state)
{
	u32 host = F(UNTRUSTED) | F(HV_PAGE) | F(HV_COUNTER) | F(PVCLOCK) | F(PVCLOCK_OLD) |
		   F(PV_STABLE);

	assert_true(choose(host | TSC_INV | KHZ(LEAF_15) | KHZ(TIMING)));
	assert_int_equal(choice.by, PVOPS_KHZ_LEAF_15);
	assert_true(choose(host | TSC_INV | KHZ(TIMING) | KHZ(MEASURED)));
	assert_int_equal(choice.row->kind, PVOPS_CLOCK_KIND_TSC);
	assert_int_equal(choice.by, PVOPS_KHZ_MEASURED);
	assert_true(choose(host | TSC_INV | KHZ(LEAF_16)));
	assert_string_equal(choice.reason, "tsc at 2000005 kHz by leaf 0x16: nothing better can be "
			    "trusted");
	assert_false(choose(host | F(TSC)));
	assert_false(choose(host | TSC_INV | KHZ(TIMING) | KHZ(CALL)));
}

static void most_exact_frequency(void **state)
{
	assert_true(choose(TSC_INV | 0x3f));
	assert_int_equal(choice.by, PVOPS_KHZ_MSR);
	assert_true(choose(TSC_INV | (0x3f & ~KHZ(MSR))));
	assert_int_equal(choice.by, PVOPS_KHZ_LEAF_15);
	assert_true(choose(TSC_INV | KHZ(LEAF_16) | KHZ(MEASURED)));
	assert_int_equal(choice.by, PVOPS_KHZ_MEASURED);
}

static void frequencies_out_of_range(void **state)
{
	static const u64 bad[] = { 0, 1, 9999, 40000001, 0xffffffff, 0x100000000 + 2000000, ~0ULL };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		pvops_clock_khz_fact(&facts, PVOPS_KHZ_TIMING, bad[i]);
		assert_int_equal(facts.has, 0);
		assert_int_equal(facts.khz[PVOPS_KHZ_TIMING], 0);
	}
	pvops_clock_khz_fact(&facts, PVOPS_NR_KHZ, 2000000);
	assert_int_equal(facts.has, 0);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_TIMING, 10000);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_MSR, 40000000);
	assert_int_equal(facts.has, KHZ(TIMING) | KHZ(MSR));
}

static void measured_is_the_test(void **state)
{
	/* 1/64 of 6400000 is 100000. */
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_MSR, 6500000);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_LEAF_15, 6300000);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_TIMING, 6500001);
	assert_string_equal(logged, "");
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_MEASURED, 6400000);
	assert_int_equal(facts.has, KHZ(MSR) | KHZ(LEAF_15) | KHZ(MEASURED));
	assert_int_equal(facts.khz[PVOPS_KHZ_TIMING], 0);
	assert_non_null(strstr(logged, "clock: TSC at 6500001 kHz by the host's timing leaf, but "
			       "6400000 kHz measured: not believed"));
	/* Said later, it is tested as well. */
	logged[0] = '\0';
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_CALL, 6299999);
	assert_int_equal(facts.khz[PVOPS_KHZ_CALL], 0);
	assert_non_null(strstr(logged, "6299999 kHz by the host, but 6400000 kHz measured"));
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_LEAF_16, 1900000);
	assert_int_equal(facts.khz[PVOPS_KHZ_LEAF_16], 0);
	assert_non_null(strstr(logged, "1900000 kHz by leaf 0x16"));
}

/* Without a measurement a trusted host's word is the test of the leaves. */
static void the_host_is_the_test(void **state)
{
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_LEAF_15, 6500001);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_TIMING, 6500000);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_CALL, 6400000);
	assert_int_equal(facts.has, KHZ(TIMING) | KHZ(CALL));
	assert_string_equal(logged, "clock: TSC at 6500001 kHz by leaf 0x15, but 6400000 kHz by "
			    "the host: not believed");
	/* What is measured counts for more. */
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_MEASURED, 6550000);
	assert_int_equal(facts.has, KHZ(TIMING) | KHZ(MEASURED));
	memset(&facts, 0, sizeof(facts));
	facts.has = F(UNTRUSTED);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_LEAF_15, 6500001);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_CALL, 6400000);
	assert_int_equal(facts.has, F(UNTRUSTED) | KHZ(LEAF_15) | KHZ(CALL));
}

/* ---- offers of several backends ---- */

static bool offer(const char *owner, u32 has)
{
	memset(&facts, 0, sizeof(facts));
	facts.has = has;
	for (u32 by = 0; by < PVOPS_NR_KHZ; by++)
		if (has & PVOPS_CLOCK_KHZ(by))
			facts.khz[by] = 2000000 + by;
	return pvops_clock_offer(owner, &facts, &choice);
}

static void the_line(const char *reader, const char *line)
{
	/* Names come from different objects. */
	char name[16];

	strcpy(name, reader);
	logged[0] = '\0';
	pvops_clock_say(name);
	assert_string_equal(logged, line);
}

static void best_offer_stands(void **state)
{
	static const struct {
		u32 base, top;
		bool taken;
	} rows[] = {
		/* A better row, a worse one, the same by a better, an equal, a worse authority. */
		{ F(TSC) | KHZ(MEASURED), F(TSC) | F(PVCLOCK), true },
		{ TSC_INV | KHZ(MEASURED), F(TSC) | F(PVCLOCK), false },
		{ TSC_INV | KHZ(TIMING), TSC_INV | KHZ(LEAF_15), true },
		{ TSC_INV | KHZ(TIMING), TSC_INV | KHZ(TIMING), true },
		{ TSC_INV | KHZ(TIMING), TSC_INV | KHZ(CALL), false },
		/* What nobody tells is the base's, whatever is said of the TSC besides. */
		{ F(TSC) | KHZ(MEASURED), TSC_INV | KHZ(MEASURED), false },
		{ F(TSC) | KHZ(MEASURED), TSC_INV | KHZ(LEAF_16), false },
		{ F(TSC) | KHZ(MEASURED), 0, false },
		/* A base without a clock leaves it to others. */
		{ 0, F(TSC) | KHZ(CALL), true },
		{ 0, TSC_INV | KHZ(LEAF_16), true },
		{ 0, 0, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char line[160] = "base: clock none is there";

		fresh(NULL);
		assert_int_equal(offer("base", rows[i].base), rows[i].base != 0);
		if (rows[i].base)
			snprintf(line, sizeof(line), "base: clock %s", choice.reason);
		assert_int_equal(offer("top", rows[i].top), rows[i].taken);
		if (rows[i].taken)
			snprintf(line, sizeof(line), "top: clock %s", choice.reason);
		the_line(rows[i].taken ? "top" : "base", line);
	}
}

static void the_line_is_of_who_is_read(void **state)
{
	the_line("vendor", "vendor: clock of its own");
	assert_true(offer("base", F(TSC) | KHZ(MEASURED)));
	the_line("base", "base: clock tsc at 2000004 kHz measured: nothing better is there");
	/* It has taken time.clock and told nobody why. */
	the_line("vendor", "vendor: clock of its own");
	the_line("bas", "bas: clock of its own");
	the_line("base2", "base2: clock of its own");
	pvops_clock_begin();
	assert_false(offer("base", 0));
	the_line("base", "base: clock none is there");
	/* Started anew, what was before does not count. */
	assert_true(offer("base", TSC_INV | KHZ(MSR)));
	pvops_clock_begin();
	assert_true(offer("base", F(PIT)));
	the_line("base", "base: clock pit: nothing else is there");
}

/* ---- CPUID ---- */

static u32 leaves[16][5];		/* leaf, eax, ebx, ecx, edx */
static u32 beyond;			/* leaves asked that are not there */

static void cpuid(u32 regs[4])
{
	u32 leaf = regs[0];

	memset(regs, 0, 16);
	for (int i = 0; i < 16; i++) {
		if (leaves[i][0] == leaf && (leaf || !i)) {
			memcpy(regs, leaves[i] + 1, 16);
			return;
		}
	}
	beyond++;
}

static const struct pvops_boot_proto proto = { .name = "test", .ring0 = true, .cpuid = cpuid };
static struct pvops_boot boot = { .proto = &proto };
static struct pvops_probe probe = { .boot = &boot };

#define LEAF(i, ...) memcpy(leaves[i], (u32[5]){ __VA_ARGS__ }, sizeof(leaves[i]))

static int fresh_cpu(void **state)
{
	memset(leaves, 0, sizeof(leaves));
	probe.nr_matches = 0;
	beyond = 0;
	LEAF(0, 0, 0x16);
	LEAF(1, 1, 0, 0, 0, 1 << 4);
	LEAF(2, 0x80000000, 0x80000008);
	LEAF(3, 0x80000007, 0, 0, 0, 1 << 8);
	LEAF(4, 0x15);
	LEAF(5, 0x16);
	return fresh(state);
}

static void facts_of_the_processor(void **state)
{
	LEAF(4, 0x15, 2, 146, 38400000);
	LEAF(5, 0x16, 0xffff0af0);		/* reserved bits are not looked at */
	pvops_clock_cpuid_facts(&probe, &facts);
	assert_int_equal(facts.has, TSC_INV | KHZ(LEAF_15) | KHZ(LEAF_16));
	assert_int_equal(facts.khz[PVOPS_KHZ_LEAF_15], 2803200);
	assert_int_equal(facts.khz[PVOPS_KHZ_LEAF_16], 2800000);
	assert_int_equal(beyond, 0);
}

static void ratios_that_say_nothing(void **state)
{
	static const u32 bad[][3] = {
		{ 0, 146, 38400000 }, { 2, 0, 38400000 }, { 2, 146, 0 }, { ~0U, 1, 1 },
		{ 1, ~0U, ~0U },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		LEAF(4, 0x15, bad[i][0], bad[i][1], bad[i][2]);
		pvops_clock_cpuid_facts(&probe, &facts);
		assert_int_equal(facts.has, TSC_INV);
	}
}

static void leaves_beyond_the_last_are_not_asked(void **state)
{
	LEAF(0, 0, 0x14);
	LEAF(4, 0x15, 1, 100, 20000000);
	LEAF(5, 0x16, 2000);
	LEAF(2, 0x80000000, 0x80000006);
	pvops_clock_cpuid_facts(&probe, &facts);
	assert_int_equal(facts.has, F(TSC));
	LEAF(0, 0, 0x15);
	pvops_clock_cpuid_facts(&probe, &facts);
	assert_int_equal(facts.has, F(TSC) | KHZ(LEAF_15));
	LEAF(0, 0, 0x14);
	/* Neither is anything believed behind a highest leaf that is none. */
	LEAF(2, 0x80000000, 0xffffffff);
	pvops_clock_cpuid_facts(&probe, &facts);
	assert_int_equal(facts.has, F(TSC));
	LEAF(1, 1, 0, 0, 0, 0);
	pvops_clock_cpuid_facts(&probe, &facts);
	assert_int_equal(facts.has, 0);
}

static void timing_leaf(void **state)
{
	LEAF(6, 0x40000010, 3000000);
	LEAF(7, 0x40000110, 2500000);
	probe.nr_matches = 2;
	probe.matches[0] = (struct pvops_match){ .base = 0x40000000, .max = 0x4000000f };
	probe.matches[1] = (struct pvops_match){ .base = 0x40000100, .max = 0x40000110 };
	pvops_clock_cpuid_facts(&probe, &facts);
	assert_int_equal(facts.has, TSC_INV | KHZ(TIMING));
	assert_int_equal(facts.khz[PVOPS_KHZ_TIMING], 2500000);
	probe.nr_matches = 1;
	pvops_clock_cpuid_facts(&probe, &facts);
	assert_int_equal(facts.has, TSC_INV);
}

static void tdx(void **state)
{
	LEAF(0, 0, 0x21);
	LEAF(6, 0x21, 0, 0x65746e49, 0x20202020, 0x5844546c);
	pvops_clock_cpuid_facts(&probe, &facts);
	assert_int_equal(facts.has, TSC_INV | F(UNTRUSTED));
	LEAF(6, 0x21, 0, 0x65746e49, 0x20202020, 0x5844546d);
	pvops_clock_cpuid_facts(&probe, &facts);
	assert_int_equal(facts.has, TSC_INV);
	LEAF(6, 0x21, 0, 0x65746e49, 0x20202021, 0x5844546c);
	pvops_clock_cpuid_facts(&probe, &facts);
	assert_int_equal(facts.has, TSC_INV);
}

static void no_cpuid_no_facts(void **state)
{
	static const struct pvops_boot_proto mute = { .name = "mute" };
	struct pvops_boot silent = { .proto = &mute };
	struct pvops_probe none = { .boot = &silent };

	facts.has = ~0U;
	pvops_clock_cpuid_facts(&none, &facts);
	assert_int_equal(facts.has, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
#define C(name) cmocka_unit_test_setup(name, fresh_cpu)
		T(each_row),
		T(no_row_is_dead),
		T(best_first),
		T(untrusted),
		T(most_exact_frequency),
		T(frequencies_out_of_range),
		T(measured_is_the_test),
		T(the_host_is_the_test),
		T(best_offer_stands),
		T(the_line_is_of_who_is_read),
		C(facts_of_the_processor),
		C(ratios_that_say_nothing),
		C(leaves_beyond_the_last_are_not_asked),
		C(timing_leaf),
		C(tdx),
		T(no_cpuid_no_facts),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
