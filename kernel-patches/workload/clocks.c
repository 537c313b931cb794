// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Clocks, by the vDSO, by vsyscall and by system calls: one time, and none goes back. */
#include "work.h"
#include <elf.h>
#include <sched.h>
#include <setjmp.h>
#include <sys/auxv.h>
#include <sys/time.h>

#define CLOCK_SOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static int (*vdso_gettime)(clockid_t clock, struct timespec *t);
static long (*vdso_getcpu)(unsigned int *cpu, unsigned int *node, void *unused);

static uint64_t by_syscall(clockid_t clock)
{
	struct timespec t;

	NEED(!syscall(SYS_clock_gettime, clock, &t));
	return t.tv_sec * SECOND + t.tv_nsec;
}

static uint64_t by_vdso(clockid_t clock)
{
	struct timespec t;

	NEED(!vdso_gettime(clock, &t));
	return t.tv_sec * SECOND + t.tv_nsec;
}

/* The function of a name in the kernel's shared object: its sections are not there, its hash is. */
static void *vdso_function(const char *name)
{
	const char *base = (const char *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Ehdr *header = (const void *)base;
	const Elf64_Phdr *segment;
	const Elf64_Dyn *dynamic = NULL;
	const Elf64_Sym *symbols = NULL;
	const char *names = NULL;
	uint32_t nr = 0;

	if (!base)
		return NULL;
	segment = (const void *)(base + header->e_phoff);
	for (int i = 0; i < header->e_phnum; i++)
		if (segment[i].p_type == PT_DYNAMIC)
			dynamic = (const void *)(base + segment[i].p_offset);
	for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
		if (dynamic->d_tag == DT_SYMTAB)
			symbols = (const void *)(base + dynamic->d_un.d_ptr);
		if (dynamic->d_tag == DT_STRTAB)
			names = base + dynamic->d_un.d_ptr;
		if (dynamic->d_tag == DT_HASH)
			nr = ((const uint32_t *)(base + dynamic->d_un.d_ptr))[1];
	}
	/* Without the old hash: its symbols lie before their names. */
	if (symbols && names && !nr)
		nr = (uint32_t)((names - (const char *)symbols) / sizeof(*symbols));
	for (uint32_t i = 0; symbols && names && i < nr; i++)
		if (symbols[i].st_shndx && !strcmp(names + symbols[i].st_name, name))
			return (void *)(base + symbols[i].st_value);
	return NULL;
}

static void find_vdso(void)
{
	vdso_gettime = vdso_function("__vdso_clock_gettime");
	vdso_getcpu = vdso_function("__vdso_getcpu");
	NEED(vdso_gettime && vdso_getcpu);
}

TEST(clock_vdso_between_syscalls)
{
	static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME,
		CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE, CLOCK_REALTIME_COARSE };

	find_vdso();
	for (size_t c = 0; c < sizeof(clocks) / sizeof(*clocks); c++)
		for (int i = 0; i < 1000; i++) {
			uint64_t before = by_syscall(clocks[c]), here = by_vdso(clocks[c]);
			uint64_t after = by_syscall(clocks[c]);

			CHECK(before <= here && here <= after);
		}
}

TEST(clock_never_back_between_cpus)
{
	unsigned int n = cpus_online();
	uint64_t last = 0;

	find_vdso();
	for (int i = 0; i < 300; i++) {
		uint64_t t;

		if (n > 1)
			run_on((unsigned int)i % n);
		t = by_vdso(CLOCK_MONOTONIC);
		CHECK(t >= last);
		last = t;
		t = by_syscall(CLOCK_MONOTONIC);
		CHECK(t >= last);
		last = t;
	}
}

TEST(clock_is_set_and_goes_on)
{
	struct timespec t = { .tv_sec = 1700000000 };
	uint64_t before = by_syscall(CLOCK_MONOTONIC);

	only_in_own_kernel();
	find_vdso();
	if (clock_settime(CLOCK_REALTIME, &t))
		skip("the clock may not be set");
	CHECK(by_vdso(CLOCK_REALTIME) / SECOND - 1700000000 < 10);
	CHECK(time(NULL) - 1700000000 < 10);
	CHECK(by_syscall(CLOCK_MONOTONIC) >= before);
}

TEST(clock_source_is_known)
{
	const char *source = read_line(CLOCK_SOURCE);

	NEED(source && *source);
	say("# clock source %s", source);
	CHECK(strcmp(source, "jiffies") && strcmp(source, "refined-jiffies"));
}

/* Is there such a function in the kernel? */
static bool kernel_has(const char *name)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[256], symbol[128] = "";

	NEED(file);
	while (strcmp(symbol, name) && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*s %127s", symbol) != 1)
			symbol[0] = '\0';
	fclose(file);
	return !strcmp(symbol, name);
}

TEST(getcpu_by_vdso)
{
	const char *guest = read_line("/sys/hypervisor/guest_type");
	unsigned int n = cpus_online();

	/* 6.12 calls setup_getcpu() on a way that CPUs of Xen PV do not come; the series does. */
	if (guest && !strcmp(guest, "PV") && n > 1 && !kernel_has("pvops_patch_module"))
		skip("Linux 6.12 does not set it up for other CPUs of Xen PV");
	find_vdso();
	for (unsigned int cpu = 0; cpu < n; cpu++) {
		unsigned int at = ~0u;

		run_on(cpu);
		CHECK(!vdso_getcpu(&at, NULL, NULL) && at == cpu);
	}
}

static sigjmp_buf away;

static void leave(int signal)
{
	(void)signal;
	siglongjmp(away, 1);
}

/* The page at a fixed address, which the kernel emulates: only calls of its entries. */
TEST(vsyscall_answers)
{
	int (*get)(struct timeval *, void *) = (void *)0xffffffffff600000UL;
	time_t (*seconds)(time_t *) = (void *)0xffffffffff600400UL;
	struct timeval t = { 0 };

	signal(SIGSEGV, leave);
	if (sigsetjmp(away, 1))
		skip("no vsyscall page");
	CHECK(!get(&t, NULL));
	CHECK((uint64_t)(time(NULL) - t.tv_sec) < 5);
	CHECK((uint64_t)(time(NULL) - seconds(NULL)) < 5);
	if (!sigsetjmp(away, 1)) {
		((void (*)(void))0xffffffffff600123UL)();
		check_failed(__FILE__, __LINE__, "a signal for what is no entry");
	}
}
