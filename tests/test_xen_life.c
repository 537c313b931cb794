// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What the toolstack asks, and the balloon, against a store and a Xen that fail or lie: each case
 * in a process of its own, for the drivers keep state.
 */
#include "dom0.h"
#include "apart.h"
#include <pvops/xen-balloon.h>
#include <pvops/xen-control.h>

#define NR	300			/* pages: several hypercalls' worth */

static unsigned int lines(void)
{
	unsigned int nr = 0;

	for (const char *at = logged; *at; at++)
		nr += *at == '\n';
	return nr;
}

static int setup(void **state)
{
	new_world();
	fault = NONE;
	return 0;
}

/* ---- control ---- */

static int asked(const char *word)
{
	store_set("control/shutdown", word);
	return pvops_control_take();
}

static void requests_are_told_and_acknowledged(void **state)
{
	static const struct {
		const char *word;
		int what;
	} words[] = {
		{ "poweroff", PVOPS_CONTROL_POWEROFF }, { "halt", PVOPS_CONTROL_HALT },
		{ "reboot", PVOPS_CONTROL_REBOOT }, { "suspend", PVOPS_CONTROL_SUSPEND },
		{ "crash", PVOPS_CONTROL_CRASH }, { "", PVOPS_CONTROL_NONE },
		{ "s3", PVOPS_CONTROL_UNKNOWN }, { "rebooted", PVOPS_CONTROL_UNKNOWN },
		{ "poweroff-but-much-too-long-for-us", PVOPS_CONTROL_UNKNOWN },
	};

	assert_int_equal(pvops_control_watch(false), 0);
	assert_string_equal(store_get("control/feature-poweroff"), "1");
	assert_string_equal(store_get("control/feature-reboot"), "1");
	assert_string_equal(store_get("control/feature-suspend"), "0");
	assert_int_equal(pvops_control_watch(true), 0);
	assert_string_equal(store_get("control/feature-suspend"), "1");
	assert_int_equal(pvops_control_take(), PVOPS_CONTROL_NONE);	/* no node yet */
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_int_equal(asked(words[i].word), words[i].what);
		assert_string_equal(store_get("control/shutdown"), "");
		assert_int_equal(pvops_control_take(), PVOPS_CONTROL_NONE);
	}
	assert_int_equal(lines(), 3);		/* of what is not known */
	assert_int_equal(pvops_control_unwatch(), 0);
}

static void an_interference_is_tried_again(void **state)
{
	interferences = 3;
	assert_int_equal(asked("reboot"), PVOPS_CONTROL_REBOOT);
	assert_string_equal(store_get("control/shutdown"), "");
	/* Not for ever: whoever interferes always is no reason to hang. */
	interferences = 1000000;
	assert_int_equal(asked("reboot"), -PVOPS_EAGAIN);
	assert_in_range(interferences, 1000000 - 20, 999999);
	assert_string_equal(store_get("control/shutdown"), "reboot");
}

static void take_back(void)
{
	store_set("control/shutdown", "");
}

static void a_request_taken_back_is_none(void **state)
{
	interferences = 1;
	meanwhile = take_back;
	assert_int_equal(asked("suspend"), PVOPS_CONTROL_NONE);
}

static void a_store_that_denies_is_an_error(void **state)
{
	fault = STORE_DENIES;
	assert_int_equal(pvops_control_watch(true), -PVOPS_EACCES);
	assert_int_equal(lines(), 3);		/* a feature each */
	assert_int_equal(asked("reboot"), -PVOPS_EACCES);
	assert_int_equal(pvops_control_unwatch(), -PVOPS_EACCES);
	assert_int_equal(pvops_balloon_watch(), -PVOPS_EACCES);
}

static void a_silent_store_is_an_error(void **state)
{
	fault = STORE_SILENT;
	assert_int_equal(pvops_control_watch(true), -PVOPS_ETIMEDOUT);
	assert_true(asked("reboot") < 0);
	assert_string_equal(store_get("control/shutdown"), "reboot");
}

/* ---- balloon ---- */

static void *pages[NR];

