// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * As much of cmocka as the tests of i386 need, for its library is there for this machine's own
 * width only. The declarations are cmocka.h's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static jmp_buf out;

void _fail(const char *file, int line)
{
	printf("%s:%d: error: failure\n", file, line);
	longjmp(out, 1);
}

void _skip(const char *file, int line)
{
	longjmp(out, 2);
}

void _assert_true(const LargestIntegralType result, const char *expression, const char *file,
		  int line)
{
	if (result)
		return;
	printf("%s\n", expression);
	_fail(file, line);
}

void _assert_int_equal(const LargestIntegralType a, const LargestIntegralType b, const char *file,
		       int line)
{
	if (a == b)
		return;
	printf("%#llx != %#llx\n", (unsigned long long)a, (unsigned long long)b);
	_fail(file, line);
}

void _assert_int_not_equal(const LargestIntegralType a, const LargestIntegralType b,
			   const char *file, int line)
{
	_assert_true(a != b, "the same", file, line);
}

void _assert_memory_equal(const void *a, const void *b, size_t size, const char *file, int line)
{
	_assert_true(!memcmp(a, b, size), "memory differs", file, line);
}

void _assert_string_equal(const char *a, const char *b, const char *file, int line)
{
	if (!strcmp(a, b))
		return;
	printf("\"%s\" != \"%s\"\n", a, b);
	_fail(file, line);
}

void _assert_in_range(const LargestIntegralType value, const LargestIntegralType least,
		      const LargestIntegralType most, const char *file, int line)
{
	_assert_true(value >= least && value <= most, "not in the range", file, line);
}

void print_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

int _cmocka_run_group_tests(const char *group, const struct CMUnitTest *const tests, size_t nr,
			    CMFixtureFunction group_setup, CMFixtureFunction group_teardown)
{
	volatile int failed = 0;

	for (volatile size_t i = 0; i < nr; i++) {
		void *state = tests[i].initial_state;
		int how = setjmp(out);

		if (!how) {
			printf("[ RUN      ] %s\n", tests[i].name);
			if (tests[i].setup_func && tests[i].setup_func(&state))
				_fail(tests[i].name, 0);
			tests[i].test_func(&state);
		}
		failed += how == 1;
		printf("[%s] %s\n", !how ? "       OK " : how == 1 ? "  FAILED  " : "  SKIPPED ",
		       tests[i].name);
	}
	printf("[  PASSED  ] %zu test(s) of %s.\n", nr - (size_t)failed, group);
	if (failed)
		printf("[  FAILED  ] %d test(s) of %s.\n", failed, group);
	return failed;
}
