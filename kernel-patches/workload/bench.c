// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What processes, memory, signals and files cost on this kernel: /init of a boot that measures.
 *
 * Reads the time-stamp counter, which under QEMU's -icount counts executed instructions, the
 * hypervisor's with them. Each row is done in rounds; the console gets the mean (memory that is
 * given back late is paid for late), the least, the median and the greatest cost of an operation.
 * Between two marks, which are nops to a CPU, insns.so (see there) counts by address. With --end it
 * is the program that the row of exec executes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE		4096UL
#define PAGES		64UL
#define BIG		(64UL << 20)
#define MAX_ROUNDS	31
#define HEADERS		16

/* nopl with a displacement that no compiler picks; insns.c knows both. */
#define MARK(nr) \
	__asm__ volatile(".byte 0x0f, 0x1f, 0x84, 0x00, " #nr ", 0x6b, 0x76, 0x70" : : : "memory")

static char page[PAGE];

static uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* A step that did not do its work has no cost. */
static void must(bool good, const char *what)
{
	if (good)
		return;
	printf("bench: failed: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	exit(1);
}

static void wait_for(pid_t child, int status)
{
	int got;

	must(waitpid(child, &got, 0) == child, "waitpid");
	errno = 0;
	must(WIFEXITED(got) && WEXITSTATUS(got) == status, "a child ends as it should");
}

static void do_getppid(unsigned int n)
{
	while (n--)
		syscall(SYS_getppid);
}

static void do_fork(unsigned int n)
{
	while (n--) {
		pid_t child = fork();

		must(child >= 0, "fork");
		if (!child)
			_exit(3);
		wait_for(child, 3);
	}
}

static void do_exec(unsigned int n)
{
	while (n--) {
		pid_t child = fork();

		must(child >= 0, "fork");
		if (!child) {
			execl("/init", "init", "--end", (char *)NULL);
			_exit(1);
		}
		wait_for(child, 4);
	}
}

static char *map(unsigned long bytes)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(at != MAP_FAILED, "mmap");
	return at;
}

static void touch(unsigned long bytes)
{
	volatile char *at = map(bytes);

	for (unsigned long i = 0; i < bytes; i += PAGE)
		at[i] = 1;
	must(!munmap((void *)at, bytes), "munmap");
}

static void do_touch(unsigned int n)
{
	while (n--)
		touch(PAGES * PAGE);
}

static void do_touch_big(unsigned int n)
{
	while (n--)
		touch(BIG);
}

static char *protected;

static void set_mprotect(void)
{
	protected = map(PAGES * PAGE);
	memset(protected, 1, PAGES * PAGE);
}

static void do_mprotect(unsigned int n)
{
	while (n--) {
		must(!mprotect(protected, PAGES * PAGE, PROT_READ), "mprotect");
		must(!mprotect(protected, PAGES * PAGE, PROT_READ | PROT_WRITE), "mprotect");
	}
}

static void end_mprotect(void)
{
	must(!munmap(protected, PAGES * PAGE), "munmap");
}

static int there[2], back[2];
static pid_t partner;

/* The partner sends back what comes, until nothing can come any more. */
static void set_pipe(void)
{
	char c;

	must(!pipe(there) && !pipe(back), "pipe");
	partner = fork();
	must(partner >= 0, "fork");
	if (partner) {
		close(there[0]);
		close(back[1]);
		return;
	}
	close(there[1]);
	close(back[0]);
	while (read(there[0], &c, 1) == 1 && write(back[1], &c, 1) == 1)
		;
	_exit(5);
}

static void do_pipe(unsigned int n)
{
	char c = 0;

	while (n--)
		must(write(there[1], &c, 1) == 1 && read(back[0], &c, 1) == 1, "pipe");
}

static void end_pipe(void)
{
	close(there[1]);
	wait_for(partner, 5);
	close(back[0]);
}

static volatile sig_atomic_t signals;

static void on_signal(int nr)
{
	signals++;
}

static void set_signal(void)
{
	must(signal(SIGUSR1, on_signal) != SIG_ERR, "signal");
}

static void do_signal(unsigned int n)
{
	sig_atomic_t want = signals + n;
	pid_t self = getpid();

	while (n--)
		must(!kill(self, SIGUSR1), "kill");
	errno = 0;
	must(signals == want, "each signal comes");
}

static void write_file(const char *name, unsigned long bytes)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	must(fd >= 0, name);
	for (; bytes; bytes -= PAGE)
		must(write(fd, page, PAGE) == PAGE, "write");
	must(!close(fd), "close");
}

