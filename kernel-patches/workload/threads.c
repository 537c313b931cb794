// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Threads: their own stores, locks between them, and CPUs that must be told of changes. */
#include "work.h"
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>

static __thread int own;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counted;

static void *short_life(void *arg)
{
	own = (int)(intptr_t)arg;
	sched_yield();
	CHECK(own == (int)(intptr_t)arg);
	return arg;
}

TEST(thread_storm)
{
	for (int round = 0; round < 12; round++) {
		pthread_t threads[16];
		void *end;

		for (int i = 0; i < 16; i++)
			NEED(!pthread_create(&threads[i], NULL, short_life, (void *)(intptr_t)i));
		for (int i = 0; i < 16; i++)
			CHECK(!pthread_join(threads[i], &end) && end == (void *)(intptr_t)i);
	}
}

static void *count(void *arg)
{
	for (int i = 0; i < 5000; i++) {
		pthread_mutex_lock(&lock);
		counted++;
		if (i % 100 == 0)
			sched_yield();
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

TEST(thread_futex_contended)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		NEED(!pthread_create(&threads[i], NULL, count, NULL));
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK(counted == 4 * 5000);
}

TEST(thread_on_each_cpu)
{
	unsigned int n = cpus_online();

	for (int round = 0; round < 20; round++)
		for (unsigned int cpu = 0; cpu < n; cpu++) {
			run_on(cpu);
			CHECK(this_cpu() == cpu);
		}
}

/* What a page holds is seen until it may not be, and by nobody afterwards. */
static volatile struct {
	volatile uint64_t *page;
	bool stop;
	uint64_t reads;
	unsigned int faults, repaired;
} reader;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_addr != (void *)reader.page)
		_exit(50);
	reader.faults++;
	/* Wait until it may be read again. */
	while (mprotect((void *)reader.page, PAGE, PROT_READ | PROT_WRITE))
		;
	reader.repaired++;
}

static void *keep_writing(void *arg)
{
	run_on((unsigned int)(intptr_t)arg);
	while (!reader.stop) {
		*reader.page = *reader.page + 1;
		reader.reads++;
	}
	return NULL;
}

TEST(thread_other_cpu_sees_mprotect)
{
	const struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	unsigned int n = cpus_online();
	uint64_t end;
	pthread_t thread;

	reader.page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(reader.page != MAP_FAILED);
	sigaction(SIGSEGV, &action, NULL);
	run_on(0);
	NEED(!pthread_create(&thread, NULL, keep_writing, (void *)(intptr_t)(n - 1)));
	end = now(CLOCK_MONOTONIC) + 200 * MS;
	/* On a busy host the other CPU may be away for long. */
	for (int i = 0; i < 50 || now(CLOCK_MONOTONIC) < end ||
	     (n > 1 && !reader.faults && now(CLOCK_MONOTONIC) < end + 5 * SECOND); i++) {
		unsigned int before = reader.faults;
		bool busy = reader.repaired != before;
		uint64_t written;
		bool changed;

		mprotect((void *)reader.page, PAGE, PROT_READ);
		/* From here on no CPU writes there, unless a fault, now or still, repairs it. */
		written = *reader.page;
		sched_yield();
		changed = *reader.page != written;
		CHECK(!changed || busy || reader.faults != before);
		mprotect((void *)reader.page, PAGE, PROT_READ | PROT_WRITE);
		sched_yield();
	}
	reader.stop = true;
	pthread_join(thread, NULL);
	CHECK(reader.reads > 0);
	if (n > 1)
		CHECK(reader.faults > 0);
}

static volatile bool stop;

static void *map_and_unmap(void *arg)
{
	while (!stop) {
		char *at = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			continue;
		for (int i = 0; i < 8; i++) {
			CHECK(at[i * PAGE] == 0);
			at[i * PAGE] = 1;
		}
		munmap(at, 8 * PAGE);
	}
	return arg;
}

TEST(thread_mappings_of_one_space)
{
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		NEED(!pthread_create(&threads[i], NULL, map_and_unmap, NULL));
	usleep(300000);
	stop = true;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

TEST(thread_membarrier)
{
	pthread_t thread;

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		skip("no membarrier");
	NEED(!pthread_create(&thread, NULL, count, NULL));
	for (int i = 0; i < 50; i++)
		CHECK(!syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	pthread_join(thread, NULL);
}
