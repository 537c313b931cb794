// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What is 8 bytes is two words on i386. Step by step: nobody may see half of a new gate or
 * descriptor, and the timer's interrupt, which comes where interrupts are enabled, no half of a
 * deadline.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "logged.h"
#include "stepwise.h"

/* This program has no CPU's block at GS. */
static inline unsigned int this_cpu(void)
{
	return 3;
}
#define pvops_cpu this_cpu
#include "../backends/native/cpu.c"
#define alarm native_alarm		/* the C library has one, too */
#include "../backends/native/time.c"

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

static int steps, interrupts, early, halves;

/* Two values that a word may have; no word: nobody looks. */
static struct {
	const volatile u64 *at;
	u64 old, new;
} watched;

static void on_step(int sig)
{
	steps++;
	if (watched.at) {
		halves += *watched.at != watched.old && *watched.at != watched.new;
		return;
	}
	if (!(flags_now & PVOPS_FLAGS_IF))
		return;
	interrupts++;
	early += native_timer_due();
}

static int fresh(void **state)
{
	pvops_table[PVOPS_OP_irq_save] = op_irq_save;
	pvops_table[PVOPS_OP_irq_disable] = op_irq_disable;
	pvops_table[PVOPS_OP_irq_restore] = op_irq_restore;
	pvops_table[PVOPS_OP_time_clock] = op_clock;
	flags_now = PVOPS_FLAGS_IF;
	apic_mult = 1ULL << 32;
	steps = interrupts = early = halves = 0;
	watched.at = NULL;
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

/* ---- gates and descriptors ---- */

#define OLD	0x1111111122222222ULL
#define NEW	0x3333333344444444ULL

static u64 table[4] = { 1, 2, OLD, 4 };

static void watch(void)
{
	table[2] = OLD;
	watched.old = OLD;
	watched.new = NEW;
	watched.at = table + 2;
}

static void changed_at_once(void)
{
	watched.at = NULL;
	assert_true(steps > 3);
	assert_int_equal(halves, 0);
	assert_true(table[0] == 1 && table[1] == 2 && table[2] == NEW && table[3] == 4);
}

static void a_gate(void **state)
{
	static const struct pvops_gate gate = { (u32)NEW, NEW >> 32 };

	watch();
	STEPWISE(native_cpu_write_idt_entry((struct pvops_gate *)table, 2, &gate));
	changed_at_once();
}

static void a_descriptor(void **state)
{
	u32 a = (u32)table, d = 2, c = (u32)NEW, b = NEW >> 32;

	watch();
	STEPWISE(asm volatile("call native_write_desc" : "+a"(a), "+d"(d), "+c"(c), "+b"(b)
			      : : "memory", "cc"));
	changed_at_once();
	assert_true(a == (u32)table && d == 2 && c == (u32)NEW && b == NEW >> 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_later_deadline, fresh),
		cmocka_unit_test_setup(an_earlier_deadline, fresh),
		cmocka_unit_test_setup(none, fresh),
		cmocka_unit_test_setup(one_that_is_over, fresh),
		cmocka_unit_test_setup(a_gate, fresh),
		cmocka_unit_test_setup(a_descriptor, fresh),
	};

	return cmocka_run_group_tests_name("halves_32", tests, NULL, NULL);
}
