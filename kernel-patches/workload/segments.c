// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Segments: the LDT, TLS entries of the GDT, and bases, each process's own over all switches. */
#include "work.h"
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <sched.h>
#include <setjmp.h>

#define LDT_SELECTOR(n) ((n) << 3 | 7)
#define GDT_SELECTOR(n) ((n) << 3 | 3)

static struct user_desc entry(unsigned int nr, const void *base)
{
	return (struct user_desc){ .entry_number = nr, .base_addr = (unsigned int)(uintptr_t)base,
		.limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1, .useable = 1 };
}

/* Descriptors' bases have 32 bits. */
static uint32_t *low_page(void)
{
	uint32_t *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	NEED(at != MAP_FAILED);
	return at;
}

static bool write_ldt(struct user_desc *desc)
{
	return !syscall(SYS_modify_ldt, 0x11, desc, sizeof(*desc));
}

static void load_gs(unsigned int selector)
{
	asm volatile("mov %0, %%gs" : : "r" (selector) : "memory");
}

static uint32_t gs_word(void)
{
	uint32_t value;

	asm volatile("mov %%gs:0, %0" : "=r" (value) : : "memory");
	return value;
}

TEST(ldt_entry_is_used)
{
	uint32_t *page = low_page();

	for (unsigned int nr = 0; nr < 600; nr += 37) {
		struct user_desc desc = entry(nr, page);

		NEED(write_ldt(&desc));
		*page = 1000 + nr;
		load_gs(LDT_SELECTOR(nr));
		CHECK(gs_word() == 1000 + nr);
		sched_yield();
		CHECK(gs_word() == 1000 + nr);
		load_gs(0);
	}
}

TEST(ldt_reads_back)
{
	struct user_desc desc = entry(3, low_page());
	uint64_t entries[8] = { 0 };
	uint32_t base;

	NEED(write_ldt(&desc));
	CHECK(syscall(SYS_modify_ldt, 0, entries, sizeof(entries)) > 3 * 8);
	CHECK(entries[3] != 0 && entries[2] == 0);
	base = (uint32_t)((entries[3] >> 16 & 0xffffff) | (entries[3] >> 56) << 24);
	CHECK(base == desc.base_addr);
}

static sigjmp_buf away;

static void leave(int signal)
{
	(void)signal;
	siglongjmp(away, 1);
}

TEST(ldt_entry_goes_away)
{
	struct user_desc desc = entry(1, low_page());

	signal(SIGSEGV, leave);
	NEED(write_ldt(&desc));
	load_gs(LDT_SELECTOR(1));
	load_gs(0);
	desc = (struct user_desc){ .entry_number = 1, .read_exec_only = 1, .seg_not_present = 1 };
	NEED(write_ldt(&desc));
	if (!sigsetjmp(away, 1)) {
		load_gs(LDT_SELECTOR(1));
		check_failed(__FILE__, __LINE__, "a signal for an entry that is gone");
	}
}

/* Where each process has an entry of one number with a base of its own. */
static void own_entry(void *arg)
{
	uint32_t own = (uint32_t)(uintptr_t)arg, *page = low_page();
	struct user_desc desc = entry(5, page);

	*page = own;
	NEED(write_ldt(&desc));
	load_gs(LDT_SELECTOR(5));
	for (int i = 0; i < 500; i++) {
		CHECK(gs_word() == own);
		sched_yield();
	}
}

TEST(ldt_of_each_process)
{
	pid_t pids[4];

	for (int i = 0; i < 4; i++)
		pids[i] = start(own_entry, (void *)(uintptr_t)(i + 1));
	for (int i = 0; i < 4; i++)
		CHECK(end_of(pids[i]) == 0);
}

static void inherits(void *arg)
{
	CHECK(gs_word() == (uint32_t)(uintptr_t)arg);
}

TEST(ldt_is_inherited)
{
	uint32_t *page = low_page();
	struct user_desc desc = entry(2, page);

	*page = 4711;
	NEED(write_ldt(&desc));
	load_gs(LDT_SELECTOR(2));
	CHECK(end_of(start(inherits, (void *)4711)) == 0);
}

/* A call of 32-bit programs, whose addresses have 32 bits; without it the kernel sends a signal. */
static long set_thread_area(struct user_desc *at)
{
	long ret = 243;

	asm volatile("int $0x80" : "+a" (ret) : "b" (at) : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

static void own_tls(void *arg)
{
	uint32_t own = (uint32_t)(uintptr_t)arg, *page = low_page();
	struct user_desc *desc = (struct user_desc *)(page + 16);

	*page = own;
	*desc = entry(12 + own % 3, page);
	NEED(!set_thread_area(desc));
	load_gs(GDT_SELECTOR(desc->entry_number));
	for (int i = 0; i < 500; i++) {
		CHECK(gs_word() == own);
		sched_yield();
	}
}

TEST(tls_of_each_process)
{
	struct user_desc *desc = (struct user_desc *)low_page();
	pid_t pids[6];

	signal(SIGSEGV, leave);
	if (sigsetjmp(away, 1))
		skip("no calls of 32-bit programs in this kernel");
	*desc = entry((unsigned int)-1, low_page());
	CHECK(!set_thread_area(desc));
	CHECK(desc->entry_number >= 12 && desc->entry_number <= 14);
	signal(SIGSEGV, SIG_DFL);
	for (int i = 0; i < 6; i++)
		pids[i] = start(own_tls, (void *)(uintptr_t)(i + 1));
	for (int i = 0; i < 6; i++)
		CHECK(end_of(pids[i]) == 0);
}

static void own_base(void *arg)
{
	uint32_t own = (uint32_t)(uintptr_t)arg;
	uint32_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long got;

	NEED(page != MAP_FAILED);
	*page = own;
	NEED(!syscall(SYS_arch_prctl, ARCH_SET_GS, page));
	for (int i = 0; i < 500; i++) {
		CHECK(gs_word() == own);
		sched_yield();
	}
	CHECK(!syscall(SYS_arch_prctl, ARCH_GET_GS, &got) && got == (unsigned long)page);
}

TEST(gs_base_of_each_process)
{
	pid_t pids[6];

	for (int i = 0; i < 6; i++)
		pids[i] = start(own_base, (void *)(uintptr_t)(i + 1));
	for (int i = 0; i < 6; i++)
		CHECK(end_of(pids[i]) == 0);
	CHECK(syscall(SYS_arch_prctl, ARCH_SET_GS, 1UL << 63) == -1);
}
