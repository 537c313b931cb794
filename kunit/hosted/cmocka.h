/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The part of cmocka that tests/ is written for, done by KUnit (hosted.c), so that one source of a
 * test runs in both worlds. No header of the kernel is needed by who includes this: the tests have
 * names of their own that would meet the kernel's.
 */
#ifndef KUNIT_HOSTED_CMOCKA_H
#define KUNIT_HOSTED_CMOCKA_H

#include <pvops/types.h>

typedef int (*CMFixtureFunction)(void **state);

struct CMUnitTest {
	const char *name;
	void (*test_func)(void **state);
	CMFixtureFunction setup_func;
	CMFixtureFunction teardown_func;
	void *initial_state;
};

#define cmocka_unit_test(test)			{ #test, test, NULL, NULL, NULL }
#define cmocka_unit_test_setup(test, setup)	{ #test, test, setup, NULL, NULL }
#define cmocka_unit_test_prestate_setup(test, setup, state) \
	{ #test, test, setup, NULL, state }
#define cmocka_run_group_tests_name(name, tests, setup, teardown) \
	hosted_tests(name, tests, sizeof(tests) / sizeof((tests)[0]))
#define cmocka_run_group_tests(tests, setup, teardown) \
	cmocka_run_group_tests_name(NULL, tests, setup, teardown)

int hosted_tests(const char *group, const struct CMUnitTest *tests, size_t nr);
void hosted_true(bool right, const char *what, const char *file, int line);
void hosted_equal(u64 a, u64 b, const char *what, const char *file, int line);
void hosted_memory(const void *a, const void *b, size_t len, const char *file, int line);
void hosted_text(const char *a, const char *b, bool same, const char *file, int line);

#define HOSTED_TRUE(what)	hosted_true(what, #what, __FILE__, __LINE__)
#define assert_true(what)	hosted_true(!!(what), #what, __FILE__, __LINE__)
#define assert_false(what)	hosted_true(!(what), "!(" #what ")", __FILE__, __LINE__)
#define assert_null(p)		hosted_true(!(p), #p " is NULL", __FILE__, __LINE__)
#define assert_non_null(p)	hosted_true(!!(p), #p " is not NULL", __FILE__, __LINE__)
#define assert_int_equal(a, b)	\
	hosted_equal((u64)(a), (u64)(b), #a " == " #b, __FILE__, __LINE__)
#define assert_ptr_equal(a, b)	\
	hosted_equal((unsigned long)(a), (unsigned long)(b), #a " == " #b, __FILE__, __LINE__)
#define assert_int_not_equal(a, b)	HOSTED_TRUE((u64)(a) != (u64)(b))
#define assert_ptr_not_equal(a, b)	HOSTED_TRUE((const void *)(a) != (const void *)(b))
#define assert_in_range(value, least, most)				\
	hosted_true((u64)(value) >= (u64)(least) && (u64)(value) <= (u64)(most),	\
		    #value " in " #least " .. " #most, __FILE__, __LINE__)
#define assert_memory_equal(a, b, len)	hosted_memory(a, b, len, __FILE__, __LINE__)
#define assert_string_equal(a, b)	hosted_text(a, b, true, __FILE__, __LINE__)
#define assert_string_not_equal(a, b)	hosted_text(a, b, false, __FILE__, __LINE__)
#define fail()			hosted_true(false, "not here", __FILE__, __LINE__)
#define fail_msg(fmt, ...)	hosted_true(false, fmt, __FILE__, __LINE__)

#endif /* KUNIT_HOSTED_CMOCKA_H */
