// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* How the chosen backend starts, and who takes the place of one that declines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "select.h"

static int answers[8], starts[8];	/* of init, by backend; how often it was called */
static u32 order;			/* backends in the order of their starts, a digit each */

#define INIT(nr)						\
	static int init_##nr(struct pvops_boot *b)		\
	{							\
		assert_ptr_equal(b, &boot);			\
		starts[nr]++;					\
		order = order * 10 + nr;			\
		return answers[nr];				\
	}
INIT(1)
INIT(2)
INIT(3)

/* Of 1 (low), 2 (middle) and 3 (high), where 2 and 3 may stand on another. */
static int begin(const char *base2, const char *base3)
{
	static const struct pvops_backend *const list[] = { &b_low, &b_middle, &b_high };
	int err;

	b_low.init = init_1;
	b_middle.init = init_2;
	b_high.init = init_3;
	b_middle.base = base2;
	b_high.base = base3;
	memset(starts, 0, sizeof(starts));
	order = 0;
	logged[0] = '\0';
	memset(&pvops_state, 0, sizeof(pvops_state));
	pvops_state.boot = &boot;
	assert_non_null(choose(3, &b_low, &b_middle, &b_high));
	err = pvops_start(list, list + 3, candidates, found);
	b_middle.base = b_high.base = NULL;
	return err;
}

static void the_best_starts(void **state)
{
	memset(answers, 0, sizeof(answers));
	assert_int_equal(begin(NULL, NULL), 0);
	assert_int_equal(order, 3);
	assert_ptr_equal(pvops_state.info.backend, &b_high);
	assert_int_equal(pvops_state.info.verdict.score, 0x40000100);
	assert_null(pvops_state.base);
	assert_int_equal(begin("b_low", "b_low"), 0);
	assert_int_equal(order, 13);
	assert_ptr_equal(pvops_state.base, &b_low);
	assert_null(strstr(logged, "declines"));
}

static void who_declines_makes_room(void **state)
{
	memset(answers, 0, sizeof(answers));
	answers[3] = PVOPS_INIT_DECLINED;
	assert_int_equal(begin(NULL, NULL), 0);
	assert_int_equal(order, 32);
	assert_ptr_equal(pvops_state.info.backend, &b_middle);
	assert_int_equal(pvops_state.info.verdict.score, 0x40000000);
	assert_non_null(strstr(logged, "backend b_high declines"));
	/* One base of both is started once, and so is one that is the next best itself. */
	assert_int_equal(begin("b_low", "b_low"), 0);
	assert_int_equal(order, 132);
	answers[2] = PVOPS_INIT_DECLINED;
	assert_int_equal(begin("b_low", "b_low"), 0);
	assert_int_equal(order, 132);
	assert_int_equal(starts[1], 1);
	assert_ptr_equal(pvops_state.info.backend, &b_low);
	assert_int_equal(pvops_state.info.verdict.score, 1);
	assert_null(pvops_state.base);
	/* Another's base is not this one's. */
	answers[2] = 0;
	assert_int_equal(begin(NULL, "b_low"), 0);
	assert_int_equal(order, 132);
	assert_null(pvops_state.base);
}

static void nobody_left(void **state)
{
	memset(answers, 0, sizeof(answers));
	answers[1] = answers[2] = answers[3] = PVOPS_INIT_DECLINED;
	assert_int_equal(begin(NULL, NULL), -PVOPS_ENODEV);
	assert_int_equal(order, 321);
	/* A base that declines is none to stand on. */
	assert_int_equal(begin("b_low", "b_low"), -PVOPS_ENODEV);
	assert_int_equal(order, 111);
}

/* What fails has been begun: nobody else can go on from there. */
static void failure_ends_it(void **state)
{
	memset(answers, 0, sizeof(answers));
	answers[3] = -PVOPS_EIO;
	assert_int_equal(begin(NULL, NULL), -PVOPS_EIO);
	assert_int_equal(order, 3);
	assert_non_null(strstr(logged, "backend b_high failed to start: error -"));
	answers[1] = -PVOPS_EIO;
	answers[3] = 0;
	assert_int_equal(begin("b_low", "b_low"), -PVOPS_EIO);
	assert_int_equal(order, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(the_best_starts),
		T(who_declines_makes_room),
		T(nobody_left),
		T(failure_ends_it),
	};

	return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
