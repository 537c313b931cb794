// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Runs the tests and reports in KTAP. `workload [-k] [NAME,...]`: -k is the initramfs's, whose
 * kernel is there for the tests only: each line is one write to its log, and tests that change the
 * whole machine (its clock, its CPUs, its modules) run too. The environment's `test` has names too.
 */
#include "work.h"
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>

#define LIMIT_S 30		/* for one test, on a slow and busy host */
#define SLOW_NS (2 * SECOND)	/* worth a line */

extern const struct test __start_tests[], __stop_tests[];

/* Written by every process of a test. */
static struct shared {
	unsigned int failures;
	int skipped;
	char why[128];
} *shared;

static bool to_kernel_log;

void say(const char *format, ...)
{
	char line[512] = "<5>";
	size_t at = to_kernel_log ? 3 : 0;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line + at, sizeof(line) - at - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	n += at;
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	/* Whole, or not at all: the kernel's log takes a line per write. */
	if (write(STDOUT_FILENO, line, n) != n)
		_exit(2);
}

void check_failed(const char *file, int line, const char *what)
{
	int error = errno;

	if (__atomic_fetch_add(&shared->failures, 1, __ATOMIC_SEQ_CST) < 4)
		say("# %s:%d: expected %s (errno %d)", file, line, what, error);
}

void skip(const char *why)
{
	strncpy(shared->why, why, sizeof(shared->why) - 1);
	shared->skipped = 1;
	_exit(0);
}

void only_in_own_kernel(void)
{
	if (!to_kernel_log)
		skip("it would change this machine");
}

uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

pid_t start(void (*run)(void *arg), void *arg)
{
	pid_t pid = fork();

	if (!pid) {
		run(arg);
		_exit(0);
	}
	NEED(pid > 0);
	return pid;
}

int end_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		NEED(errno == EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

unsigned int cpus_online(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

unsigned int this_cpu(void)
{
	unsigned int cpu = ~0u;

	NEED(!syscall(SYS_getcpu, &cpu, NULL, NULL));
	return cpu;
}

void run_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	NEED(!sched_setaffinity(0, sizeof(set), &set));
}

const char *read_line(const char *path)
{
	static char line[256];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n < 0)
		return NULL;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static bool wanted(const char *name, const char *names)
{
	size_t n;

	if (!names || !*names)
		return true;
	for (; *names; names += n + (names[n] == ',')) {
		n = strcspn(names, ",");
		if (n && memmem(name, strlen(name), names, n))
			return true;
	}
	return false;
}

/* Waits for the test and all that it started; true if it ended well and in time. */
static bool finish(pid_t pid, const char *name)
{
	uint64_t end = now(CLOCK_MONOTONIC) + LIMIT_S * SECOND;
	sigset_t child;
	int status;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while (waitpid(pid, &status, WNOHANG) != pid) {
		uint64_t at = now(CLOCK_MONOTONIC), left = at < end ? end - at : 0;
		const struct timespec limit = { left / SECOND, left % SECOND };

		if (sigtimedwait(&child, NULL, &limit) < 0 && errno == EAGAIN) {
			say("# %s: no end within %d s", name, LIMIT_S);
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			break;
		}
	}
	kill(-pid, SIGKILL);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (WIFSIGNALED(status))
		say("# %s: ended by signal %d", name, WTERMSIG(status));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool run_test(const struct test *test)
{
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	pid = fork();
	if (!pid) {
		sigset_t none;

		setpgid(0, 0);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		test->run();
		_exit(0);
	}
	if (pid < 0)
		return false;
	setpgid(pid, pid);
	return finish(pid, test->name) && !shared->failures;
}

int main(int argc, char **argv)
{
	const char *names = getenv("test");
	unsigned int pass = 0, fail = 0, skips = 0, nr = 0;
	const struct test *test;
	sigset_t child;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-k"))
			to_kernel_log = true;
		else
			names = argv[i];
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED)
		return 2;
	/* Orphans of a test come to us. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	for (test = __start_tests; test < __stop_tests; test++)
		nr += wanted(test->name, names);
	say("KTAP version 1");
	say("1..%u", nr);
	nr = 0;
	for (test = __start_tests; test < __stop_tests; test++) {
		uint64_t start = now(CLOCK_MONOTONIC);
		bool good;

		if (!wanted(test->name, names))
			continue;
		good = run_test(test);
		nr++;
		if (now(CLOCK_MONOTONIC) - start > SLOW_NS)
			say("# %llu ms", (now(CLOCK_MONOTONIC) - start) / MS);
		if (!good) {
			fail++;
			say("not ok %u %s", nr, test->name);
		} else if (shared->skipped) {
			skips++;
			say("ok %u %s # SKIP %s", nr, test->name, shared->why);
		} else {
			pass++;
			say("ok %u %s", nr, test->name);
		}
	}
	say("linux: done pass=%u fail=%u skip=%u", pass, fail, skips);
	return fail > 0;
}
