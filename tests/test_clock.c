// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The clock's table row by row, and what several backends offer. */
#include "clock.h"

static struct pvops_clock_choice choice;

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

/* The table once more, by hand: facts that just do, and what they lead to; in its order. */
static const struct {
	u32 has;
	enum pvops_clock_kind kind;
	int by;			/* -1: nobody */
	const char *reason;
} rows[] = {
	{ F(TSC) | F(PVCLOCK) | F(PV_SYSTEM), PVOPS_CLOCK_KIND_PVCLOCK_GUARDED, -1,
	  "pvclock: the host's timers and accounts go by it" },
	{ F(VMI_COUNTER), PVOPS_CLOCK_KIND_VMI_COUNTER, -1,
	  "vmi-counter: the host's alarms and accounts go by it" },
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
	{ F(TSC) | KHZ(MSR), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_MSR,
	  "tsc at 2000000 kHz by an MSR: nothing better is there" },
	{ F(TSC) | KHZ(LEAF_15), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_LEAF_15,
	  "tsc at 2000001 kHz by leaf 0x15: nothing better is there" },
	{ F(TSC) | KHZ(TIMING), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_TIMING,
	  "tsc at 2000002 kHz by the host's timing leaf: nothing better is there" },
	{ F(TSC) | KHZ(CALL), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_CALL,
	  "tsc at 2000003 kHz by the host: nothing better is there" },
	{ F(TSC) | KHZ(MEASURED), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_MEASURED,
	  "tsc at 2000004 kHz measured: nothing better is there" },
	{ F(TSC) | KHZ(LEAF_16), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_LEAF_16,
	  "tsc at 2000005 kHz by leaf 0x16: nothing better is there" },
	{ F(TSC) | F(UNTRUSTED) | KHZ(MSR), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_MSR,
	  "tsc at 2000000 kHz by an MSR: nothing better can be trusted" },
	{ F(TSC) | F(UNTRUSTED) | KHZ(LEAF_15), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_LEAF_15,
	  "tsc at 2000001 kHz by leaf 0x15: nothing better can be trusted" },
	{ F(TSC) | F(UNTRUSTED) | KHZ(MEASURED), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_MEASURED,
	  "tsc at 2000004 kHz measured: nothing better can be trusted" },
	{ F(TSC) | F(UNTRUSTED) | KHZ(LEAF_16), PVOPS_CLOCK_KIND_TSC, PVOPS_KHZ_LEAF_16,
	  "tsc at 2000005 kHz by leaf 0x16: nothing better can be trusted" },
	{ F(HPET), PVOPS_CLOCK_KIND_HPET, -1, "hpet: the TSC cannot be used" },
	{ F(ACPI_PM), PVOPS_CLOCK_KIND_ACPI_PM, -1, "acpi-pm: neither TSC nor HPET" },
	{ F(PIT), PVOPS_CLOCK_KIND_PIT, -1, "pit: nothing else is there" },
};

#define NR_ROWS (sizeof(rows) / sizeof(*rows))

/* Where the choice stands in the table by hand. */
static size_t place(void)
{
	size_t i = 0;

	while (i < NR_ROWS && (!choice.row || rows[i].kind != choice.row->kind ||
			       strstr(choice.reason, rows[i].reason) != choice.reason))
		i++;
	return i;
}

static void each_row(void **state)
{
	for (size_t i = 0; i < NR_ROWS; i++) {
		assert_true(choose(rows[i].has));
		assert_int_equal(place(), i);
		assert_int_equal(choice.by, rows[i].by < 0 ? PVOPS_NR_KHZ : rows[i].by);
		assert_int_equal(choice.khz, rows[i].by < 0 ? 0 : 2000000 + rows[i].by);
	}
}

static void each_fact_is_needed(void **state)
{
	for (size_t i = 0; i < NR_ROWS; i++) {
		const struct pvops_clock_row *row;

		choose(rows[i].has);
		row = choice.row;
		for (u32 bit = 1; bit; bit <<= 1)
			if (rows[i].has & bit && choose(rows[i].has & ~bit))
				assert_ptr_not_equal(choice.row, row);
	}
}

/* Whom the host cannot deceive may use these as well. */
static void rows_without_trust(void **state)
{
	static const u32 facts_of[] = {
		F(TSC) | F(PVCLOCK) | F(PV_SYSTEM), F(VMI_COUNTER), TSC_INV | KHZ(MEASURED),
		F(HPET), F(ACPI_PM), F(PIT),
	};

	for (size_t i = 0; i < sizeof(facts_of) / sizeof(*facts_of); i++) {
		const struct pvops_clock_row *row;

		assert_true(choose(facts_of[i]));
		row = choice.row;
		assert_true(choose(facts_of[i] | F(UNTRUSTED)));
		assert_ptr_equal(choice.row, row);
	}
}

/* Facts of two rows never lead to the later one. */
static void rows_in_order(void **state)
{
	for (size_t i = 0; i < NR_ROWS; i++) {
		for (size_t j = i + 1; j < NR_ROWS; j++) {
			u32 has = rows[i].has | rows[j].has;

			choose(rows[i].has | (has & F(UNTRUSTED)));
			if (place() != i)
				continue;
			assert_true(choose(has));
			assert_in_range(place(), 0, i);
		}
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
		{ F(PV_SYSTEM), "vmi-counter: the host's alarms and accounts go by it" },
		{ F(VMI_COUNTER), "tsc at 2000000 kHz by an MSR: invariant, frequency known" },
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
	size_t len = strlen(line);

	strcpy(name, reader);
	logged[0] = '\0';
	pvops_clock_say(name);
	assert_memory_equal(logged, line, len);
	assert_string_equal(logged + len, "\n");
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

static void trace_says_what_was_missing(void **state)
{
	assert_null(pvops_clock_offered(0));
	pvops_clock_trace();
	assert_string_equal(logged, "");
	offer("base", F(TSC) | KHZ(MEASURED));
	offer("top", TSC_INV | F(UNTRUSTED) | F(HV_PAGE));
	assert_true(pvops_clock_offered(0)->stands && !pvops_clock_offered(1)->stands);
	assert_null(pvops_clock_offered(2));
	pvops_clock_trace();
	assert_non_null(strstr(logged, "debug: clock: base has frequency measured, tsc\n"
			       "debug: clock: not pvclock (the host's timers and accounts go by "
			       "it): not there: pvclock, pv-system\n"));
	assert_non_null(strstr(logged, "debug: clock: base would take tsc at 2000004 kHz measured: "
			       "nothing better is there; better than what was offered before\n"));
	assert_non_null(strstr(logged, "(the host's TSC page is valid): because of untrusted\n"));
	assert_non_null(strstr(logged, "(invariant, and the host need not be trusted): none of "
			       "frequency by an MSR, frequency by leaf 0x15\n"));
	assert_non_null(strstr(logged, "debug: clock: top would take none is there; no better\n"));
	/* More than there is room for: the first ones are kept. */
	for (int i = 0; i < 10; i++)
		offer("more", F(PIT));
	for (u32 i = 0; pvops_clock_offered(i); i++)
		assert_in_range(i, 0, 3);
	pvops_clock_begin();
	assert_null(pvops_clock_offered(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(each_row),
		T(each_fact_is_needed),
		T(rows_without_trust),
		T(rows_in_order),
		T(no_row_is_dead),
		T(best_first),
		T(untrusted),
		T(most_exact_frequency),
		T(best_offer_stands),
		T(the_line_is_of_who_is_read),
		T(trace_says_what_was_missing),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
