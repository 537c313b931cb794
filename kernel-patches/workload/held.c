// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The machine is saved by somebody outside while it has work to do, and goes on or is restored.
 * These are the first tests, so that all others run in a machine that was; with the word `held`.
 */
#include "work.h"

#define TICK_MS 100
#define AFTER 20		/* ticks after that */
#define HELD_MS 50
#define PAGES 256

static bool *over;		/* of all processes */

/* Time that only a clock sees which goes on while the machine does not run. */
static int64_t away(void)
{
	uint64_t before, all, behind;

	/* Nobody may run between the two but us. */
	do {
		before = now(CLOCK_MONOTONIC);
		all = now(CLOCK_BOOTTIME);
		behind = now(CLOCK_MONOTONIC);
	} while (behind - before > MS);
	return all - behind;
}

static bool goes_on(void)
{
	return !__atomic_load_n(over, __ATOMIC_SEQ_CST);
}

/* Pages, their copies and their protection; address spaces come and go. */
static void fills_memory(void *arg)
{
	unsigned long *words = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(words != MAP_FAILED);
	for (unsigned long round = 1; goes_on(); round++) {
		pid_t child;

		for (unsigned long page = 0; page < PAGES; page++)
			words[page * PAGE / sizeof(long)] = round * PAGES + page;
		child = fork();
		NEED(child >= 0);
		for (unsigned long page = 0; page < PAGES; page++)
			CHECK(words[page * PAGE / sizeof(long)]++ == round * PAGES + page);
		if (!child)
			_exit(0);
		CHECK(!mprotect(words, PAGES * PAGE, PROT_READ));
		CHECK(!end_of(child));
		for (unsigned long page = 0; page < PAGES; page++)
			CHECK(words[page * PAGE / sizeof(long)] == round * PAGES + page + 1);
		CHECK(!mprotect(words, PAGES * PAGE, PROT_READ | PROT_WRITE));
		if (round % 8 == 0)
			CHECK(!madvise(words, PAGES * PAGE, MADV_DONTNEED));
		/* Whoever saves it needs time too. */
		usleep(10000);
	}
	(void)arg;
}

static void reads_clocks(void *arg)
{
	uint64_t last = now(CLOCK_MONOTONIC), then = now(CLOCK_REALTIME);

	run_on((unsigned int)(uintptr_t)arg);
	for (unsigned int i = 1; goes_on(); i++) {
		uint64_t mono = now(CLOCK_MONOTONIC), real = now(CLOCK_REALTIME);

		CHECK(mono >= last && real >= then);
		last = mono;
		then = real;
		if (i % 256 == 0)
			usleep(1000);
	}
}

static void sleeps(void *arg)
{
	while (goes_on()) {
		uint64_t start = now(CLOCK_MONOTONIC);

		usleep(3000);
		CHECK(now(CLOCK_MONOTONIC) - start >= 3 * MS);
	}
	(void)arg;
}

/* Works until it has been held, and for a while from then on. */
static void be_held(void)
{
	const char *cmdline = read_line("/proc/cmdline");
	unsigned int ticks = 0, left = AFTER, nr = 0;
	int64_t before = away();
	bool held = false;
	pid_t pids[16];

	if (!cmdline || !strstr(cmdline, " held"))
		skip("nobody holds this machine");
	over = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	NEED(over != MAP_FAILED);
	pids[nr++] = start(fills_memory, NULL);
	pids[nr++] = start(sleeps, NULL);
	for (unsigned int cpu = 0; cpu < cpus_online() && nr < 16; cpu++)
		pids[nr++] = start(reads_clocks, (void *)(uintptr_t)cpu);
	while (!held || left--) {
		int64_t ms;

		usleep(TICK_MS * 1000);
		say("life %u", ++ticks);
		ms = (away() - before) / (int64_t)MS;
		if (held || ms < HELD_MS)
			continue;
		say("life: held for %lld ms", (long long)ms);
		held = true;
	}
	__atomic_store_n(over, true, __ATOMIC_SEQ_CST);
	while (nr)
		CHECK(!end_of(pids[--nr]));
}

TEST(goes_on_when_held)
{
	be_held();
}

TEST(goes_on_when_held_again)
{
	be_held();
}
