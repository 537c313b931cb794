// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The suite's user half: the argument names a scenario, status 0 says it went well. */
#include "lib.h"

#define PAGE 4096UL

static volatile int shared_word = 1;
static char big[16 * PAGE] __attribute__((aligned(4096)));

static int wait_ok(long pid)
{
	int status = -1;

	return sys2(SYS_wait, pid, &status) == pid ? status : -1;
}

static int t_nothing(void)
{
	return 0;
}

static int t_syscall(void)
{
	long a = sys0(SYS_getpid), b = int80(SYS_getpid, 0, 0, 0);

	CHECK(a > 0 && a == b);
	CHECK(sys0(NR_SYSCALLS) < 0 && sys0(9999) < 0 && int80(-1, 0, 0, 0) < 0);
	CHECK(sys3(SYS_write, 1, KERNEL_TEXT, 4) < 0);
	CHECK(sys3(SYS_write, 1, 0x10, 4) < 0);
	for (int i = 0; i < 100; i++)
		CHECK(registers_kept(i & 1 ? SYS_getpid : SYS_yield));
	return 0;
}

static int t_fork(void)
{
	for (int i = 0; i < 8; i++) {
		long pid = sys0(SYS_fork);

		if (!pid)
			return 10 + i;
		CHECK(pid > 0);
		CHECK(wait_ok(pid) == 10 + i);
	}
	return 0;
}

static int t_storm(void)
{
	long pids[4];

	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 4; i++) {
			pids[i] = sys0(SYS_fork);
			if (!pids[i]) {
				for (int j = 0; j < 16; j++)
					big[j * PAGE] = (char)(i + j + round);
				sys0(SYS_yield);
				for (int j = 0; j < 16; j++)
					CHECK(big[j * PAGE] == (char)(i + j + round));
				sys1(SYS_exit, i);
			}
			CHECK(pids[i] > 0);
		}
		for (int i = 0; i < 4; i++)
			CHECK(wait_ok(pids[i]) == i);
	}
	return 0;
}

static int t_cow(void)
{
	long pid;

	for (int i = 0; i < 16; i++)
		big[i * PAGE] = 'p';
	pid = sys0(SYS_fork);
	if (!pid) {
		for (int i = 0; i < 16; i++)
			CHECK(big[i * PAGE] == 'p');
		for (int i = 0; i < 16; i++)
			big[i * PAGE] = 'c';
		shared_word = 2;
		sys_sleep(3000000);
		for (int i = 0; i < 16; i++)
			CHECK(big[i * PAGE] == 'c');
		sys1(SYS_exit, 0);
	}
	CHECK(pid > 0);
	for (int i = 0; i < 16; i += 2)
		big[i * PAGE] = 'q';
	CHECK(wait_ok(pid) == 0);
	for (int i = 0; i < 16; i++)
		CHECK(big[i * PAGE] == (i % 2 ? 'p' : 'q'));
	CHECK(shared_word == 1);
	return 0;
}

static int t_exec(void)
{
	long pid = sys0(SYS_fork);

	if (!pid) {
		sys2(SYS_exec, "hello", "x");
		sys1(SYS_exit, 1);
	}
	CHECK(wait_ok(pid) == 42);
	CHECK(sys2(SYS_exec, "no such program", "") < 0);
	CHECK(sys2(SYS_exec, 0x10, "") < 0);
	CHECK(sys2(SYS_wait, 0, 0) < 0);
	return 0;
}

static int t_mmap(void)
{
	char *p = (char *)sys2(SYS_mmap, 8 * PAGE, 3), *q;
	long pid;

	CHECK((unsigned long)p < USER_TOP);
	for (unsigned long i = 0; i < 8 * PAGE; i += 512)
		CHECK(p[i] == 0);
	for (unsigned long i = 0; i < 8 * PAGE; i += 512)
		p[i] = (char)(i >> 9);
	CHECK(sys3(SYS_mprotect, p, 4 * PAGE, 1) == 0);
	for (unsigned long i = 0; i < 8 * PAGE; i += 512)
		CHECK(p[i] == (char)(i >> 9));
	p[4 * PAGE] = 1;
	pid = sys0(SYS_fork);
	if (!pid) {
		p[0] = 1;		/* read-only: must not come back */
		sys1(SYS_exit, 0);
	}
	CHECK(wait_ok(pid) == (0x100 | 14));
	CHECK(sys3(SYS_mprotect, p, 4 * PAGE, 3) == 0);
	p[0] = 77;
	CHECK(p[0] == 77);
	CHECK(sys2(SYS_munmap, p + 2 * PAGE, PAGE) == 0);
	pid = sys0(SYS_fork);
	if (!pid)
		sys1(SYS_exit, p[2 * PAGE]);
	CHECK(wait_ok(pid) == (0x100 | 14));
	CHECK(p[3 * PAGE] == (char)(3 * PAGE >> 9));
	CHECK(sys2(SYS_munmap, p, 8 * PAGE) == 0);
	q = (char *)sys2(SYS_mmap, 64 * PAGE, 3);
	for (int i = 0; i < 64; i++)
		q[(unsigned long)i * PAGE] = (char)i;
	CHECK(sys2(SYS_munmap, q, 64 * PAGE) == 0);
	CHECK(sys2(SYS_munmap, 0, PAGE) < 0 && sys2(SYS_munmap, q + 1, PAGE) < 0);
	CHECK(sys3(SYS_mprotect, KERNEL_BASE, PAGE, 3) < 0);
	CHECK(sys2(SYS_mmap, PAGE, 8) < 0 && sys2(SYS_mmap, 0, 3) < 0);
	return 0;
}

