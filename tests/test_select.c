// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Detection on CPUID leaves made by hand, selection among backends made by hand, options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "select.h"

/* ---- CPUID ---- */

static void no_bit_no_face(void **state)
{
	leaves[0] = (struct leaf){ 0x40000000, 0x40000001, "KVMKVMKVM\0\0\0" };
	bit = false;
	pvops_detect(&boot, &probe);
	assert_false(probe.hypervisor_bit);
	assert_int_equal(probe.nr_matches, 0);
}

static void one_face(void **state)
{
	leaves[0] = (struct leaf){ 0x40000000, 0x40000001, "KVMKVMKVM\0\0\0" };
	pvops_detect(&boot, &probe);
	assert_int_equal(probe.nr_matches, 1);
	assert_int_equal(probe.matches[0].base, 0x40000000);
	assert_int_equal(probe.matches[0].max, 0x40000001);
	assert_memory_equal(probe.matches[0].signature, "KVMKVMKVM\0\0\0", 12);
}

static void all_faces_are_kept(void **state)
{
	leaves[0] = (struct leaf){ 0x40000000, 0x40000006, "Microsoft Hv" };
	leaves[1] = (struct leaf){ 0x40000100, 0x40000105, "XenVMMXenVMM" };
	leaves[2] = (struct leaf){ 0x40000f00, 0x40000f01, "KVMKVMKVM\0\0\0" };
	pvops_detect(&boot, &probe);
	assert_int_equal(probe.nr_matches, 3);
	assert_int_equal(probe.matches[2].base, 0x40000f00);
}

static void max_leaf_of_zero_is_base_plus_one(void **state)
{
	leaves[0] = (struct leaf){ 0x40000000, 0, "KVMKVMKVM\0\0\0" };
	pvops_detect(&boot, &probe);
	assert_int_equal(probe.matches[0].max, 0x40000001);
}

static void lying_max_leaf(void **state)
{
	leaves[0] = (struct leaf){ 0x40000000, 0x0000000d, "KVMKVMKVM\0\0\0" };
	leaves[1] = (struct leaf){ 0x40000100, 0xffffffff, "XenVMMXenVMM" };
	pvops_detect(&boot, &probe);
	assert_int_equal(probe.nr_matches, 0);
}

static void garbage_is_no_signature(void **state)
{
	leaves[0] = (struct leaf){ 0x40000000, 0x40000001, "\x01\x02\x03\x04garbage" };
	leaves[1] = (struct leaf){ 0x40000100, 0x40000101, "\0\0\0\0\0\0\0\0\0\0\0\0" };
	pvops_detect(&boot, &probe);
	assert_int_equal(probe.nr_matches, 0);
}

static void bounded_number_of_questions(void **state)
{
	asked = 0;
	pvops_detect(&boot, &probe);
	assert_in_range(asked, 1, 1 + PVOPS_MAX_MATCHES);
}

/* ---- selection ---- */

static struct pvops_form holed[PVOPS_NR_OPS];

static void highest_score_wins(void **state)
{
	assert_ptr_equal(choose(3, &b_low, &b_high, &b_middle), &b_high);
	assert_ptr_equal(choose(3, &b_high, &b_low, &b_middle), &b_high);
	assert_ptr_equal(choose(2, &b_low, &b_never), &b_low);
	assert_non_null(strstr(logged, "backend b_middle can run: says middle"));
}

static void nobody(void **state)
{
	assert_null(choose(1, &b_never));
	assert_non_null(strstr(logged, "no backend can run here"));
	assert_null(choose(0));
}

static void wish_is_granted(void **state)
{
	strcpy(boot.cmdline, "quiet pvops=b_middle x");
	assert_ptr_equal(choose(3, &b_low, &b_high, &b_middle), &b_middle);
	assert_ptr_equal(choose(3, &b_middle, &b_high, &b_low), &b_middle);
}

