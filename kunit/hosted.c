// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A test program of tests/ as a KUnit suite. Its main() hands over its tests before KUnit runs,
 * each becomes a case of its own. SUITE is its name, and hosted_main() its main().
 */
#include <kunit/test.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include "hosted/cmocka.h"
#include "hosted/stdlib.h"
#include "hosted/stdio.h"
#include "hosted/time.h"

#define MAX_CASES	64

int hosted_main(void);

static struct kunit *now;
static struct CMUnitTest tests[MAX_CASES];
static struct kunit_case cases[MAX_CASES + 1];

void hosted_true(bool right, const char *what, const char *file, int line)
{
	KUNIT_ASSERT_TRUE_MSG(now, right, "%s:%d: %s", file, line, what);
}

void hosted_equal(u64 a, u64 b, const char *what, const char *file, int line)
{
	KUNIT_ASSERT_EQ_MSG(now, a, b, "%s:%d: %s", file, line, what);
}

void hosted_memory(const void *a, const void *b, size_t len, const char *file, int line)
{
	KUNIT_ASSERT_MEMEQ_MSG(now, a, b, len, "%s:%d", file, line);
}

void hosted_text(const char *a, const char *b, bool same, const char *file, int line)
{
	if (same)
		KUNIT_ASSERT_STREQ_MSG(now, a, b, "%s:%d", file, line);
	else
		KUNIT_ASSERT_STRNEQ_MSG(now, a, b, "%s:%d", file, line);
}

void hosted_printf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(fmt, args);
	va_end(args);
}

void *hosted_malloc(size_t size)
{
	void *p = kzalloc(size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(now, p);
	return p;
}

void *hosted_calloc(size_t nr, size_t size)
{
	return hosted_malloc(nr * size);
}

void hosted_free(void *p)
{
	kfree(p);
}

/* The same numbers each time. */
int hosted_rand(void)
{
	static u32 seed = 1;

	seed = seed * 1103515245 + 12345;
	return (seed >> 1) & 0x7fffffff;
}

void hosted_abort(void)
{
	hosted_true(false, "abort()", __FILE__, __LINE__);
	unreachable();
}

int hosted_time(struct timespec *ts)
{
	u64 ns = ktime_get_ns();

	ts->tv_nsec = do_div(ns, NSEC_PER_SEC);
	ts->tv_sec = ns;
	return 0;
}

static void run(struct kunit *test)
{
	const struct CMUnitTest *of = tests;
	void *state;

	while (strcmp(of->name, test->name))
		of++;
	now = test;
	state = of->initial_state;
	if (of->setup_func)
		KUNIT_ASSERT_EQ(test, of->setup_func(&state), 0);
	of->test_func(&state);
}

/* From the test's main(), at boot. */
int hosted_tests(const char *group, const struct CMUnitTest *list, size_t nr)
{
	if (WARN_ON(nr > MAX_CASES))
		return 1;
	for (size_t i = 0; i < nr; i++) {
		tests[i] = list[i];
		cases[i] = (struct kunit_case){
			.run_case = run, .name = list[i].name, .module_name = "pvops",
		};
	}
	return 0;
}

static int __init take_tests(void)
{
	return hosted_main();
}
core_initcall(take_tests);

static struct kunit_suite suite = { .name = "pvops-" SUITE, .test_cases = cases };
kunit_test_suite(suite);
