// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Timers: never early, in order, and all of them. */
#include "work.h"
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>

#define LATE (2 * SECOND)	/* the host is slow and busy */

TEST(sleep_is_long_enough)
{
	static const uint64_t lengths[] = { 1, 1000, 50000, MS, 5 * MS, 50 * MS };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		const struct timespec t = { .tv_nsec = (long)lengths[i] };
		uint64_t before = now(CLOCK_MONOTONIC), took;

		CHECK(!nanosleep(&t, NULL));
		took = now(CLOCK_MONOTONIC) - before;
		CHECK(took >= lengths[i] && took < lengths[i] + LATE);
	}
}

TEST(sleep_on_each_cpu)
{
	const struct timespec t = { .tv_nsec = 3 * MS };
	unsigned int n = cpus_online();

	for (unsigned int cpu = 0; cpu < n; cpu++) {
		uint64_t before;

		run_on(cpu);
		before = now(CLOCK_MONOTONIC);
		CHECK(!nanosleep(&t, NULL));
		CHECK(now(CLOCK_MONOTONIC) - before >= 3 * MS);
	}
}

static volatile sig_atomic_t ticks;

static void on_tick(int signal)
{
	(void)signal;
	ticks++;
}

TEST(interval_timer_ticks)
{
	const struct itimerval every = { { 0, 5000 }, { 0, 5000 } };
	uint64_t end = now(CLOCK_MONOTONIC) + 10 * SECOND;

	signal(SIGALRM, on_tick);
	NEED(!setitimer(ITIMER_REAL, &every, NULL));
	while (ticks < 20 && now(CLOCK_MONOTONIC) < end)
		;
	CHECK(ticks >= 20);
}

TEST(cpu_time_timer)
{
	const struct itimerval once = { { 0, 0 }, { 0, 30000 } };
	uint64_t before = now(CLOCK_PROCESS_CPUTIME_ID), end = now(CLOCK_MONOTONIC) + 10 * SECOND;

	signal(SIGPROF, on_tick);
	NEED(!setitimer(ITIMER_PROF, &once, NULL));
	while (!ticks && now(CLOCK_MONOTONIC) < end)
		;
	CHECK(ticks == 1);
	CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - before >= 25 * MS);
}

TEST(posix_timer_overruns)
{
	const struct itimerspec every = { { 0, 2 * MS }, { 0, 2 * MS } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	int seen = 0;
	siginfo_t info;
	sigset_t set;
	timer_t timer;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	NEED(!sigprocmask(SIG_BLOCK, &set, NULL));
	NEED(!timer_create(CLOCK_MONOTONIC, &event, &timer));
	NEED(!timer_settime(timer, 0, &every, NULL));
	while (seen < 20) {
		NEED(sigwaitinfo(&set, &info) == SIGRTMIN);
		seen += 1 + info.si_overrun;
	}
	CHECK(!timer_delete(timer));
}

TEST(timerfd_in_order)
{
	int poll = epoll_create1(0), fds[20], order = 0;
	uint64_t start = now(CLOCK_MONOTONIC);

	NEED(poll >= 0);
	for (int i = 0; i < 20; i++) {
		uint64_t at = start + 20 * MS + (uint64_t)(i * 7 % 20) * 3 * MS;
		struct itimerspec when = { .it_value = { at / SECOND, at % SECOND } };
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)i };

		fds[i] = timerfd_create(CLOCK_MONOTONIC, 0);
		NEED(fds[i] >= 0);
		NEED(!timerfd_settime(fds[i], TFD_TIMER_ABSTIME, &when, NULL));
		NEED(!epoll_ctl(poll, EPOLL_CTL_ADD, fds[i], &event));
	}
	while (order < 20) {
		struct epoll_event event;
		uint64_t count, place;

		NEED(epoll_wait(poll, &event, 1, 5000) == 1);
		place = event.data.u32 * 7 % 20;
		CHECK(now(CLOCK_MONOTONIC) >= start + 20 * MS + place * 3 * MS);
		CHECK(read(fds[event.data.u32], &count, 8) == 8 && count == 1);
		CHECK(!epoll_ctl(poll, EPOLL_CTL_DEL, fds[event.data.u32], NULL));
		order++;
	}
}

/* Time spent here is accounted to us, and to user mode or the kernel as it was. */
TEST(time_is_accounted)
{
	uint64_t end = now(CLOCK_MONOTONIC) + 300 * MS;
	struct tms spent;

	while (now(CLOCK_MONOTONIC) < end)
		for (int i = 0; i < 100; i++)
			getppid();
	times(&spent);
	CHECK(spent.tms_utime + spent.tms_stime > 0);
}
