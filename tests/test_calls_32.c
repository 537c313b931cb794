// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Debug builds on i386 count in two words, one instruction after the other. Whoever reads
 * meanwhile, step by step, gets the number before or the one behind, none that is off by 2^32.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>
#include <cmocka.h>
#include "stepwise.h"
#include "../core/calls.c"

#define OP	PVOPS_OP_irq_disable
#define OLD	0x5ffffffffULL

static volatile u32 *const words = (volatile u32 *)(pvops_calls + OP);
static int steps, low_at, high_at;
static u32 more;

/* Sites of other CPUs: the first halves of all they do, and the second one, at these steps. */
static void on_step(int sig, siginfo_t *info, void *context)
{
	if (steps == low_at)
		words[0] += more;
	if (steps == high_at)
		words[1]++;
	/* What comes behind need not be so slow. */
	if (low_at >= 0 && steps > low_at && steps > high_at)
		((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~FLAG_TF;
	steps++;
}

static u64 read_while(int low, int high)
{
	u64 seen;

	pvops_calls[OP] = OLD;
	steps = 0;
	low_at = low;
	high_at = high;
	STEPWISE(seen = pvops_calls_of(OP));
	return seen;
}

/* One call, and so many that the low word says nothing of its having come round. */
static void read_at_any_step(void **state)
{
	static const int apart[] = { 0, 1, 2, 3, 5, 8, 40 };
	struct sigaction action = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO };
	int all, olds = 0, news = 0;

	sigaction(SIGTRAP, &action, NULL);
	assert_true(read_while(-1, -1) == OLD);
	all = steps;
	assert_in_range(all, 5, 100);
	for (int low = 0; low < all; low++)
		for (u32 i = 0; i < sizeof(apart) / sizeof(*apart); i++) {
			u64 seen;

			more = apart[i] ? 1 : 0x30000;
			seen = read_while(low, low + apart[i]);
			assert_true(seen == OLD || seen == OLD + more);
			olds += seen == OLD;
			news += seen != OLD;
		}
	assert_true(olds && news);
}

/* Few calls are no carry that is missing: it comes to an end, and soon. */
static void few_calls_are_few(void **state)
{
	for (u64 nr = 0; nr < 3; nr++) {
		pvops_calls[OP] = nr;
		assert_true(pvops_calls_of(OP) == nr);
	}
	pvops_calls[OP] = 0x600000007ULL;
	assert_true(pvops_calls_of(OP) == 0x600000007ULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_at_any_step),
		cmocka_unit_test(few_calls_are_few),
	};

	return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
