/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Tests in processes of their own: what is under test keeps state that nothing resets. */
#ifndef TESTS_APART_H
#define TESTS_APART_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* Run in a process of its own; its exit status. */
static int apart(int (*fn)(void *arg), void *arg)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(fn(arg));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int one_test(void *test)
{
	return _cmocka_run_group_tests("apart", test, 1, NULL, NULL);
}

static int run_apart(struct CMUnitTest *tests, size_t nr)
{
	int failed = 0;

	for (size_t i = 0; i < nr; i++)
		failed += apart(one_test, tests + i);
	return failed;
}

#endif /* TESTS_APART_H */