static void debug_is_no_wish(void **state)
{
	static const struct {
		const char *words, *name;
		bool trace;
	} rows[] = {
		{ "pvops=debug", "b_high", true }, { "pvops=b_middle,debug", "b_middle", true },
		{ "pvops=debug,b_middle", "b_middle", true },
		{ "pvops=b_middle", "b_middle", false }, { "pvops=b_middle,", "b_middle", false },
		{ "pvops=b_middle,b_low", "b_middle", false },
		{ "pvops=,debug,", "b_high", true }, { "pvops=debugger", "b_high", false },
		{ "pvops=", "b_high", false }, { "", "b_high", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fresh(NULL);
		strcpy(boot.cmdline, rows[i].words);
		assert_string_equal(choose(3, &b_low, &b_high, &b_middle)->name, rows[i].name);
		assert_int_equal(!!strstr(logged, "debug: "), rows[i].trace);
		assert_int_equal(pvops_state.trace, rows[i].trace);
	}
}

static void trace_says_who_was_asked(void **state)
{
	leaves[0] = (struct leaf){ 0x40000000, 0x40000001, "KVMKVMKVM\0\0\0" };
	strcpy(boot.cmdline, "nopv pvops=b_middle,debug");
	b_high.base = "b_low";
	assert_ptr_equal(choose(4, &b_low, &b_never, &b_high, &b_middle), &b_middle);
	b_high.base = NULL;
	assert_non_null(strstr(logged, "debug: command line: nopv pvops=b_middle,debug\n"));
	assert_non_null(strstr(logged, "debug: entered by test, in ring 0: yes, "
			       "hypervisor bit: yes, 1 faces\n"));
	assert_non_null(strstr(logged, "debug: backend b_never: not here\n"));
	assert_non_null(strstr(logged, "debug: backend b_high: score 0x40000100, on b_low\n"));
	assert_non_null(strstr(logged, "debug: choice 1: b_middle, wished for, the plainest first\n"
			       "debug: choice 2: b_low, the plainest first\n"
			       "debug: choice 3: b_high, the plainest first\n"));
}

static void wish_that_cannot_run(void **state)
{
	strcpy(boot.cmdline, "pvops=b_never");
	assert_ptr_equal(choose(3, &b_low, &b_never, &b_middle), &b_middle);
	assert_non_null(strstr(logged, "pvops=b_never: no such backend can run here"));
}

static void nopv_takes_the_plainest(void **state)
{
	strcpy(boot.cmdline, "nopv");
	assert_ptr_equal(choose(3, &b_high, &b_low, &b_middle), &b_low);
	strcpy(boot.cmdline, "nopvx");
	assert_ptr_equal(choose(3, &b_high, &b_low, &b_middle), &b_high);
}

#define NUMBER_(n)	#n
#define NUMBER(n)	NUMBER_(n)
#define SKIPS(text)									\
	do {										\
		logged[0] = '\0';							\
		assert_ptr_equal(choose(2, &b_low, &b_bad), &b_low);			\
		assert_non_null(strstr(logged, text));					\
	} while (0)

static void bad_records_are_passed_over(void **state)
{
	struct pvops_backend good = b_bad;

	b_bad.abi = 7;
	SKIPS("backend ? skipped: ABI version 7, this library has " NUMBER(PVOPS_BACKEND_ABI));
	b_bad = good;
	b_bad.size = 8;
	SKIPS("backend b_bad skipped: record of 8 bytes");
	b_bad = good;
	b_bad.nr_ops = 3;
	SKIPS("backend b_bad skipped: built for 3 ops");
	b_bad = good;
	b_bad.detect = NULL;
	SKIPS("record has no name, forms, detect or init");
	b_bad = good;
	memcpy(holed, full, sizeof(full));
	holed[PVOPS_OP_mmu_pin].kind = PVOPS_FORM_EMPTY;
	b_bad.forms = holed;
	SKIPS("backend b_bad skipped: op mmu.pin is empty");
	holed[PVOPS_OP_mmu_pin] = full[0];
	holed[PVOPS_OP_time_clock].func = NULL;
	SKIPS("backend b_bad skipped: op time.clock is empty");
	b_bad = good;
	assert_ptr_equal(choose(2, &b_low, &b_bad), &b_bad);
}

static void base_fills_what_is_empty(void **state)
{
	struct pvops_backend good = b_bad;

	memcpy(holed, full, sizeof(full));
	holed[PVOPS_OP_mmu_pin].kind = PVOPS_FORM_EMPTY;
	b_bad.forms = holed;
	b_bad.base = "b_low";
	assert_ptr_equal(choose(2, &b_low, &b_bad), &b_bad);
	assert_ptr_equal(choose(2, &b_bad, &b_low), &b_bad);
	b_bad.base = "b_middle";
	SKIPS("backend b_bad skipped: there is no b_middle for it to stand on");
	/* Not on itself, not on one that stands on another. */
	b_bad.base = "b_bad";
	SKIPS("backend b_bad skipped: there is no b_bad for it to stand on");
	b_bad.base = "b_middle";
	b_middle.base = "b_low";
	logged[0] = '\0';
	assert_ptr_equal(choose(3, &b_low, &b_bad, &b_middle), &b_middle);
	assert_non_null(strstr(logged, "there is no b_middle for it to stand on"));
	b_middle.base = NULL;
	b_bad = good;
}

static void of_equals_who_stands_alone(void **state)
{
	b_bad.base = "b_low";
	b_bad.detect = low;
	assert_ptr_equal(choose(2, &b_bad, &b_low), &b_low);
	assert_ptr_equal(choose(2, &b_low, &b_bad), &b_low);
	assert_non_null(strstr(logged, "backend b_bad can run"));
	strcpy(boot.cmdline, "nopv");
	assert_ptr_equal(choose(2, &b_bad, &b_low), &b_low);
	assert_ptr_equal(choose(2, &b_low, &b_bad), &b_low);
	strcpy(boot.cmdline, "pvops=b_bad");
	assert_ptr_equal(choose(2, &b_bad, &b_low), &b_bad);
	assert_ptr_equal(choose(2, &b_low, &b_bad), &b_bad);
	b_bad.base = NULL;
	b_bad.detect = high;
}

static void best_first(void **state)
{
	static const u32 scores[] = { 0x40000100, 0x40000000, 1 };

	choose(4, &b_middle, &b_low, &b_never, &b_high);
	assert_int_equal(found, 3);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(candidates[i].verdict.score, scores[i]);
	strcpy(boot.cmdline, "pvops=b_low");
	choose(3, &b_middle, &b_high, &b_low);
	assert_ptr_equal(candidates[0].backend, &b_low);
	assert_ptr_equal(candidates[1].backend, &b_high);
	assert_ptr_equal(candidates[2].backend, &b_middle);
	strcpy(boot.cmdline, "nopv");
	choose(3, &b_middle, &b_high, &b_low);
	assert_ptr_equal(candidates[2].backend, &b_high);
}

/* The worst are those left out. */
static void more_than_there_is_room_for(void **state)
{
	_Static_assert(PVOPS_MAX_CANDIDATES == 8, "the list below is one longer");

	choose(10, &b_low, &b_low, &b_middle, &b_low, &b_low, &b_low, &b_low, &b_low, &b_low,
	       &b_high);
	assert_int_equal(found, PVOPS_MAX_CANDIDATES);
	assert_ptr_equal(candidates[0].backend, &b_high);
	assert_ptr_equal(candidates[1].backend, &b_middle);
	for (u32 i = 2; i < found; i++)
		assert_ptr_equal(candidates[i].backend, &b_low);
}

/* ---- words and formatting ---- */

static void options(void **state)
{
	char value[8];

	assert_true(pvops_boot_option("a pvops=xen b", "pvops=", value, sizeof(value)));
	assert_string_equal(value, "xen");
	assert_true(pvops_boot_option("pvops=a-very-long-name", "pvops=", value, sizeof(value)));
	assert_string_equal(value, "a-very-");
	assert_true(pvops_boot_option("x nopv", "nopv", NULL, 0));
	assert_false(pvops_boot_option("x nopvy", "nopv", NULL, 0));
	assert_false(pvops_boot_option("xnopv", "nopv", NULL, 0));
	assert_false(pvops_boot_option("", "nopv", NULL, 0));
	assert_false(pvops_boot_option("abc", "", NULL, 0));
	assert_true(pvops_boot_option("pvops=", "pvops=", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_true(pvops_boot_option("pvops=1 pvops=2", "pvops=", value, sizeof(value)));
	assert_string_equal(value, "1");
}

static void formats(const char *want, const char *fmt, ...)
{
	char buf[64];
	va_list args;

	va_start(args, fmt);
	pvops_vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	assert_string_equal(buf, want);
}

static void formatting(void **state)
{
	char tiny[4];

	formats("a -5 7 ff 0007 x%", "%c %d %u %x %04d %s%%", 'a', -5, 7U, 255U, 7, "x");
	formats("-2147483648 ffffffffffffffff", "%d %llx", (int)0x80000000, ~0ULL);
	formats("   5  -5 -005 ab  |", "%4d %3d %04d %4s|", 5, -5, -5, "ab");
	formats("(null)", "%s", (const char *)NULL);
	formats("-9223372036854775808", "%lld", (long long)(1ULL << 63));
	assert_int_equal(pvops_snprintf(tiny, sizeof(tiny), "%s", "abcdef"), 6);
	assert_string_equal(tiny, "abc");
	assert_int_equal(pvops_snprintf(NULL, 0, "%d", 12345), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(no_bit_no_face),
		T(one_face),
		T(all_faces_are_kept),
		T(max_leaf_of_zero_is_base_plus_one),
		T(lying_max_leaf),
		T(garbage_is_no_signature),
		T(bounded_number_of_questions),
		T(highest_score_wins),
		T(nobody),
		T(wish_is_granted),
		T(debug_is_no_wish),
		T(trace_says_who_was_asked),
		T(wish_that_cannot_run),
		T(nopv_takes_the_plainest),
		T(bad_records_are_passed_over),
		T(base_fills_what_is_empty),
		T(of_equals_who_stands_alone),
		T(best_first),
		T(more_than_there_is_room_for),
		T(options),
		T(formatting),
	};

	return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
