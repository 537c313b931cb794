// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Xen PV: each hypercall of a start and a day's work is refused in turn, then each allocation. The
 * kernel stops or goes on; it says why once, and nothing crashes or waits for ever.
 */
#include "xen_pv_scenario.h"

#define SECONDS		10		/* more than any run takes */
#define MOST		1000
#define NO_MEMORY	(-12)

/* Exit status of a run: what became of the kernel ... */
enum { WENT_ON, STOPPED, PANICKED, OUTCOMES };
/* ... times four, plus whether somebody said why. */
enum { SAID, ANSWERED, SILENT, TOO_MUCH, NOT_REACHED };

struct fault {
	int call, alloc, error;
	bool halves;
};

/* Refused without a word: what it was for is not needed, or cannot be told from an answer. */
static bool nobody_minds(void)
{
	switch (failed.nr) {
	case __HYPERVISOR_console_io:		/* a release Xen refuses it to all but dom0 */
	case __HYPERVISOR_xen_version:		/* for the upcall on its way back */
	case __HYPERVISOR_get_debugreg:		/* any number may be the register's */
		return true;
	case __HYPERVISOR_vcpu_op:		/* is_up: no such CPU; the tick may not be there */
		return failed.cmd == VCPUOP_is_up || failed.cmd == VCPUOP_stop_periodic_timer;
	case __HYPERVISOR_sched_op:
		return failed.cmd == SCHEDOP_yield;
	case __HYPERVISOR_event_channel_op:	/* the console's: a line about it would need it */
		return failed.cmd == EVTCHNOP_send &&
		       ((struct evtchn_send *)failed.arg)->port == si->console.domU.evtchn;
	}
	return false;
}

static int work(void *arg)
{
	const struct fault *fault = arg;
	volatile int outcome = WENT_ON;
	unsigned int said, most;

	alarm(SECONDS);
	fresh(NULL);
	fail_at = fault->call;
	fail_error = fault->error;
	halves = fault->halves;
	alloc_fails_at = fault->alloc;
	if (setjmp(panicked)) {
		outcome = PANICKED;
		back_on_own_stack();
	} else if (start()) {
		outcome = STOPPED;
	} else {
		scenario();
	}
	if ((int)calls <= fault->call || allocs <= fault->alloc)
		return NOT_REACHED << 2;
	/* Each op that answers with an error may say why; a panic comes after its cause. */
	said = lines();
	most = outcome == PANICKED ? 3 : answered ? answered : 1;
	if (said > most)
		fprintf(stderr, "call %d, allocation %d:\n%s", fault->call, fault->alloc, logged);
	return (int)(said > most ? TOO_MUCH : said ? SAID : answered ? ANSWERED :
		     nobody_minds() ? SAID : SILENT) << 2 | outcome;
}

/* All of a kind in turn, until there are no more; how many. */
static int each(struct fault *fault, int *n, int of[OUTCOMES])
{
	for (*n = 0; *n < MOST; ++*n) {
		int result = apart(work, fault);

		if (result >> 2 == NOT_REACHED)
			break;
		if (result >> 2 > ANSWERED)
			print_error("fault %d: %s\n", *n, result >> 2 == SILENT ? "silent" : "bad");
		assert_in_range(result >> 2, SAID, ANSWERED);
		assert_in_range(result & 3, WENT_ON, PANICKED);
		of[result & 3]++;
	}
	return *n;
}

static bool plain_page(unsigned long mfn)
{
	return frames[mfn].type == WRITABLE && frames[mfn].refs == 1 && !frames[mfn].pinned;
}

static int all_is_well(void *arg)
{
	fresh(NULL);
	if (setjmp(panicked) || start())
		return 1;
	scenario();
	/* What was given back is a page like any other, to Xen too. */
	for (unsigned long pfn = HEAP; pfn < NR_PAGES; pfn++)
		if (!page_used[pfn] && !plain_page(mfn_of(pfn)))
			return 2;
	return answered || lines() || shutdowns != 1 || seen_irqs != 3 ? 3 : 0;
}

static void nothing_fails(void **state)
{
	assert_int_equal(apart(all_is_well, NULL), 0);
}

static void each_call_is_refused(void **state)
{
	struct fault fault = { .alloc = -1, .error = REFUSED };
	int of[OUTCOMES] = { 0 };

	/* Before there is a console and a timer it stops; later it goes on where it can. */
	assert_in_range(each(&fault, &fault.call, of), 100, MOST - 1);
	assert_in_range(of[STOPPED], 5, 10);
	assert_in_range(of[PANICKED], 1, of[WENT_ON] - 1);
}

static void each_call_finds_no_memory(void **state)
{
	struct fault fault = { .alloc = -1, .error = NO_MEMORY };
	int of[OUTCOMES] = { 0 };

	assert_in_range(each(&fault, &fault.call, of), 100, MOST - 1);
}

static void updates_stop_half_way(void **state)
{
	struct fault fault = { .alloc = -1, .error = REFUSED, .halves = true };
	int of[OUTCOMES] = { 0 };

	assert_in_range(each(&fault, &fault.call, of), 100, MOST - 1);
}

static void each_allocation_fails(void **state)
{
	struct fault fault = { .call = -1 };
	int of[OUTCOMES] = { 0 };

	/* States and twins of tables; a twin; another CPU's queue. */
	assert_int_equal(each(&fault, &fault.alloc, of), 4);
	assert_int_equal(of[STOPPED], 2);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_fails),
		cmocka_unit_test(each_call_is_refused),
		cmocka_unit_test(each_call_finds_no_memory),
		cmocka_unit_test(updates_stop_half_way),
		cmocka_unit_test(each_allocation_fails),
	};

	return run_apart(tests, sizeof(tests) / sizeof(*tests));
}
