// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Pipes and what else wakes another process. */
#include "work.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int there[2], back[2];

static void echo(void *arg)
{
	char c;

	if (arg)
		run_on(cpus_online() - 1);
	close(there[1]);
	while (read(there[0], &c, 1) == 1) {
		c++;
		NEED(write(back[1], &c, 1) == 1);
	}
}

static void ping(int rounds, bool other_cpu)
{
	pid_t pid;

	NEED(!pipe(there) && !pipe(back));
	if (other_cpu)
		run_on(0);
	pid = start(echo, other_cpu ? &there : NULL);
	for (int i = 0; i < rounds; i++) {
		char c = (char)i;

		CHECK(write(there[1], &c, 1) == 1);
		CHECK(read(back[0], &c, 1) == 1 && c == (char)(i + 1));
	}
	close(there[1]);
	CHECK(end_of(pid) == 0);
}

TEST(pipe_ping_pong)
{
	ping(2000, false);
}

TEST(pipe_between_cpus)
{
	if (cpus_online() < 2)
		skip("one CPU");
	ping(500, true);
}

static void pour(void *arg)
{
	unsigned char block[3000];

	(void)arg;
	close(there[0]);
	for (int i = 0; i < 400; i++) {
		memset(block, i, sizeof(block));
		for (size_t at = 0; at < sizeof(block);) {
			ssize_t n = write(there[1], block + at, sizeof(block) - at);

			NEED(n > 0);
			at += (size_t)n;
		}
	}
}

TEST(pipe_of_a_mebibyte)
{
	unsigned char block[5000];
	size_t total = 0;
	ssize_t n;
	pid_t pid;

	NEED(!pipe(there));
	pid = start(pour, NULL);
	close(there[1]);
	while ((n = read(there[0], block, sizeof(block))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			CHECK(block[i] == (unsigned char)((total + (size_t)i) / 3000));
		total += (size_t)n;
	}
	CHECK(total == 400 * 3000);
	CHECK(end_of(pid) == 0);
}

static int event;

static void wake(void *arg)
{
	uint64_t one = 1;

	(void)arg;
	for (int i = 0; i < 500; i++)
		NEED(write(event, &one, 8) == 8);
}

TEST(eventfd_counts)
{
	uint64_t sum = 0, n;
	pid_t pid;

	event = eventfd(0, 0);
	NEED(event >= 0);
	pid = start(wake, NULL);
	while (sum < 500) {
		NEED(read(event, &n, 8) == 8);
		sum += n;
	}
	CHECK(sum == 500);
	CHECK(end_of(pid) == 0);
}

TEST(epoll_of_many)
{
	int poll = epoll_create1(0), pipes[64][2];

	NEED(poll >= 0);
	for (int i = 0; i < 64; i++) {
		struct epoll_event want = { .events = EPOLLIN, .data.u32 = (uint32_t)i };

		NEED(!pipe(pipes[i]));
		NEED(!epoll_ctl(poll, EPOLL_CTL_ADD, pipes[i][0], &want));
	}
	for (int i = 0; i < 500; i++) {
		int which = i * 29 % 64;
		struct epoll_event got;
		char c;

		CHECK(write(pipes[which][1], "x", 1) == 1);
		CHECK(epoll_wait(poll, &got, 1, 1000) == 1 && (int)got.data.u32 == which);
		CHECK(read(pipes[which][0], &c, 1) == 1);
	}
	CHECK(epoll_wait(poll, NULL, 0, 0) == -1);
}

TEST(poll_times_out)
{
	struct pollfd want = { .events = POLLIN };
	uint64_t before = now(CLOCK_MONOTONIC);

	NEED(!pipe(there));
	want.fd = there[0];
	CHECK(poll(&want, 1, 20) == 0);
	CHECK(now(CLOCK_MONOTONIC) - before >= 20 * MS);
}

/* Files that come and go, as a build makes them. */
TEST(files_churn)
{
	char name[32], text[2000], got[2000];

	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 300; i++) {
		int fd;

		snprintf(name, sizeof(name), "/tmp/churn-%d", i);
		fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
		NEED(fd >= 0);
		text[0] = (char)i;
		CHECK(write(fd, text, sizeof(text)) == sizeof(text));
		CHECK(pread(fd, got, sizeof(got), 0) == sizeof(got));
		CHECK(!memcmp(text, got, sizeof(got)));
		close(fd);
	}
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "/tmp/churn-%d", i);
		CHECK(!unlink(name));
	}
}
