// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* I/O ports: who may, by ioperm and by iopl, and that it is his alone. */
#include "work.h"
#include <sched.h>
#include <setjmp.h>
#include <sys/io.h>

#define POST 0x80	/* writes there show on a card that nobody has */

static sigjmp_buf away;

static void leave(int signal)
{
	(void)signal;
	siglongjmp(away, 1);
}

static bool may(uint16_t port)
{
	signal(SIGSEGV, leave);
	if (sigsetjmp(away, 1))
		return false;
	asm volatile("outb %%al, %%dx" : : "a" (0), "d" (port));
	return true;
}

TEST(ports_of_nobody)
{
	CHECK(!may(POST));
	CHECK(!may(0x3ff));
}

TEST(ioperm_a_port)
{
	if (ioperm(POST, 1, 1) && errno == ENOSYS)
		skip("no ioperm");
	for (int i = 0; i < 20; i++) {
		CHECK(!ioperm(POST, 1, 1));
		CHECK(may(POST));
		CHECK(!may(POST + 1) && !may(POST - 1));
		sched_yield();
		CHECK(may(POST));
		CHECK(!ioperm(POST, 1, 0));
		CHECK(!may(POST));
	}
}

static void has(void *arg)
{
	CHECK(may(POST) == (bool)(uintptr_t)arg);
}

static void has_not_over_switches(void *arg)
{
	(void)arg;
	NEED(!ioperm(POST, 1, 0));
	for (int i = 0; i < 200; i++) {
		CHECK(!may(POST));
		sched_yield();
	}
}

static void has_over_switches(void *arg)
{
	(void)arg;
	for (int i = 0; i < 200; i++) {
		CHECK(may(POST));
		sched_yield();
	}
}

TEST(ioperm_over_switches)
{
	pid_t pids[4];

	if (ioperm(POST, 1, 1) && errno == ENOSYS)
		skip("no ioperm");
	CHECK(end_of(start(has, (void *)1)) == 0);
	for (int i = 0; i < 4; i++)
		pids[i] = start(i & 1 ? has_over_switches : has_not_over_switches, NULL);
	for (int i = 0; i < 4; i++)
		CHECK(end_of(pids[i]) == 0);
}

TEST(iopl_all_ports)
{
	if (iopl(3) && errno == ENOSYS)
		skip("no iopl");
	CHECK(may(POST) && may(0x3ff));
	CHECK(end_of(start(has, (void *)1)) == 0);
	/* It is ports only: interrupts stay the kernel's, with a signal or without one. */
	signal(SIGSEGV, leave);
	if (!sigsetjmp(away, 1)) {
		unsigned long flags;

		asm volatile("cli\n\tpushfq\n\tpop %0" : "=r" (flags) : : "memory");
		CHECK(flags & 0x200);
	}
	CHECK(!iopl(0));
	CHECK(!may(POST));
	CHECK(iopl(4) == -1 && errno == EINVAL);
}
