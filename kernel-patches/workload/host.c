// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Under a hypervisor: what it offers is used. tests/svm-host counts, and tells us by CPUID. */
#include "work.h"
#include <cpuid.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/klog.h>

#define SOURCES "/sys/devices/system/clocksource/clocksource0/available_clocksource"
#define COUNTERS_LEAF 0x4f000000
#define COUNTERS_MARK "pvops counts"

/* Counters of tests/svm-host/host.h, by number. */
enum { EXITS, HYPERCALLS, IPIS, KICKS, YIELDS, FLUSHES, FLUSHES_LATER, WAITS, STOLEN_US,
       EOIS };

static bool host_is(const char *signature)
{
	uint32_t leaf, sig[3];

	__cpuid(1, leaf, sig[0], sig[1], sig[2]);
	if (!(sig[1] >> 31))
		return false;
	__cpuid(0x40000000, leaf, sig[0], sig[1], sig[2]);
	return !memcmp(sig, signature, 12);
}

static const char kvm[] = "KVMKVMKVM\0\0", hyperv[] = "Microsoft Hv", vmware[] = "VMwareVMware";

static uint64_t counted(unsigned int what)
{
	uint32_t low, high, unused[2];

	__cpuid(COUNTERS_LEAF + 1 + what, low, high, unused[0], unused[1]);
	return (uint64_t)high << 32 | low;
}

static void need_counts(void)
{
	uint32_t nr, mark[3];

	__cpuid(1, nr, mark[0], mark[1], mark[2]);
	if (!(mark[1] >> 31))
		skip("no hypervisor");
	__cpuid(COUNTERS_LEAF, nr, mark[0], mark[1], mark[2]);
	if (memcmp(mark, COUNTERS_MARK, 12))
		skip("the host does not count");
}

/* By other means than the kernel's own detection. */
static const char *expected_host(void)
{
	const char *type = read_line("/sys/hypervisor/type");

	if (type && !strcmp(type, "xen")) {
		type = read_line("/sys/hypervisor/guest_type");
		return type && !strcmp(type, "PV") ? "xen-pv" : "xen-hvm";
	}
	/* What the firmware alone tells. */
	type = read_line("/sys/class/dmi/id/product_serial");
	if (type && !strncmp(type, "VMware-", 7))
		return "vmware";
	return host_is(kvm) ? "kvm" : host_is(hyperv) ? "hyperv" : host_is(vmware) ? "vmware" :
		"native";
}

TEST(host_is_told_at_boot)
{
	const int size = 1 << 20;
	char *log = malloc(size), *line, name[32];
	int n = log ? klogctl(3, log, size - 1) : -1;

	if (n < 0)
		skip("no log of the kernel's");
	log[n] = '\0';
	line = strstr(log, "pvops: backend ");
	if (!line)
		skip("not this library's kernel, or the line is gone");
	NEED(sscanf(line, "pvops: backend %31s (", name) == 1);
	say("# %.*s", (int)strcspn(line, ";\n"), line);
	CHECK(!strcmp(name, expected_host()));
}

TEST(host_clock_is_there)
{
	const char *sources, *type = read_line("/sys/hypervisor/type");
	bool xen = type && !strcmp(type, "xen");

	sources = read_line(SOURCES);
	NEED(sources);
	if (xen)
		CHECK(strstr(sources, "xen"));
	else if (host_is(kvm))
		CHECK(strstr(sources, "kvm-clock"));
	else if (host_is(hyperv))
		CHECK(strstr(sources, "hyperv_clocksource_tsc_page"));
	else
		skip("none is known here");
	say("# clock sources %s", sources);
}

/* All CPUs' stolen time in the kernel's own units, hundredths of a second. */
static unsigned long stolen(void)
{
	unsigned long t[8] = { 0 };
	const char *line = read_line("/proc/stat");

	NEED(line && sscanf(line, "cpu %lu %lu %lu %lu %lu %lu %lu %lu", &t[0], &t[1], &t[2], &t[3],
			    &t[4], &t[5], &t[6], &t[7]) == 8);
	return t[7];
}