static int t_pipe(void)
{
	int to[2], from[2];
	long pid, n, sum = 0;
	unsigned char buf[64];

	CHECK(sys1(SYS_pipe, to) == 0 && sys1(SYS_pipe, from) == 0);
	pid = sys0(SYS_fork);
	if (!pid) {
		sys1(SYS_close, to[1]);
		sys1(SYS_close, from[0]);
		while ((n = sys3(SYS_read, to[0], buf, sizeof(buf))) > 0) {
			for (long i = 0; i < n; i++)
				buf[i] ^= 0x55;
			CHECK(sys3(SYS_write, from[1], buf, n) == n);
		}
		sys1(SYS_exit, n ? 1 : 0);
	}
	sys1(SYS_close, to[0]);
	sys1(SYS_close, from[1]);
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 64; i++)
			buf[i] = (unsigned char)(i + round);
		CHECK(sys3(SYS_write, to[1], buf, 64) == 64);
		for (long got = 0; got < 64; got += n) {
			n = sys3(SYS_read, from[0], buf, 64 - got);
			CHECK(n > 0);
			for (long i = 0; i < n; i++)
				CHECK(buf[i] == (unsigned char)((got + i + round) ^ 0x55));
			sum += n;
		}
	}
	sys1(SYS_close, to[1]);
	CHECK(wait_ok(pid) == 0);
	CHECK(sys3(SYS_read, from[0], buf, 1) == 0);
	CHECK(sys3(SYS_read, 99, buf, 1) < 0 && sys3(SYS_write, from[0], buf, 1) < 0);
	return sum == 6400 ? 0 : 1;
}

static void fpu_set(double v)
{
	asm volatile("movsd %0, %%xmm7; fldl %0; fstp %%st(3)" : : "m"(v) : CLOBBERS);
}

static double fpu_get(void)
{
	double v;

	asm volatile("movsd %%xmm7, %0" : "=m"(v));
	return v;
}

static int t_fpu(void)
{
	long pids[4];

	for (int i = 0; i < 4; i++) {
		pids[i] = sys0(SYS_fork);
		if (pids[i])
			continue;
		fpu_set(1.5 * i);
		for (int j = 0; j < 50; j++) {
			sys0(SYS_yield);
			if (j % 10 == 0)
				sys_sleep(500000);
			CHECK(fpu_get() == 1.5 * i);
		}
		sys1(SYS_exit, 0);
	}
	for (int i = 0; i < 4; i++)
		CHECK(wait_ok(pids[i]) == 0);
	return 0;
}

static long fs_word(void)
{
	long v;

	asm volatile("mov %%fs:0, %0" : "=r"(v));
	return v;
}

static int t_tls(void)
{
	static long words[4] = { 100, 101, 102, 103 };
	long pids[4];

	for (int i = 0; i < 4; i++) {
		pids[i] = sys0(SYS_fork);
		if (pids[i])
			continue;
		CHECK(set_fs(words + i) == 0);
		for (int j = 0; j < 30; j++) {
			CHECK(fs_word() == 100 + i);
			sys0(SYS_yield);
		}
		sys1(SYS_exit, 0);
	}
	for (int i = 0; i < 4; i++)
		CHECK(wait_ok(pids[i]) == 0);
	CHECK(set_fs((void *)KERNEL_BASE) < 0);
	return 0;
}

