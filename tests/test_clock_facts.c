// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Facts for the choice of a clock: frequencies that lie, CPUID leaves made by hand. */
#include "clock.h"

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
			    "the host: not believed\n");
	/* What is measured counts for more. */
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_MEASURED, 6550000);
	assert_int_equal(facts.has, KHZ(TIMING) | KHZ(MEASURED));
	memset(&facts, 0, sizeof(facts));
	facts.has = F(UNTRUSTED);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_LEAF_15, 6500001);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_CALL, 6400000);
	assert_int_equal(facts.has, F(UNTRUSTED) | KHZ(LEAF_15) | KHZ(CALL));
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
		T(frequencies_out_of_range),
		T(measured_is_the_test),
		T(the_host_is_the_test),
		C(facts_of_the_processor),
		C(ratios_that_say_nothing),
		C(leaves_beyond_the_last_are_not_asked),
		C(timing_leaf),
		C(tdx),
		T(no_cpuid_no_facts),
	};

	return cmocka_run_group_tests_name("clock_facts", tests, NULL, NULL);
}
