// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Memory that the host wants back and gives again: pages that stay must not change, those that
 * come back must be memory, each its own.
 */
#include <pvops/errno.h>
#include <pvops/xen-balloon.h>
#include "life.h"
#include "pmm.h"

#define MAX_OUT		(64UL << 8)	/* 64 MiB */
#define MIN_FREE	(8UL << 8)	/* pages that the kernel keeps for itself */
#define NR_KEPT		256
#define WORDS		(PVOPS_PAGE_SIZE / sizeof(u64))

static void *out[MAX_OUT];
static u32 nr_out;
static u64 *kept[NR_KEPT];

/* A pattern that no other page has, nor this one at another time. */
static u64 pattern(const void *page, u64 salt)
{
	return ((u64)(unsigned long)page + salt) * 0x9e3779b97f4a7c15ULL;
}

static void fill(u64 *page, u64 salt)
{
	for (u32 i = 0; i < WORDS; i++)
		page[i] = pattern(page, salt) + i;
}

static bool holds(const u64 *page, u64 salt)
{
	for (u32 i = 0; i < WORDS; i++)
		if (page[i] != pattern(page, salt) + i)
			return false;
	return true;
}

static void check_kept(void)
{
	for (u32 i = 0; i < NR_KEPT; i++)
		if (kept[i] && !holds(kept[i], 1))
			life_wrong(LIFE_MEMORY, "page %u that stayed has changed", i);
}

/* Hand over so many pages at the end of out[]. */
static void give(u64 nr)
{
	u32 n = 0, given;
	u64 *page;

	if (nr > MAX_OUT - nr_out)
		nr = MAX_OUT - nr_out;
	while (n < nr && pages_free() > MIN_FREE) {
		page = page_alloc();
		if (!page)
			break;
		fill(page, 2);
		out[nr_out + n++] = page;
	}
	given = pvops_balloon_give(out + nr_out, n);
	for (u32 i = given; i < n; i++) {
		page = out[nr_out + i];
		if (!holds(page, 2))
			life_wrong(LIFE_MEMORY, "a page that was not taken has changed");
		page_free(page);
	}
	nr_out += given;
}

static void take(u64 nr)
{
	u32 n = nr < nr_out ? (u32)nr : nr_out, taken;
	void **first = out + nr_out - n;

	taken = pvops_balloon_take(first, n);
	for (u32 i = 0; i < taken; i++)
		fill(first[i], 3);
	for (u32 i = 0; i < taken; i++)
		if (!holds(first[i], 3))
			life_wrong(LIFE_MEMORY, "a page that came back is no memory of its own");
	for (u32 i = 0; i < taken; i++)
		page_free(first[i]);
	/* Those that are still away close up. */
	for (u32 i = taken; i < n; i++)
		first[i - taken] = first[i];
	nr_out -= taken;
}

void life_balloon(void)
{
	u64 start = life_clock();
	s64 wanted;
	int err = pvops_balloon_wanted(&wanted);

	if (err) {
		life_wrong(LIFE_ORDERS, PVOPS_BALLOON_TOKEN ": error %d", err);
		return;
	}
	if (wanted < 0)
		give((u64)-wanted);
	else
		take((u64)wanted);
	check_kept();
	if (!wanted)
		return;
	err = pvops_balloon_wanted(&wanted);
	kprintf("life: balloon: %u pages are away, %lld wanted, %u lost, %llu ms\n", nr_out,
		(long long)wanted, pvops_balloon_lost(), (life_clock() - start) / 1000000);
}

int life_balloon_start(void)
{
	for (u32 i = 0; i < NR_KEPT; i++) {
		kept[i] = page_alloc();
		if (!kept[i])
			return -PVOPS_ENOMEM;
		fill(kept[i], 1);
	}
	return pvops_balloon_watch();
}

void life_balloon_stop(void)
{
	check_kept();
}
