// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A long life, for what a toolstack does to a domain: a line now and then (`life N`), checks all
 * the time, and a report in KTAP when it ends.
 */
#include <stdarg.h>
#include <pvops/insn.h>
#include "life.h"
#include "sched.h"

#define MS		1000000ULL
#define PERIOD		(200 * MS)
#define POLL		(50 * MS)
#define SECONDS		3		/* of life if nobody says how many, or can tell us to end */

static const char *const names[NR_LIFE_TESTS] = {
	[LIFE_CLOCK] = "clock never goes back", [LIFE_TIMERS] = "timers are in time",
	[LIFE_EVENTS] = "events all arrive", [LIFE_CPUS] = "CPUs stay alive",
	[LIFE_PROCESSES] = "processes work", [LIFE_DEVICES] = "devices work",
	[LIFE_MEMORY] = "memory stays", [LIFE_ORDERS] = "orders are obeyed",
};

static u32 wrong[NR_LIFE_TESTS];
static u64 newest;
static bool in_gap;
static bool ending;
static unsigned int end_reason = PVOPS_SHUTDOWN_REBOOT;		/* as tests end */

void life_wrong(enum life_test test, const char *fmt, ...)
{
	u32 n = __atomic_fetch_add(&wrong[test], 1, __ATOMIC_RELAXED);
	char text[128];
	va_list args;

	if (n >= 4)
		return;
	va_start(args, fmt);
	pvops_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	kprintf("# life: %s\n", text);
}

bool life_gap(void)
{
	return __atomic_load_n(&in_gap, __ATOMIC_ACQUIRE);
}

void life_gap_begin(void)
{
	life_work_forgive();
	__atomic_store_n(&in_gap, true, __ATOMIC_RELEASE);
}

u64 life_gap_end(void)
{
	u64 late = life_work_forgive();

	__atomic_store_n(&in_gap, false, __ATOMIC_RELEASE);
	return late;
}

u64 life_clock(void)
{
	u64 before = pvops_load64(&newest);
	u64 now = pvops_time_clock(), seen = before;

	if (now < before)
		life_wrong(LIFE_CLOCK, "CPU %u: clock %llu ns behind", pvops_cpu(), before - now);
	while (seen < now && !pvops_cas64(&newest, &seen, now))
		;
	return now;
}

void life_end(unsigned int reason)
{
	ending = true;
	end_reason = reason;
}

static u64 number(const char *text)
{
	u64 n = 0;

	for (; *text >= '0' && *text <= '9' && n < 1000000; text++)
		n = n * 10 + (u64)(*text - '0');
	return n;
}

/* When it ends if nobody says so. */
static u64 end_of_life(bool told)
{
	u64 seconds = told ? 0 : SECONDS;
	char word[12];

	if (pvops_boot_option(guest_boot->cmdline, "life=", word, sizeof(word)))
		seconds = number(word);
	return seconds ? life_clock() + seconds * 1000 * MS : ~0ULL;
}

static void report(void)
{
	u32 fail = 0;

	for (u32 i = 0; i < NR_LIFE_TESTS; i++) {
		fail += wrong[i] != 0;
		kprintf("%s %u life: %s\n", wrong[i] ? "not ok" : "ok", i + 1, names[i]);
	}
	kprintf("guest: done pass=%u fail=%u skip=0\n", NR_LIFE_TESTS - fail, fail);
	leave_by(fail ? 1 : 0, end_reason);
}

void life_main(void)
{
	u64 next, end;

	kprintf("KTAP version 1\n1..%u\n", NR_LIFE_TESTS);
	end = end_of_life(life_orders_start());
	if (life_work_start() || life_devices_start())
		kpanic("no memory for a life");
	next = life_clock();
	for (u64 nr = 0; !ending && life_clock() < end;) {
		if (life_clock() >= next) {
			kprintf("life %llu\n", nr++);
			next = life_clock() + PERIOD;
		}
		sleep_ns(POLL);
		life_orders();
		life_work_look();
	}
	life_work_stop();
	life_devices_stop();
	life_balloon_stop();
	report();
	for (;;)
		schedule();
}