TEST(host_steals_and_linux_knows)
{
	unsigned long before, after;

	need_counts();
	if (!host_is(kvm) && !host_is(vmware))
		skip("no steal clock in this interface");
	before = stolen();
	after = before;
	for (int round = 0; round < 100 && after < before + 3; round++) {
		uint64_t end;

		for (int i = 0; i < 50; i++)
			usleep(100);
		/* Ticks must come: what was stolen from an idle CPU is found by them. */
		for (end = now(CLOCK_MONOTONIC) + 10 * MS; now(CLOCK_MONOTONIC) < end; )
			;
		after = stolen();
	}
	say("# stolen: %lu ms of %llu us", after * 10, (unsigned long long)counted(STOLEN_US));
	CHECK(after >= before + 3);
	CHECK(after * 10000 <= counted(STOLEN_US) + 10000);
}

TEST(host_needs_no_eoi)
{
	uint64_t before;

	need_counts();
	if (!host_is(kvm))
		skip("nothing like it in this interface");
	before = counted(EOIS);
	for (int i = 0; i < 100; i++)
		usleep(100);
	say("# %llu", (unsigned long long)(counted(EOIS) - before));
	CHECK(counted(EOIS) >= before + 50);
}

static volatile bool stop;
static volatile unsigned int running;

static void *stay_on(void *cpu)
{
	run_on((unsigned int)(uintptr_t)cpu);
	__atomic_fetch_add(&running, 1, __ATOMIC_SEQ_CST);
	while (!stop)
		__builtin_ia32_pause();
	return NULL;
}

/* Threads of ours are on other CPUs, and we act on the first, until a counter has grown. */
static void until_counted(unsigned int what, void (*act)(void), void *(*other)(void *),
			  unsigned int cpus)
{
	unsigned int rounds = 0;
	pthread_t threads[8];
	uint64_t before, grown;

	NEED(cpus <= 8);
	run_on(0);
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		NEED(!pthread_create(&threads[cpu], NULL, other, (void *)(uintptr_t)cpu));
	while (running < cpus - 1)
		usleep(1000);
	before = counted(what);
	do {
		act();
		grown = counted(what) - before;
	} while (++rounds < 300 && !grown);
	stop = true;
	for (unsigned int cpu = 1; cpu < cpus; cpu++)
		pthread_join(threads[cpu], NULL);
	say("# %llu after %u rounds", (unsigned long long)grown, rounds);
	CHECK(grown > 0);
}

static void barrier(void)
{
	CHECK(!syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
}

TEST(host_sends_ipis)
{
	need_counts();
	if (!host_is(kvm) && !host_is(hyperv))
		skip("no hypercall for it in this interface");
	/* To one CPU, and to all, Linux does not go KVM's way. */
	if (cpus_online() < 4)
		skip("too few CPUs");
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		skip("no membarrier");
	until_counted(IPIS, barrier, stay_on, cpus_online() - 1);
}

/* Page tables are freed too: that concerns CPUs that only have them by laziness. */
static void map_and_unmap(void)
{
	const size_t size = 8 << 20;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEED(at != MAP_FAILED);
	for (size_t i = 0; i < size; i += size / 4)
		at[i] = 1;
	munmap(at, size);
}

static void *sleep_on(void *cpu)
{
	run_on((unsigned int)(uintptr_t)cpu);
	__atomic_fetch_add(&running, 1, __ATOMIC_SEQ_CST);
	while (!stop)
		usleep(3000);
	return NULL;
}

static void map_and_wait(void)
{
	map_and_unmap();
	usleep(500);
}

TEST(host_flushes_others)
{
	need_counts();
	if (cpus_online() < 2)
		skip("one CPU");
	if (host_is(hyperv))
		until_counted(FLUSHES, map_and_unmap, stay_on, cpus_online());
	else if (host_is(kvm))
		until_counted(FLUSHES_LATER, map_and_wait, sleep_on, cpus_online());
	else
		skip("no hypercall for it in this interface");
}

/* A CPU that waits for a lock for long gives its time away, and is woken when it has it. */
TEST(host_wakes_who_waits_for_lock)
{
	unsigned int what = host_is(hyperv) ? WAITS : KICKS;
	uint64_t before;
	long ret;

	only_in_own_kernel();
	if (cpus_online() < 2)
		skip("one CPU");
	need_counts();
	if (!host_is(kvm) && !host_is(hyperv))
		skip("no locks in this interface");
	before = counted(what);
	ret = load_module("quiet=1 hold=400");
	if (ret == -ENOSYS || ret == -ENOENT)
		skip("no module");
	CHECK(!ret && !unload_module());
	say("# %llu", (unsigned long long)(counted(what) - before));
	CHECK(counted(what) > before);
}
