// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Native's timer on i386, where a deadline is two words: its interrupt may come behind each
 * instruction that interrupts are enabled at, and must not see half of a new one.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "logged.h"

/* This program has no CPU's block at GS. */
static inline unsigned int this_cpu(void)
{
	return 3;
}
#define pvops_cpu this_cpu
#include "../backends/native/time.c"

#define FLAG_TF		0x100

const void *pvops_table[PVOPS_NR_OPS];

/* The interrupt flag, and a clock that stands. */
u32 flags_now;
extern const u8 op_irq_save[], op_irq_disable[], op_irq_restore[], op_clock[];
asm(".pushsection .text\n"
    "op_irq_save:	mov	flags_now, %eax\n"
    "	ret\n"
    "op_irq_disable:	movl	$0, flags_now\n"
    "	ret\n"
    "op_irq_restore:	mov	%eax, flags_now\n"
    "	ret\n"
    "op_clock:	mov	$0x80000000, %eax\n"
    "	xor	%edx, %edx\n"
    "	ret\n"
    ".popsection");

static u32 armed;

void native_apic_write(u32 reg, u32 val)
{
	if (reg == APIC_TIMER_INIT)
		armed = val;
}

static int steps, interrupts, early;

static void on_step(int sig)
{
	steps++;
	if (!(flags_now & PVOPS_FLAGS_IF))
		return;
	interrupts++;
	early += native_timer_due();
}

/* TF is seen by the signal's frame and not by its handler. */
#define STEPWISE(statement)						\
	do {								\
		asm volatile("pushf; orl %0, (%%esp); popf" : : "i"(FLAG_TF) : "memory", "cc"); \
		statement;						\
		asm volatile("pushf; andl %0, (%%esp); popf" : : "i"(~FLAG_TF) : "memory", "cc"); \
	} while (0)

static int fresh(void **state)
{
	pvops_table[PVOPS_OP_irq_save] = op_irq_save;
	pvops_table[PVOPS_OP_irq_disable] = op_irq_disable;
	pvops_table[PVOPS_OP_irq_restore] = op_irq_restore;
	pvops_table[PVOPS_OP_time_clock] = op_clock;
	flags_now = PVOPS_FLAGS_IF;
	apic_mult = 1ULL << 32;
	steps = interrupts = early = 0;
	signal(SIGTRAP, on_step);
	return 0;
}

/* Neither is due; each half of one with the other's half is. */
static void replaced(u64 old, u64 new)
{
	native_time_set_timer(old);
	STEPWISE(native_time_set_timer(new));
	assert_true(steps > 10 && interrupts > 2);
	assert_int_equal(early, 0);
	assert_true(deadlines[3] == new);
	assert_int_equal(armed, new - 0x80000000 + 1);
	assert_int_equal(flags_now, PVOPS_FLAGS_IF);
}

static void a_later_deadline(void **state)
{
	replaced(0xfffffff0, 0x100000010);
}

static void an_earlier_deadline(void **state)
{
	replaced(0x100000010, 0xfffffff0);
}

static void none(void **state)
{
	native_time_set_timer(0x100000010);
	STEPWISE(native_time_stop_timer());
	assert_true(steps > 10 && interrupts > 2);
	assert_int_equal(early, 0);
	assert_true(!deadlines[3] && !armed);
	assert_int_equal(flags_now, PVOPS_FLAGS_IF);
}

static void one_that_is_over(void **state)
{
	native_time_set_timer(0);
	assert_true(deadlines[3] == 1 && armed == 1);
	assert_true(native_timer_due());
	assert_false(native_timer_due());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_later_deadline, fresh),
		cmocka_unit_test_setup(an_earlier_deadline, fresh),
		cmocka_unit_test_setup(none, fresh),
		cmocka_unit_test_setup(one_that_is_over, fresh),
	};

	return cmocka_run_group_tests_name("time_32", tests, NULL, NULL);
}