/* Each page its own, and all of it. */
static void fill(void *page)
{
	for (u32 i = 0; i < 512; i++)
		((u64 *)page)[i] = (u64)page + i;
}

static bool holds(const void *page)
{
	for (u32 i = 0; i < 512; i++)
		if (((const u64 *)page)[i] != (u64)page + i)
			return false;
	return true;
}

static void target(u64 kib)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)kib);
	store_set("memory/target", text);
}

static void begin(void)
{
	for (u32 i = 0; i < NR; i++) {
		pages[i] = alloc_pages(0);
		fill(pages[i]);
	}
	target((u64)reservation * 4 + 1024);
	assert_int_equal(pvops_balloon_watch(), 0);
}

/* The pages that are away are the first @nr of the array, no more and no fewer, and all there. */
static void are_away(u32 nr)
{
	bool seen[ARENA_PAGES] = { false };
	u32 all = 0;

	for (u32 i = 0; i < NR; i++) {
		u32 slot = slot_of(pages[i]);

		assert_false(seen[slot]);
		seen[slot] = true;
		assert_int_equal(away[slot], i < nr);
		if (i >= nr)
			assert_true(holds(pages[i]));
	}
	for (u32 i = 0; i < ARENA_PAGES; i++)
		all += away[i];
	assert_int_equal(all, nr);
}

static s64 wanted(void)
{
	s64 nr;

	assert_int_equal(pvops_balloon_wanted(&nr), 0);
	return nr;
}

static void the_target_is_met(void **state)
{
	begin();
	assert_int_equal(wanted(), 0);
	target(((u64)reservation - NR) * 4 + 1024);
	assert_int_equal(wanted(), -NR);
	assert_int_equal(pvops_balloon_give(pages, NR), NR);
	are_away(NR);
	assert_int_equal(wanted(), 0);
	target(((u64)reservation + 100) * 4 + 1024);
	assert_int_equal(wanted(), 100);
	/* Anew after a restore: what is away is still away. */
	assert_int_equal(pvops_balloon_watch(), 0);
	assert_int_equal(wanted(), 100);
	assert_int_equal(pvops_balloon_take(pages + NR - 100, 100), 100);
	for (u32 i = NR - 100; i < NR; i++)
		fill(pages[i]);
	are_away(NR - 100);
	assert_int_equal(wanted(), 0);
	assert_int_equal(pvops_balloon_give(pages, 0), 0);
	assert_int_equal(pvops_balloon_take(pages, 0), 0);
	assert_int_equal(pvops_balloon_lost(), 0);
	assert_int_equal(lines(), 0);
	assert_int_equal(pvops_balloon_unwatch(), 0);
}

static void a_target_that_cannot_be_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "all", "-1", "12 ", "99999999999999999999", "9999999999999999999",
	};
	s64 nr = 7;

	begin();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		store_set("memory/target", bad[i]);
		assert_true(pvops_balloon_wanted(&nr) < 0);
		assert_int_equal(nr, 0);
	}
	store_set("memory/target", "0");
	assert_true(wanted() < 0);
	memory_fault = COUNT_ERROR;
	assert_int_equal(pvops_balloon_wanted(&nr), -PVOPS_EPERM);
	assert_int_equal(pvops_balloon_watch(), -PVOPS_EPERM);
}

/* Give with a fault that comes after so many; how many pages and frames that costs. */
static void give_badly(enum memory_fault what, u32 after, u32 given, u32 lost)
{
	begin();
	memory_fault = what;
	memory_after = after;
	assert_int_equal(pvops_balloon_give(pages, NR), given);
	are_away(given);
	assert_int_equal(pvops_balloon_lost(), lost);
	assert_in_range(lines(), lost ? 1 : 0, 4);
	/* And when all is well again, all that was given comes back. */
	memory_fault = MEMORY_FINE;
	assert_int_equal(pvops_balloon_take(pages, given), given);
	for (u32 i = 0; i < given; i++)
		fill(pages[i]);
	are_away(0);
}

#define GIVE(name, what, after, given, lost)					\
	static void give_##name(void **state) { give_badly(what, after, given, lost); }

