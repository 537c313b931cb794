/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the tests of the clock's table and of its facts begin with. */
#ifndef TESTS_CLOCK_H
#define TESTS_CLOCK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <pvops/clock.h>
#include "core.h"
#include "logged.h"

#define F(fact)		PVOPS_CLOCK_##fact
#define KHZ(by)		PVOPS_CLOCK_KHZ(PVOPS_KHZ_##by)
#define TSC_INV		(F(TSC) | F(INVARIANT))

static struct pvops_clock_facts facts;

static int fresh(void **state)
{
	memset(&facts, 0, sizeof(facts));
	logged[0] = '\0';
	pvops_clock_begin();
	return 0;
}

#endif /* TESTS_CLOCK_H */
