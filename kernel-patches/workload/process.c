// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Processes: many of them, new programs, and whose registers are whose. */
#include "work.h"
#include <sys/resource.h>

static void leave(void *arg)
{
	_exit((int)(intptr_t)arg);
}

TEST(fork_storm)
{
	for (int i = 0; i < 300; i++)
		CHECK(end_of(start(leave, (void *)(intptr_t)(i & 127))) == (i & 127));
}

TEST(fork_many_at_once)
{
	pid_t pids[60];

	for (int i = 0; i < 60; i++)
		pids[i] = start(leave, (void *)(intptr_t)i);
	for (int i = 0; i < 60; i++)
		CHECK(end_of(pids[i]) == i);
}

static void nest(void *arg)
{
	int depth = (int)(intptr_t)arg;

	_exit(depth ? end_of(start(nest, (void *)(intptr_t)(depth - 1))) + 1 : 0);
}

TEST(fork_in_fork)
{
	CHECK(end_of(start(nest, (void *)20)) == 20);
}

TEST(vfork_shares)
{
	volatile int seen = 0;
	pid_t pid = vfork();

	if (!pid) {
		seen = 1;
		_exit(3);
	}
	CHECK(seen == 1);
	CHECK(end_of(pid) == 3);
}

static void exec_shell(void *arg)
{
	execl("/bin/sh", "sh", "-c", "exit $0", arg, (char *)NULL);
	_exit(99);
}

TEST(exec_storm)
{
	for (int i = 0; i < 60; i++) {
		char text[8];

		snprintf(text, sizeof(text), "%d", i);
		CHECK(end_of(start(exec_shell, text)) == i);
	}
}

TEST(exec_script_of_pipes)
{
	static const char script[] =
		"n=0; for i in 1 2 3 4 5 6 7 8; do n=$((n + $(echo $i | cat | cat))); done;"
		"[ $n = 36 ]";

	for (int i = 0; i < 4; i++)
		CHECK(system(script) == 0);
}

/* Half of them write where the parent reads: their copies are their own. */
static int guarded[8 * PAGE / sizeof(int)];

static void scribble(void *arg)
{
	for (size_t i = 0; i < sizeof(guarded) / sizeof(*guarded); i++) {
		CHECK(guarded[i] == (int)i);
		guarded[i] = (int)(intptr_t)arg;
	}
}

TEST(fork_copies_on_write)
{
	pid_t pids[16];

	for (size_t i = 0; i < sizeof(guarded) / sizeof(*guarded); i++)
		guarded[i] = (int)i;
	for (int i = 0; i < 16; i++)
		pids[i] = start(scribble, (void *)(intptr_t)(-1 - i));
	for (int i = 0; i < 16; i++)
		CHECK(end_of(pids[i]) == 0);
	for (size_t i = 0; i < sizeof(guarded) / sizeof(*guarded); i++)
		CHECK(guarded[i] == (int)i);
}

/* SSE registers over switches: each process has numbers of its own in them. */
static void floats(void *arg)
{
	double own = (double)(intptr_t)arg, sum = 0;

	for (int i = 0; i < 2000; i++) {
		sum += own;
		if (i % 50 == 0)
			syscall(SYS_sched_yield);
	}
	CHECK(sum == own * 2000);
}

TEST(switch_keeps_floats)
{
	pid_t pids[6];

	for (int i = 0; i < 6; i++)
		pids[i] = start(floats, (void *)(intptr_t)(i + 1));
	for (int i = 0; i < 6; i++)
		CHECK(end_of(pids[i]) == 0);
}

/* General registers over system calls: only rax, rcx and r11 change. */
TEST(syscall_keeps_registers)
{
	for (int i = 0; i < 1000; i++) {
		long in[5] = { 11, 22, 33, 44, 55 }, out[5], ret = SYS_getppid;

		asm volatile("mov 0(%[in]), %%r12\n\tmov 8(%[in]), %%r13\n\t"
			     "mov 16(%[in]), %%r14\n\t"
			     "mov 24(%[in]), %%r15\n\t"
			     "mov 32(%[in]), %%r10\n\tsyscall\n\t"
			     "mov %%r12, 0(%[out])\n\tmov %%r13, 8(%[out])\n\t"
			     "mov %%r14, 16(%[out])\n\t"
			     "mov %%r15, 24(%[out])\n\tmov %%r10, 32(%[out])"
			     : "+a" (ret) : [in] "S" (in), [out] "D" (out)
			     : "rcx", "r10", "r11", "r12", "r13", "r14", "r15", "memory");
		CHECK(ret == getppid());
		CHECK(!memcmp(in, out, sizeof(in)));
	}
}

TEST(deep_stack_grows)
{
	struct rlimit limit = { 64 << 20, 64 << 20 };
	pid_t pid;

	setrlimit(RLIMIT_STACK, &limit);
	pid = fork();
	if (!pid) {
		volatile char *end = __builtin_alloca(6 << 20);

		for (size_t i = 6 << 20; i >= PAGE; i -= PAGE)
			end[i - 1] = 1;
		_exit(end[PAGE - 1] == 1 ? 7 : 8);
	}
	CHECK(end_of(pid) == 7);
}