GIVE(none, GIVE_FEWER, 0, 0, 0)
GIVE(some, GIVE_FEWER, 37, 37, 0)
GIVE(a_chunk, GIVE_FEWER, 64, 64, 0)
GIVE(more_than_a_chunk, GIVE_FEWER, 100, 100, 0)
GIVE(all_but_one, GIVE_FEWER, NR - 1, NR - 1, 0)
GIVE(error, GIVE_ERROR, 0, 0, 0)
GIVE(error_later, GIVE_ERROR, 2, 128, 0)
GIVE(an_answer_above_all, GIVE_MORE, 0, NR, 0)
GIVE(a_page_that_cannot_go, OUT_REFUSED, 70, 70, 0)
GIVE(the_first_page_cannot_go, OUT_REFUSED, 0, 0, 0)
GIVE(frames_that_cannot_be_kept, GIVE_LOSES, 70, 128, 58)

static void give_pages_with_another_mapping(void **state)
{
	begin();
	memory_fault = GIVE_MAPPED;
	memory_after = NR - 2;
	assert_int_equal(pvops_balloon_give(pages, NR), NR);
	are_away(NR);
	assert_non_null(strstr(logged, "of 300 pages given 298 have gone"));
	assert_int_equal(lines(), 1);
}

static void take_badly(enum memory_fault what, u32 after, u32 taken, u32 lost)
{
	begin();
	assert_int_equal(pvops_balloon_give(pages, NR), NR);
	memory_fault = what;
	memory_after = after;
	assert_int_equal(pvops_balloon_take(pages, NR), taken);
	assert_int_equal(pvops_balloon_lost(), lost);
	assert_in_range(lines(), lost ? 1 : 0, 4);
	for (u32 i = 0; i < NR; i++)
		assert_int_equal(away[slot_of(pages[i])], i >= taken);
	for (u32 i = 0; i < taken; i++)
		fill(pages[i]);
	for (u32 i = 0; i < taken; i++)
		assert_true(holds(pages[i]));
	memory_fault = MEMORY_FINE;
	assert_int_equal(pvops_balloon_take(pages + taken, NR - taken), NR - taken);
	for (u32 i = taken; i < NR; i++)
		fill(pages[i]);
	are_away(0);
}

#define TAKE(name, what, after, taken, lost)					\
	static void take_##name(void **state) { take_badly(what, after, taken, lost); }

TAKE(none, TAKE_FEWER, 0, 0, 0)
TAKE(some, TAKE_FEWER, 63, 63, 0)
TAKE(more_than_a_chunk, TAKE_FEWER, 65, 65, 0)
TAKE(error, TAKE_ERROR, 0, 0, 0)
TAKE(error_later, TAKE_ERROR, 3, 192, 0)
TAKE(an_answer_above_all, TAKE_MORE, 0, NR, 0)
TAKE(frames_that_are_not_told, TAKE_UNTOLD, 70, 70, 58)
TAKE(frames_out_of_range, TAKE_RANGE, 10, 10, 54)
TAKE(frames_that_another_page_has, TAKE_TWICE, 20, 21, 43)

#define T(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	struct CMUnitTest tests[] = {
		T(requests_are_told_and_acknowledged), T(an_interference_is_tried_again),
		T(a_request_taken_back_is_none), T(a_store_that_denies_is_an_error),
		T(a_silent_store_is_an_error), T(the_target_is_met),
		T(a_target_that_cannot_be_is_refused), T(give_none), T(give_some), T(give_a_chunk),
		T(give_more_than_a_chunk), T(give_all_but_one), T(give_error), T(give_error_later),
		T(give_an_answer_above_all), T(give_a_page_that_cannot_go),
		T(give_the_first_page_cannot_go), T(give_frames_that_cannot_be_kept),
		T(give_pages_with_another_mapping), T(take_none),
		T(take_some), T(take_more_than_a_chunk), T(take_error), T(take_error_later),
		T(take_an_answer_above_all), T(take_frames_that_are_not_told),
		T(take_frames_out_of_range), T(take_frames_that_another_page_has),
	};

	return run_apart(tests, sizeof(tests) / sizeof(tests[0]));
}