static const char *header(unsigned int i)
{
	static char name[40];

	snprintf(name, sizeof(name), "/tmp/include/linux/h%u.h", i);
	return name;
}

static void set_files(void)
{
	must(!mkdir("/tmp/include", 0755) && !mkdir("/tmp/include/linux", 0755), "mkdir");
	must(!mkdir("/tmp/obj", 0755), "mkdir");
	for (unsigned int i = 0; i < HEADERS; i++)
		write_file(header(i), PAGE);
}

/* What a compiler does: looks for headers and reads them, writes an object by another name. */
static void do_files(unsigned int n)
{
	char name[40];
	struct stat st;

	for (unsigned int nr = 0; nr < n; nr++) {
		for (unsigned int i = 0; i < HEADERS; i++) {
			int fd;

			must(stat("/tmp/include/asm/no.h", &st) && errno == ENOENT, "no file");
			fd = open(header(i), O_RDONLY);
			must(fd >= 0 && !fstat(fd, &st), "open");
			must(read(fd, page, PAGE) == PAGE && !close(fd), "read");
		}
		write_file("/tmp/obj/.file.d", PAGE);
		write_file("/tmp/obj/.file.tmp", 4 * PAGE);
		snprintf(name, sizeof(name), "/tmp/obj/file%u.o", nr);
		must(!rename("/tmp/obj/.file.tmp", name), "rename");
		must(!stat(name, &st) && st.st_size == 4 * PAGE, "stat");
		must(!unlink("/tmp/obj/.file.d"), "unlink");
	}
	for (unsigned int nr = 0; nr < n; nr++) {
		snprintf(name, sizeof(name), "/tmp/obj/file%u.o", nr);
		must(!unlink(name), "unlink");
	}
}

static const struct row {
	const char *name;
	void (*run)(unsigned int n);
	unsigned int n, rounds;
	void (*set)(void);
	void (*end)(void);
} rows[] = {
	{ "getppid", do_getppid, 5000, 21 },
	{ "fork", do_fork, 100, 21 },
	{ "exec", do_exec, 50, 21 },
	{ "touch64", do_touch, 50, 21 },
	{ "mprotect", do_mprotect, 50, 21, set_mprotect, end_mprotect },
	{ "pipe", do_pipe, 200, 21, set_pipe, end_pipe },
	{ "signal", do_signal, 200, 21, set_signal },
	{ "touch64m", do_touch_big, 1, 7 },
	{ "files", do_files, 50, 11, set_files },
};

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void measure(const struct row *row)
{
	uint64_t cost[MAX_ROUNDS], sum = 0;

	if (row->set)
		row->set();
	/* The first round finds caches and pools empty. */
	row->run(row->n);
	MARK(0x01);
	for (unsigned int i = 0; i < row->rounds; i++) {
		uint64_t start = ticks();

		row->run(row->n);
		cost[i] = ticks() - start;
		sum += cost[i];
	}
	MARK(0x02);
	if (row->end)
		row->end();
	qsort(cost, row->rounds, sizeof(*cost), by_value);
	printf("bench: op=%s n=%u rounds=%u", row->name, row->n, row->rounds);
	printf(" mean=%llu least=%llu median=%llu most=%llu unit=milli\n",
	       1000ULL * sum / row->n / row->rounds, 1000ULL * cost[0] / row->n,
	       1000ULL * cost[row->rounds / 2] / row->n, 1000ULL * cost[row->rounds - 1] / row->n);
}

/* What the kernel said of its patching: the console, being quiet, has not got it. */
static void print_log(void)
{
	static char text[1 << 18];
	int length = klogctl(3, text, sizeof(text) - 1);

	must(length >= 0, "klogctl");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strstr(line, "pvops: "))
			printf("bench: log: %s\n", strstr(line, "pvops: "));
}

int main(int argc, char **argv)
{
	uint64_t boot = ticks();
	const char *only = getenv("only");
	struct utsname name;

	if (argc > 1 && !strcmp(argv[1], "--end"))
		return 4;
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* By hand on a running system nothing is mounted and nothing rebooted. */
	if (getpid() == 1) {
		mkdir("/tmp", 0755);
		must(!mount("tmpfs", "/tmp", "tmpfs", 0, NULL), "mount");
		printf("bench: boot value=%llu unit=ticks\n", (unsigned long long)boot);
		print_log();
	}
	must(!uname(&name), "uname");
	printf("bench: kernel %s %s\n", name.release, name.version);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!only || strstr(only, rows[i].name))
			measure(&rows[i]);
	printf("bench: done\n");
	if (getpid() != 1)
		return 0;
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	return 1;
}
