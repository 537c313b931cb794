// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A long life, for what a toolstack does to a domain: a line now and then (`life N`), checks all
 * the time, and a report in KTAP when it ends. Orders come by xenstore:
 *
 *	data/life	end: report and power off; gap: nothing counts as late from here on; on: the
 *			gap is over, and its length is told
 */
#include <stdarg.h>
#include <pvops/errno.h>
#include <pvops/xen-store.h>
#include "life.h"
#include "sched.h"

#define MS		1000000ULL
#define PERIOD		(200 * MS)
#define POLL		(50 * MS)
#define SECONDS		3		/* of life without a store, if nobody says how many */

static const char *const names[NR_LIFE_TESTS] = {
	[LIFE_CLOCK] = "clock never goes back", [LIFE_TIMERS] = "timers are in time",
	[LIFE_EVENTS] = "events all arrive", [LIFE_CPUS] = "CPUs stay alive",
	[LIFE_PROCESSES] = "processes work", [LIFE_ORDERS] = "orders are obeyed",
};

static u32 wrong[NR_LIFE_TESTS];
static u64 newest;
static bool in_gap;

static struct {
	bool store;
	bool end;
	u64 until;		/* time.clock of the end, if nobody tells us */
} life;

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

u64 life_clock(void)
{
	u64 before = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
	u64 now = pvops_time_clock(), seen = before;

	if (now < before)
		life_wrong(LIFE_CLOCK, "CPU %u: clock %llu ns behind", pvops_cpu(), before - now);
	while (seen < now && !__atomic_compare_exchange_n(&newest, &seen, now, false,
							  __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	return now;
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static void gap_over(void)
{
	u64 late = life_work_forgive();

	__atomic_store_n(&in_gap, false, __ATOMIC_RELEASE);
	kprintf("life: gap of %llu ms\n", late / MS);
}

static void order(void)
{
	char what[16];

	if (pvops_store_read(0, "data/life", what, sizeof(what)) <= 0)
		return;
	if (same(what, "end")) {
		life.end = true;
	} else if (same(what, "gap")) {
		life_work_forgive();
		__atomic_store_n(&in_gap, true, __ATOMIC_RELEASE);
		kprintf("life: gap expected\n");
	} else if (same(what, "on")) {
		gap_over();
	} else {
		life_wrong(LIFE_ORDERS, "order %s", what);
	}
	/* Done: who gave it may give the next. */
	pvops_store_write(0, "data/life", "");
}

/* Look, without waiting, at what the host wants. */
static void orders(void)
{
	char token[16];

	while (life.store && !pvops_store_event(token, sizeof(token), 0)) {
		if (same(token, "life"))
			order();
	}
}

static u64 number(const char *text)
{
	u64 n = 0;

	for (; *text >= '0' && *text <= '9' && n < 1000000; text++)
		n = n * 10 + (u64)(*text - '0');
	return n;
}

static void begin(void)
{
	char word[12];
	u64 seconds = 0;
	int err;

	life.store = !pvops_store_watch("data/life", "life");
	if (!life.store)
		seconds = SECONDS;
	if (pvops_boot_option(guest_boot->cmdline, "life=", word, sizeof(word)))
		seconds = number(word);
	life.until = seconds ? life_clock() + seconds * 1000 * MS : ~0ULL;
	err = life_work_start();
	if (err)
		kpanic("no memory for a life");
}

static void report(void)
{
	u32 fail = 0;

	for (u32 i = 0; i < NR_LIFE_TESTS; i++) {
		fail += wrong[i] != 0;
		kprintf("%s %u life: %s\n", wrong[i] ? "not ok" : "ok", i + 1, names[i]);
	}
	kprintf("guest: done pass=%u fail=%u skip=0\n", NR_LIFE_TESTS - fail, fail);
	leave_by(fail ? 1 : 0, life.end ? PVOPS_SHUTDOWN_POWEROFF : PVOPS_SHUTDOWN_REBOOT);
}

void life_main(void)
{
	u64 next;

	kprintf("KTAP version 1\n1..%u\n", NR_LIFE_TESTS);
	begin();
	next = life_clock();
	for (u64 nr = 0; !life.end && life_clock() < life.until;) {
		if (life_clock() >= next) {
			kprintf("life %llu\n", nr++);
			next = life_clock() + PERIOD;
		}
		sleep_ns(POLL);
		orders();
		life_work_look();
	}
	life_work_stop();
	report();
	for (;;)
		schedule();
}
