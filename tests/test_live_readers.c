// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * CPUs in pvops_poke_trap() while what they look at is to go: a thread is held between two loads of
 * its reader's way, by a page that is not there.
 */
#define _GNU_SOURCE
#include "sites.h"
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define OP	PVOPS_OP_irq_disable
#define LEN	8

static u8 old[LEN];
static unsigned int syncs;

static void count_syncs(void)
{
	syncs++;
}

static u8 *page;			/* with the record: whoever reads it is held here */
static volatile bool held, go, early, returned, trap_was_ours;
static pthread_t reader;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	if (pthread_equal(pthread_self(), reader)) {
		held = true;
		while (!go)
			usleep(100);
	} else if (!go) {
		early = true;
	}
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static void *trap(void *arg)
{
	unsigned long stack[4], ip = (unsigned long)text + 1, sp = (unsigned long)(stack + 3);

	reader = pthread_self();
	trap_was_ours = pvops_poke_trap(&ip, &sp);
	return NULL;
}

/* Starts a CPU that traps at the site and gets no further than its record. */
static void hold(pthread_t *thread)
{
	held = false;
	go = false;
	early = false;
	returned = false;
	mprotect(page, 4096, PROT_NONE);
	pthread_create(thread, NULL, trap, NULL);
	for (int i = 0; i < 50000 && !held; i++)
		usleep(100);
}

/* A set whose only record is in memory that can be taken away. */
static void record_in_a_page(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	page = mmap((void *)(((unsigned long)text & ~0xfffffffUL) + 0x30000000), 4096,
		    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	add_call(0, OP, PVOPS_SITE_CALL);
	memcpy(page, sites, sizeof(*sites));
	((struct pvops_site *)page)->offset = (s32)(text - page);
	set.sites = (struct pvops_site *)page;
	set.sync_cores = count_syncs;
	sigaction(SIGSEGV, &action, NULL);
}

static void give_page_back(void)
{
	signal(SIGSEGV, SIG_DFL);
	munmap(page, 4096);
}

static void *forget(void *arg)
{
	pvops_patch_forget(&set);
	returned = true;
	return NULL;
}

static void what_is_forgotten_is_not_read(void **state)
{
	unsigned long stack[4], ip = (unsigned long)text + 1, sp = (unsigned long)(stack + 3);
	struct pvops_patch_set other = set;
	pthread_t threads[2];

	record_in_a_page();
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	/* Another set's end is nothing to it. */
	other.sites = sites;
	pvops_patch_forget(&other);
	hold(&threads[0]);
	assert_true(held);
	pthread_create(&threads[1], NULL, forget, NULL);
	usleep(20000);
	assert_false(returned);
	go = true;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert_true(returned);
	assert_true(trap_was_ours);
	give_page_back();
	assert_false(pvops_poke_trap(&ip, &sp));
	assert_int_equal(ip, (unsigned long)text + 1);

	/* It can come back: at the same place, too. */
	set.sites = sites;
	assert_int_equal(pvops_patch_sites(&set, forms, others, NULL), 0);
	assert_true(pvops_poke_trap(&ip, &sp));
	pvops_patch_forget(&set);
	assert_int_equal(pvops_patch_sites(&set, others, forms, NULL), 0);
	ip = (unsigned long)text + 1;
	assert_true(pvops_poke_trap(&ip, &sp));
}

static void *patch_another(void *arg)
{
	struct pvops_patch_set other = set;

	other.sites = sites + 1;
	pvops_patch_sites(&other, NULL, others, NULL);
	returned = true;
	return NULL;
}

static void late_reader_keeps_its_set(void **state)
{
	pthread_t threads[2];
	u32 nr;

	record_in_a_page();
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	nr = add_gate(32, PVOPS_OP_lock_kick, 512);
	memcpy(old, text + 32, LEN);
	assert_int_equal(nr, 1);
	set.nr_sites = 1;
	hold(&threads[0]);
	assert_true(held);
	pthread_create(&threads[1], NULL, patch_another, NULL);
	usleep(20000);
	/* Not even begun: what the reader goes through would change under it. */
	assert_memory_equal(text + 32, old, LEN);
	go = true;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert_true(trap_was_ours);
	assert_true(returned);
	give_page_back();
}

static pthread_t held_cpu, releaser;

static void *let_go(void *arg)
{
	usleep(20000);
	go = true;
	return NULL;
}

static void hold_in_the_last_sync(void)
{
	if (++syncs < 3)
		return;
	hold(&held_cpu);
	pthread_create(&releaser, NULL, let_go, NULL);
}

/* All is written, and a CPU is in its trap still: what it looks at lies on a stack. */
static void patching_ends_after_its_readers(void **state)
{
	record_in_a_page();
	syncs = 0;
	set.sync_cores = hold_in_the_last_sync;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	assert_false(early);
	pthread_join(held_cpu, NULL);
	pthread_join(releaser, NULL);
	assert_true(trap_was_ours);
	give_page_back();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(what_is_forgotten_is_not_read), T(late_reader_keeps_its_set),
		T(patching_ends_after_its_readers),
	};

	return cmocka_run_group_tests_name("live readers", tests, NULL, NULL);
}
