/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What the fuzzers of the device frontends share: a hostile backend's hand in a ring and in the
 * grant table, and a world that is as new for each input.
 */
#ifndef TESTS_FUZZ_DOM0_H
#define TESTS_FUZZ_DOM0_H

#include "fuzz.h"
#include "dom0.h"

#define MAX_GRANTS	2048
#define TEXT_MAX	40

static u8 *arena_mark;

/* Mapped by the other end, or not any more: Xen's bits, which that end moves. */
static void meddle_with_grants(void)
{
	struct grant_entry_v1 *v1 = (struct grant_entry_v1 *)grant_table +
				    8 + word() % (MAX_GRANTS - 8);
	u32 near_first = byte();

	if (near_first)
		v1 = (struct grant_entry_v1 *)grant_table + 8 + near_first % 100;
	v1->flags ^= byte() & 1 ? GTF_reading : GTF_writing;
}

static void meddle_with_ring(struct shared_ring *ring)
{
	u8 *page = (u8 *)ring;

	switch (byte() % 5) {
	case 0:
		ring->rsp_prod = near(ring->rsp_prod);
		break;
	case 1:
		ring->req_event = near(ring->req_event);
		break;
	case 2:
		fill(ring, 16);
		break;
	case 3:
		fill(page + 64 + word() % (4096 - 64 - 16), 16);
		break;
	case 4:
		page[word() % 4096] = byte();
		break;
	}
}

/* A node that the other end writes. */
static void meddle_with_node(const char *const *nodes, u32 nr)
{
	char text[TEXT_MAX + 1] = "";
	u32 which = byte() % (2 * nr);

	if (which >= nr)
		return;
	fill(text, byte() % TEXT_MAX);
	store_set(nodes[which], text);
}

static void world(void (*backend)(u32 port))
{
	if (!arena_mark) {
		new_world();
		if (pvops_grant_init(2) != 2 || pvops_grant_init(1) != 1 || pvops_store_init())
			abort();
		arena_mark = arena_next;
		wait_ns = 500000000;
	}
	ASAN_POISON_MEMORY_REGION(arena_mark, (size_t)(arena_next - arena_mark));
	arena_next = arena_mark;
	next_port = FIRST_PORT;
	hostile = backend;
	clock_ns = freed = 0;
	logged[0] = '\0';
	memset(&block, 0, sizeof(block));
	memset(&net, 0, sizeof(net));
	name_devices();
}

/* What the other end kept comes back: the next input finds the table empty. */
static void world_ends(void)
{
	struct grant_entry_v1 *v1 = grant_table;

	for (int ref = 8; ref < MAX_GRANTS; ref++) {
		v1[ref].flags &= (u16)~(GTF_reading | GTF_writing);
		pvops_grant_end(ref);
	}
}

static unsigned int lines_with(const char *what)
{
	unsigned int nr = 0;

	for (const char *at = logged; (at = strstr(at, what)); at++)
		nr++;
	return nr;
}

#endif /* TESTS_FUZZ_DOM0_H */
