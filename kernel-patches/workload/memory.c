// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Memory: mappings, their protection, copies, and pages that come and go. */
#include "work.h"
#include <setjmp.h>

static char *map(size_t pages, int flags)
{
	char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	NEED(at != MAP_FAILED);
	return at;
}

static sigjmp_buf away;
static void *volatile fault_at;
static volatile int fault_code;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	fault_at = info->si_addr;
	fault_code = info->si_code;
	siglongjmp(away, 1);
}

/* Does an access fault, at the address that it names? */
static bool faults(volatile char *at, bool write)
{
	const struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &action, NULL);
	if (sigsetjmp(away, 1)) {
		CHECK(fault_at == at);
		return true;
	}
	if (write)
		*at = 1;
	else
		(void)*at;
	return false;
}

TEST(mmap_and_touch)
{
	for (int round = 0; round < 60; round++) {
		char *at = map(64, MAP_PRIVATE);

		for (int i = 0; i < 64; i++) {
			CHECK(at[i * PAGE] == 0);
			at[i * PAGE] = (char)round;
		}
		CHECK(!munmap(at, 64 * PAGE));
		CHECK(faults(at, false));
	}
}

TEST(mmap_64_mib)
{
	size_t pages = (64 << 20) / PAGE;
	char *at = map(pages, MAP_PRIVATE);

	for (size_t i = 0; i < pages; i++)
		memcpy(at + i * PAGE, &i, sizeof(i));
	for (size_t i = 0; i < pages; i++)
		CHECK(!memcmp(at + i * PAGE, &i, sizeof(i)));
	CHECK(!munmap(at, pages * PAGE));
}

static void grow(void *arg)
{
	size_t pages = (size_t)arg;
	char *at = map(pages, MAP_PRIVATE);

	for (size_t i = 0; i < pages; i++)
		at[i * PAGE] = 1;
}

static void grow_and_fork(void *arg)
{
	grow(arg);
	for (int i = 0; i < 3; i++)
		CHECK(end_of(start(grow, (void *)64)) == 0);
	grow(arg);
}

/* Processes that end, and have children, with few pages, with many, and with as many tables. */
TEST(mmap_and_exit)
{
	for (size_t pages = 1; pages <= 8192; pages *= 2)
		CHECK(end_of(start(pages % 3 == 1 ? grow : grow_and_fork, (void *)pages)) == 0);
}

TEST(mmap_sparse)
{
	/* One page in each GiB: tables of every level come and go. */
	char *at = mmap(NULL, 64ULL << 30, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	NEED(at != MAP_FAILED);
	for (uint64_t i = 0; i < 64; i++)
		at[i << 30] = (char)i;
	for (uint64_t i = 0; i < 64; i++)
		CHECK(at[i << 30] == (char)i);
	CHECK(!munmap(at, 64ULL << 30));
}

TEST(mprotect_each_way)
{
	char *at = map(16, MAP_PRIVATE);

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 16; i++)
			at[i * PAGE] = (char)(i + round);
		CHECK(!mprotect(at, 16 * PAGE, PROT_READ));
		for (int i = 0; i < 16; i++) {
			CHECK(at[i * PAGE] == (char)(i + round));
			CHECK(faults(at + i * PAGE, true));
			CHECK(fault_code == SEGV_ACCERR);
		}
		CHECK(!mprotect(at, 16 * PAGE, PROT_NONE));
		CHECK(faults(at + 5 * PAGE, false));
		CHECK(!mprotect(at, 16 * PAGE, PROT_READ | PROT_WRITE));
		CHECK(!faults(at + 5 * PAGE, true));
	}
}

