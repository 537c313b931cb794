// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What the kernel does with the CPU for us: CPUID, MSRs, CPUs off and on, interrupts. */
#include "work.h"
#include <cpuid.h>

static uint64_t read_msr(int fd, uint32_t msr, int *error)
{
	uint64_t value = 0;

	errno = 0;
	*error = pread(fd, &value, 8, msr) == 8 ? 0 : errno;
	return value;
}

TEST(cpuid_of_each_cpu)
{
	unsigned int n = cpus_online();

	for (unsigned int cpu = 0; cpu < n; cpu++) {
		uint32_t got[4];
		char name[32];
		int fd;

		snprintf(name, sizeof(name), "/dev/cpu/%u/cpuid", cpu);
		fd = open(name, O_RDONLY);
		if (fd < 0)
			skip("no /dev/cpu/*/cpuid");
		NEED(pread(fd, got, sizeof(got), 0) == sizeof(got));
		CHECK(got[0] >= 1 && got[1] && got[2] && got[3]);
		close(fd);
	}
}

TEST(msr_read_and_refused)
{
	int fd, error;
	uint64_t value;

	only_in_own_kernel();
	fd = open("/dev/cpu/0/msr", O_RDWR);
	if (fd < 0)
		skip("no /dev/cpu/0/msr");
	value = read_msr(fd, 0xc0000080, &error);	/* EFER: long mode is on */
	CHECK(!error && (value & 0x500) == 0x500);
	/* What no CPU has: an error, and no oops. */
	value = read_msr(fd, 0x4b564dff, &error);
	CHECK(error == EIO || value == 0);
	value = 0;
	CHECK(pwrite(fd, &value, 8, 0xffffff00) == -1 || value == 0);
	close(fd);
}

static bool set_online(unsigned int cpu, bool on)
{
	char name[64];
	bool good;
	int fd;

	snprintf(name, sizeof(name), "/sys/devices/system/cpu/cpu%u/online", cpu);
	fd = open(name, O_WRONLY);
	if (fd < 0)
		return false;
	good = write(fd, on ? "1" : "0", 1) == 1;
	close(fd);
	return good;
}

TEST(cpu_off_and_on)
{
	unsigned int n = cpus_online();

	only_in_own_kernel();
	if (n < 2)
		skip("one CPU");
	if (access("/sys/devices/system/cpu/cpu1/online", W_OK))
		skip("CPUs stay online here");
	for (int i = 0; i < 3; i++) {
		CHECK(set_online(n - 1, false));
		CHECK(cpus_online() == n - 1);
		CHECK(set_online(n - 1, true));
		CHECK(cpus_online() == n);
		run_on(n - 1);
		CHECK(this_cpu() == n - 1);
		usleep(2000);
		run_on(0);
	}
}

/* Each CPU is idle at times and busy at times, and the kernel counts both. */
TEST(idle_and_busy)
{
	unsigned int n = cpus_online();
	pid_t pids[8];

	for (int i = 0; i < 5; i++) {
		usleep(10000);
		for (unsigned int cpu = 0; cpu < n && cpu < 8; cpu++) {
			pids[cpu] = fork();
			if (!pids[cpu]) {
				uint64_t end = now(CLOCK_MONOTONIC) + 20 * MS;

				run_on(cpu);
				while (now(CLOCK_MONOTONIC) < end)
					;
				_exit(0);
			}
		}
		for (unsigned int cpu = 0; cpu < n && cpu < 8; cpu++)
			CHECK(end_of(pids[cpu]) == 0);
	}
	NEED(read_line("/proc/stat"));
	CHECK(read_line("/proc/interrupts"));
}
