// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Page tables that one CPU changes while another writes through them: nothing written is lost, and
 * nothing is written to where it may not be any more.
 */
#include "work.h"
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>

#define PAGES	48
#define WORDS	(PAGE / sizeof(uint64_t))

static struct {
	uint64_t *volatile at;		/* what the writer writes to: PAGES pages */
	volatile bool stop;
	volatile uint64_t rounds, faults;
	unsigned int cpu;
	sigjmp_buf again;
} writer;

static void *map_at(void *at, size_t pages, int flags, int fd)
{
	at = mmap(at, pages * PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);
	NEED(at != MAP_FAILED);
	return at;
}

/* It writes to where the mapping is by then. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if ((uintptr_t)info->si_addr < PAGE)
		_exit(50);
	writer.faults++;
	siglongjmp(writer.again, 1);
}

/* One in each page, and one more each round: what is read there never becomes less. */
static void *keep_counting(void *arg)
{
	run_on(writer.cpu);
	sigsetjmp(writer.again, 1);
	while (!writer.stop) {
		for (unsigned int i = 0; i < PAGES; i++)
			__atomic_fetch_add(&writer.at[i * WORDS], 1, __ATOMIC_RELAXED);
		writer.rounds++;
	}
	return arg;
}

static void wait_for_round(void)
{
	uint64_t end = now(CLOCK_MONOTONIC) + 20 * MS, round = writer.rounds;

	/* Writers that fault all the time have no rounds. */
	while (writer.rounds < round + 2 && now(CLOCK_MONOTONIC) < end)
		sched_yield();
}

static void with_writer(void (*change)(void), unsigned int times)
{
	const struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	uint64_t end = now(CLOCK_MONOTONIC) + 5 * SECOND;
	pthread_t thread;

	sigaction(SIGSEGV, &action, NULL);
	run_on(0);
	writer.cpu = cpus_online() - 1;
	NEED(!pthread_create(&thread, NULL, keep_counting, NULL));
	wait_for_round();
	for (unsigned int i = 0; i < times && now(CLOCK_MONOTONIC) < end; i++)
		change();
	writer.stop = true;
	pthread_join(thread, NULL);
	CHECK(writer.rounds > 0);
}

/* A child has its own copy from its first moment on, and the parent's stays the parent's. */
static void child_looks(void *arg)
{
	uint64_t copy[PAGES];

	(void)arg;
	for (unsigned int i = 0; i < PAGES; i++)
		copy[i] = writer.at[i * WORDS];
	usleep(1000);
	for (unsigned int i = 0; i < PAGES; i++) {
		CHECK(writer.at[i * WORDS] == copy[i]);
		writer.at[i * WORDS] = 1ULL << 60;
	}
}

static void fork_once(void)
{
	uint64_t before[PAGES];

	for (unsigned int i = 0; i < PAGES; i++)
		before[i] = writer.at[i * WORDS];
	CHECK(end_of(start(child_looks, NULL)) == 0);
	for (unsigned int i = 0; i < PAGES; i++)
		CHECK(writer.at[i * WORDS] >= before[i] && writer.at[i * WORDS] < 1ULL << 60);
}

TEST(race_fork)
{
	writer.at = map_at(NULL, PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	with_writer(fork_once, 15);
}

/* Pages given back are somebody else's: no late store goes there. */
static void replace(void)
{
	uint64_t *other;

	NEED(!munmap(writer.at, PAGES * PAGE));
	/* Too large for the hole. */
	other = map_at(NULL, 2 * PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	for (unsigned int i = 0; i < 2 * PAGES; i++)
		other[i * WORDS] = ~0ULL;
	map_at(writer.at, PAGES, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);
	wait_for_round();
	for (unsigned int i = 0; i < 2 * PAGES; i++)
		CHECK(other[i * WORDS] == ~0ULL);
	munmap(other, 2 * PAGES * PAGE);
}

TEST(race_munmap)
{
	writer.at = map_at(NULL, PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	with_writer(replace, 40);
}

static uint64_t *places[2];

static void move(void)
{
	uint64_t *from = writer.at, *to = from == places[0] ? places[1] : places[0];
	uint64_t before[PAGES];

	for (unsigned int i = 0; i < PAGES; i++)
		before[i] = from[i * WORDS];
	NEED(mremap(from, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	writer.at = to;
	for (unsigned int i = 0; i < PAGES; i++)
		CHECK(to[i * WORDS] >= before[i]);
	wait_for_round();
	for (unsigned int i = 0; i < PAGES; i++)
		CHECK(to[i * WORDS] >= before[i]);
}

TEST(race_mremap)
{
	places[0] = map_at(NULL, 2 * PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	places[1] = places[0] + PAGES * WORDS;
	writer.at = places[0];
	with_writer(move, 60);
}

static int file;

static uint64_t in_file(unsigned int page)
{
	uint64_t word;

	NEED(pread(file, &word, sizeof(word), (off_t)(page * PAGE)) == sizeof(word));
	return word;
}

static void forget(void)
{
	uint64_t before[PAGES];

	for (unsigned int i = 0; i < PAGES; i++)
		before[i] = in_file(i);
	NEED(!madvise(writer.at, PAGES * PAGE, MADV_DONTNEED));
	for (unsigned int i = 0; i < PAGES; i++)
		CHECK(in_file(i) >= before[i]);
	wait_for_round();
}

/* What is written through a shared mapping is in the file, whoever takes the mapping away. */
TEST(race_file)
{
	file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	if (file < 0)
		skip("no file without a name in /tmp");
	NEED(!ftruncate(file, PAGES * PAGE));
	writer.at = map_at(NULL, PAGES, MAP_SHARED, file);
	with_writer(forget, 60);
	/* Alone again: the same by one thread. */
	for (uint64_t round = 1; round < 20; round++) {
		uint64_t *at = map_at(NULL, PAGES, MAP_SHARED, file);

		for (unsigned int i = 0; i < PAGES; i++)
			at[i * WORDS] = round * PAGES + i;
		CHECK(!munmap(at, PAGES * PAGE));
		for (unsigned int i = 0; i < PAGES; i++)
			CHECK(in_file(i) == round * PAGES + i);
	}
}

/* While it may not be written to nobody does; afterwards nothing is missing. */
static void protect(void)
{
	uint64_t before[PAGES];

	NEED(!mprotect(writer.at, PAGES * PAGE, PROT_READ));
	for (unsigned int i = 0; i < PAGES; i++)
		before[i] = writer.at[i * WORDS];
	usleep(200);
	for (unsigned int i = 0; i < PAGES; i++)
		CHECK(writer.at[i * WORDS] == before[i]);
	NEED(!mprotect(writer.at, PAGES * PAGE, PROT_READ | PROT_WRITE));
	wait_for_round();
	for (unsigned int i = 0; i < PAGES; i++)
		CHECK(writer.at[i * WORDS] >= before[i]);
}

TEST(race_mprotect)
{
	writer.at = map_at(NULL, PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	with_writer(protect, 60);
}
