// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* ptrace: steps, registers, memory, debug registers, system calls of another process. */
#include "work.h"
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>

static volatile long watched, other;

static int wait_stop(pid_t pid)
{
	int status;

	NEED(waitpid(pid, &status, 0) == pid);
	return WIFSTOPPED(status) ? WSTOPSIG(status) : -1;
}

static void traced(void *arg)
{
	(void)arg;
	NEED(!ptrace(PTRACE_TRACEME, 0, 0, 0));
	raise(SIGSTOP);
	for (int i = 0; i < 10; i++) {
		other = i;
		watched = i;
	}
	getppid();
	_exit((int)other);
}

static pid_t start_traced(void)
{
	pid_t pid = start(traced, NULL);

	NEED(wait_stop(pid) == SIGSTOP);
	return pid;
}

TEST(ptrace_steps)
{
	pid_t pid = start_traced();
	struct user_regs_struct regs;
	uint64_t last = 0;
	int moved = 0;

	for (;;) {
		int status;

		NEED(!ptrace(PTRACE_SINGLESTEP, pid, 0, 0));
		NEED(waitpid(pid, &status, 0) == pid);
		if (!WIFSTOPPED(status)) {
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 9);
			break;
		}
		CHECK(WSTOPSIG(status) == SIGTRAP);
		NEED(!ptrace(PTRACE_GETREGS, pid, 0, &regs));
		moved += regs.rip != last;
		last = regs.rip;
		CHECK((regs.cs & 3) == 3 && (regs.eflags & 0x200));
	}
	CHECK(moved > 40);
}

TEST(ptrace_memory_and_registers)
{
	pid_t pid = start_traced();
	struct user_regs_struct regs;

	CHECK(ptrace(PTRACE_PEEKDATA, pid, &watched, 0) == 0);
	CHECK(!ptrace(PTRACE_POKEDATA, pid, &watched, 77));
	CHECK(ptrace(PTRACE_PEEKDATA, pid, &watched, 0) == 77 && watched == 0);
	NEED(!ptrace(PTRACE_GETREGS, pid, 0, &regs));
	regs.r15 = 0x1234;
	CHECK(!ptrace(PTRACE_SETREGS, pid, 0, &regs));
	CHECK(ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.r15), 0) == 0x1234);
	/* The kernel's addresses are no bases for a program. */
	CHECK(ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.gs_base), 1UL << 63) == -1);
	CHECK(!ptrace(PTRACE_CONT, pid, 0, SIGKILL));
	CHECK(end_of(pid) == 128 + SIGKILL);
}

static long debug_register(pid_t pid, int nr)
{
	return ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, u_debugreg) + (size_t)nr * 8, 0);
}

static long set_debug_register(pid_t pid, int nr, unsigned long value)
{
	return ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg) + (size_t)nr * 8,
		      value);
}

TEST(ptrace_watchpoint)
{
	pid_t pid = start_traced();

	if (set_debug_register(pid, 0, (unsigned long)&watched)) {
		kill(pid, SIGKILL);
		skip("no debug registers");
	}
	/* Register 0: local, on writes of 8 bytes. */
	CHECK(!set_debug_register(pid, 7, 1 | 1 << 16 | 2 << 18));
	for (int i = 0; i < 10; i++) {
		NEED(!ptrace(PTRACE_CONT, pid, 0, 0));
		NEED(wait_stop(pid) == SIGTRAP);
		CHECK(debug_register(pid, 6) & 1);
		CHECK(ptrace(PTRACE_PEEKDATA, pid, &watched, 0) == i);
		CHECK(!set_debug_register(pid, 6, 0));
	}
	NEED(!ptrace(PTRACE_CONT, pid, 0, 0));
	CHECK(end_of(pid) == 9);
}

TEST(ptrace_system_calls)
{
	pid_t pid = start_traced();
	bool seen = false, inside = false;

	NEED(!ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD));
	for (;;) {
		struct user_regs_struct regs;
		int status;

		NEED(!ptrace(PTRACE_SYSCALL, pid, 0, 0));
		NEED(waitpid(pid, &status, 0) == pid);
		if (!WIFSTOPPED(status)) {
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 9);
			break;
		}
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			continue;
		inside = !inside;
		NEED(!ptrace(PTRACE_GETREGS, pid, 0, &regs));
		if (inside || regs.orig_rax != SYS_getppid)
			continue;
		CHECK(regs.rax == (unsigned long)getpid());
		seen = true;
	}
	CHECK(seen);
}

static void spin(void *arg)
{
	(void)arg;
	for (;;)
		other++;
}

TEST(ptrace_attach_and_interrupt)
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = start(spin, NULL);

		NEED(!ptrace(PTRACE_ATTACH, pid, 0, 0));
		CHECK(wait_stop(pid) == SIGSTOP);
		CHECK(!ptrace(PTRACE_DETACH, pid, 0, 0));
		kill(pid, SIGKILL);
		CHECK(end_of(pid) == 128 + SIGKILL);
	}
}