/* The byte at the base of a TLS segment, read through GS; desc is of a data segment. */
static int t_tls_segment(void)
{
	unsigned long base = (unsigned long)big, sel = TLS_SELECTOR(0);
	char got;

	big[0] = 'T';
	CHECK((base & 0xffffffffUL) == base);
	CHECK(sys_tls(0, tls_desc(base)) == 0);
	for (int i = 0; i < 20; i++) {
		asm volatile("mov %1, %%fs; mov %%fs:0, %0" : "=q"(got) : "r"(sel));
		CHECK(got == 'T');
		sys0(SYS_getpid);
	}
	/* In use while it goes: the kernel must not mind. */
	CHECK(sys_tls(0, 0) == 0);
	sys0(SYS_yield);
	CHECK(sys0(SYS_getpid) > 0);
	asm volatile("mov %0, %%fs" : : "r"(0UL));
	CHECK(sys_tls(0, tls_desc(0)) == 0);
	asm volatile("mov %0, %%ss" : : "r"(sel));
	CHECK(int80(SYS_set_tls, 0, 0, 0) == 0);
	CHECK(sys0(SYS_getpid) > 0);
	CHECK(sys_tls(3, tls_desc(base)) < 0);
	CHECK(sys_tls(0, 0x00008900000000ffULL) < 0);
	return 0;
}

#ifndef __x86_64__
/* Segments that are of no use to the kernel, or worse: it comes and goes all the same. */
static int t_segments(void)
{
	static const unsigned long base = 0x40000000;
	unsigned long odd[2] = { 0, TLS_SELECTOR(0) };

	CHECK(sys_tls(0, tls_desc(base)) == 0);
	for (int i = 0; i < 2; i++) {
		long nr = SYS_yield, kept;

		asm volatile("push %%ds; mov %2, %%ds; mov %2, %%es; mov %2, %%fs; mov %2, %%gs\n"
			     "int $0x80\n"
			     "mov %%ds, %1; pop %%ds; push %%ds; pop %%es"
			     : "+a"(nr), "=&r"(kept) : "r"(odd[i]) : "memory");
		CHECK((unsigned long)kept == odd[i] && nr == 0);
	}
	asm volatile("mov %0, %%fs; mov %0, %%gs" : : "r"(0));
	return 0;
}
#endif

static int t_sleep(void)
{
	for (int i = 1; i < 6; i++) {
		long long start = sys_clock(), took;

		sys_sleep(i * 2000000L);
		took = sys_clock() - start;
		CHECK(took >= i * 2000000L && took < i * 2000000L + 500000000L);
	}
	return 0;
}

static int t_preempt(void)
{
	long hog = sys0(SYS_fork);
	long long end;

	if (!hog)
		for (;;)
			shared_word++;
	/* As many hogs as CPUs would be fairer; one shows that a hog does not stop us. */
	end = sys_clock() + 30000000;
	while (sys_clock() < end)
		sys_sleep(1000000);
	return 0;
}

static int t_count(void)
{
	volatile unsigned long n = 0;

	while (n < 3000000)
		n++;
	return 0;
}

/* Deaths: each must not come back. */
static int t_die(const char *how)
{
	/* Not a constant, or the compiler would know better than to do it. */
	volatile unsigned long at = how[0] == 'n' ? 8 : KERNEL_TEXT;

	switch (how[0]) {
	case 'k':		/* kernel memory */
	case 'n':		/* none at all */
		*(volatile char *)at = 1;
		break;
	case 'r':
		(void)*(volatile char *)KERNEL_DIRECT;
		break;
	case 'j':
		((void (*)(void))NOWHERE)();
		break;
	case 'g':		/* a privileged instruction */
		asm volatile("hlt");
		break;
	case 'c':
		asm volatile("cli");
		break;
	case 'w':
		asm volatile("mov %0, %%cr3" : : "r"(0UL));
		break;
	case 'u':
		asm volatile("ud2");
		break;
	case 'd':
		asm volatile("div %0" : : "r"(0), "a"(1), "d"(0));
		break;
	case 'x':		/* data is not code */
		big[0] = (char)0xc3;
		((void (*)(void))(unsigned long)big)();
		break;
	case 't':		/* text is not data */
		at = (unsigned long)fs_word;
		*(volatile char *)at = 0;
		break;
	case 'o':
		asm volatile("outb %%al, $0x80" : : "a"(0));
		break;
	}
	return 99;
}

static const struct {
	const char *name;
	int (*run)(void);
} scenarios[] = {
	{"nothing", t_nothing},
	{"syscall", t_syscall},
	{"fork", t_fork},
	{"storm", t_storm},
	{"cow", t_cow},
	{"exec", t_exec},
	{"mmap", t_mmap},
	{"pipe", t_pipe},
	{"fpu", t_fpu},
	{"tls", t_tls},
	{"tlsseg", t_tls_segment},
#ifndef __x86_64__
	{"segments", t_segments},
#endif
	{"sleep", t_sleep},
	{"preempt", t_preempt},
	{"count", t_count},
};

int main(const char *arg)
{
	if (arg[0] == '!')
		return t_die(arg + 1);
	for (unsigned int i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (same(arg, scenarios[i].name))
			return scenarios[i].run();
	return 98;
}