/* mov $42, %eax; ret: only where a page may be executed. */
TEST(mprotect_exec)
{
	const struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	static const unsigned char code[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
	char *at = map(1, MAP_PRIVATE);

	sigaction(SIGSEGV, &action, NULL);
	memcpy(at, code, sizeof(code));
	CHECK(!mprotect(at, PAGE, PROT_READ | PROT_EXEC));
	CHECK(((int (*)(void))at)() == 42);
	CHECK(!mprotect(at, PAGE, PROT_READ));
	if (!sigsetjmp(away, 1)) {
		((int (*)(void))at)();
		check_failed(__FILE__, __LINE__, "a fault where nothing may be executed");
	}
}

static char *copied;

static void write_copy(void *arg)
{
	char value = (char)(intptr_t)arg;

	for (int i = 0; i < 256; i++) {
		CHECK(copied[i * PAGE] == (char)i);
		copied[i * PAGE] = value;
	}
	for (int i = 0; i < 256; i++)
		CHECK(copied[i * PAGE] == value);
}

TEST(cow_of_many_pages)
{
	pid_t pids[8];

	copied = map(256, MAP_PRIVATE);
	for (int i = 0; i < 256; i++)
		copied[i * PAGE] = (char)i;
	for (int i = 0; i < 8; i++)
		pids[i] = start(write_copy, (void *)(intptr_t)(100 + i));
	for (int i = 0; i < 8; i++)
		CHECK(end_of(pids[i]) == 0);
	for (int i = 0; i < 256; i++)
		CHECK(copied[i * PAGE] == (char)i);
}

static void write_shared(void *arg)
{
	int part = (int)(intptr_t)arg;

	for (int i = part; i < 64; i += 4)
		copied[i * PAGE] = (char)(i * 3);
}

TEST(shared_memory_is_shared)
{
	copied = map(64, MAP_SHARED);
	for (int i = 0; i < 4; i++)
		CHECK(end_of(start(write_shared, (void *)(intptr_t)i)) == 0);
	for (int i = 0; i < 64; i++)
		CHECK(copied[i * PAGE] == (char)(i * 3));
}

TEST(mremap_moves)
{
	char *at = map(32, MAP_PRIVATE), *to;

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 32; i++)
			at[i * PAGE] = (char)(i + round);
		to = map(64, MAP_PRIVATE) + 16 * PAGE;
		to = mremap(at, 32 * PAGE, 32 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
		NEED(to != MAP_FAILED);
		for (int i = 0; i < 32; i++)
			CHECK(to[i * PAGE] == (char)(i + round));
		CHECK(faults(at, false));
		at = to;
	}
}

TEST(madvise_gives_back)
{
	char *at = map(64, MAP_PRIVATE);

	for (int round = 0; round < 20; round++) {
		memset(at, 1, 64 * PAGE);
		CHECK(!madvise(at, 64 * PAGE, MADV_DONTNEED));
		for (int i = 0; i < 64; i++)
			CHECK(at[i * PAGE] == 0);
	}
}

TEST(brk_grows_and_shrinks)
{
	char *start = sbrk(0);

	for (int round = 0; round < 20; round++) {
		NEED(!brk(start + 64 * PAGE));
		for (int i = 0; i < 64; i++) {
			CHECK(start[i * PAGE + PAGE / 2] == 0);
			start[i * PAGE + PAGE / 2] = 1;
		}
		NEED(!brk(start));
	}
}

TEST(file_mapped)
{
	int fd = memfd_create("mapped", 0);
	char *private, *shared;

	if (fd < 0)
		skip("no memfd_create");
	NEED(!ftruncate(fd, 16 * PAGE));
	shared = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	NEED(shared != MAP_FAILED && private != MAP_FAILED);
	for (int i = 0; i < 16; i++) {
		char got = 0;

		shared[i * PAGE] = (char)(i + 1);
		CHECK(private[i * PAGE] == (char)(i + 1));
		private[i * PAGE] = 99;
		CHECK(shared[i * PAGE] == (char)(i + 1));
		CHECK(pread(fd, &got, 1, i * PAGE) == 1 && got == (char)(i + 1));
	}
	CHECK(!ftruncate(fd, PAGE));
}

/* To and from the kernel, over pages that are not there yet, or not at all. */
TEST(user_pointers_checked)
{
	int fd = open("/proc/self/mem", O_RDONLY), zero = open("/dev/zero", O_RDONLY);
	char *at = map(4, MAP_PRIVATE);

	CHECK(fd >= 0 && zero >= 0);
	CHECK(read(zero, at, 4 * PAGE) == 4 * PAGE);
	CHECK(!munmap(at + PAGE, PAGE));
	CHECK(read(zero, at + PAGE, 1) == -1 && errno == EFAULT);
	CHECK(read(zero, (void *)0xffff888000000000ULL, 8) == -1 && errno == EFAULT);
	CHECK(syscall(SYS_uname, (void *)0xffffffff81000000ULL) == -1 && errno == EFAULT);
	CHECK(pread(fd, at, PAGE, (off_t)(uintptr_t)(at + 2 * PAGE)) == PAGE);
	CHECK(pread(fd, at, PAGE, (off_t)(uintptr_t)(at + PAGE)) == -1 && errno == EIO);
}
