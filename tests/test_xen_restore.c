// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The Xen drivers in a domain that is saved and goes on elsewhere: open devices work on, with other
 * grants, ports and backends; watches are there again.
 */
#include "dom0.h"
#include "apart.h"

static struct pvops_block blk;
static struct pvops_net nic;

static u8 *a_page(u8 first)
{
	u8 *page = alloc_pages(0);

	for (u32 i = 0; i < 4096; i++)
		page[i] = (u8)(first + i * 7 + i / 256);
	return page;
}

static void write_and_read(u8 first)
{
	u8 *out = a_page(first), *in = alloc_pages(0);

	assert_int_equal(pvops_block_write(&blk, first, out, 8), 0);
	assert_int_equal(pvops_block_read(&blk, first, in, 8), 0);
	assert_memory_equal(in, out, 4096);
	assert_memory_equal(disk + first * 512, out, 4096);
	assert_int_equal(pvops_block_flush(&blk), 0);
}

static void ping(u8 mark)
{
	u8 frame[64] = { mark }, back[128] = { 0 };

	assert_int_equal(pvops_net_send(&nic, frame, sizeof(frame)), 0);
	assert_int_equal(pvops_net_receive(&nic, back, sizeof(back), clock_ns + 50000000), 64);
	assert_int_equal(back[0], mark);
}

static void disk_works_on(void **state)
{
	new_world();
	assert_int_equal(pvops_block_open(&blk, 0), 0);
	write_and_read(1);
	for (u8 i = 0; i < 3; i++) {
		restore();
		write_and_read(20 + i * 20);
		assert_int_equal(blk.bus.port, block.port);
		assert_string_equal(blk.bus.back, "moved/vbd");
	}
	freed = 0;
	pvops_block_close(&blk);
	assert_int_equal(freed, 1);
}

/* Read only there, and then not at all. */
static void disk_that_is_another(void **state)
{
	u8 *page;

	new_world();
	page = a_page(1);
	assert_int_equal(pvops_block_open(&blk, 0), 0);
	restore();
	store_set("moved/vbd/info", "4");
	assert_int_equal(pvops_block_read(&blk, 0, page, 1), 0);
	assert_int_equal(pvops_block_write(&blk, 0, page, 1), -PVOPS_EPERM);
	restore();
	store_set("moved/vbd/sectors", "0");
	logged[0] = '\0';
	assert_int_equal(pvops_block_read(&blk, 0, page, 1), -PVOPS_EPROTO);
	assert_non_null(strstr(logged, "not there after a restore: not used any more"));
	assert_int_equal(pvops_block_read(&blk, 0, page, 1), -PVOPS_EIO);
}

static void closed_without_another_look(void **state)
{
	new_world();
	assert_int_equal(pvops_block_open(&blk, 0), 0);
	assert_int_equal(pvops_net_open(&nic, 0), 0);
	restore();
	freed = 0;
	pvops_block_close(&blk);
	pvops_net_close(&nic);
	assert_int_equal(freed, 3 + PVOPS_NET_SEND_SLOTS + PVOPS_NET_RECEIVE_SLOTS);
}

static void network_works_on(void **state)
{
	new_world();
	assert_int_equal(pvops_net_open(&nic, 0), 0);
	ping(1);
	for (u8 i = 0; i < 3; i++) {
		restore();
		for (u8 n = 0; n < 3 * PVOPS_NET_SEND_SLOTS; n++)
			ping(n);
		assert_int_equal(nic.bus.port, net.port);
	}
}

/* What the network had granted before are other people's numbers now. */
static void one_that_fails_harms_no_other(void **state)
{
	u8 frame[64] = { 0 };
	int refs[90];
	u8 *page;

	new_world();
	page = a_page(9);
	assert_int_equal(pvops_net_open(&nic, 0), 0);
	restore();
	for (int i = 0; i < 90; i++)
		refs[i] = pvops_grant_give(3, page, true);
	no_ports = true;
	assert_true(pvops_net_send(&nic, frame, sizeof(frame)) < 0);
	assert_true(nic.broken);
	for (int i = 0; i < 90; i++)
		assert_int_equal(pvops_grant_end(refs[i]), 0);
}

static void grants_begin_again(void **state)
{
	const u8 *page;
	int old, new;

	new_world();
	assert_int_equal(pvops_grant_init(2), 2);
	page = a_page(1);
	old = pvops_grant_give(3, page, false);
	assert_true(old > 0);
	restore();
	/* Nobody's any more, even before there is a table again. */
	assert_int_equal(pvops_grant_end(old), -PVOPS_EINVAL);
	new = pvops_grant_give(3, page, false);
	assert_int_equal(new, old);
	assert_int_equal(grant_version, 2);
	assert_ptr_equal(granted((u32)new), page);
	assert_int_equal(pvops_grant_end(new), 0);
}

static void watch_that_is_refused(void **state)
{
	u64 number;

	new_world();
	store_set("n", "5");
	assert_int_equal(pvops_store_watch("w", "token"), 0);
	restore();
	fault = STORE_DENIES;
	assert_int_equal(pvops_store_read_number(0, "n", &number), -PVOPS_EACCES);
	fault = NONE;
	assert_non_null(strstr(logged, "w is not watched any more: error -13"));
	/* So it can be asked for again. */
	assert_int_equal(pvops_store_watch("w", "token"), 0);
	assert_int_equal(watches, 1);
}

/* Each token once, however often: none pushes another out. */
static void events_that_come_in_crowds(void **state)
{
	struct xsd_sockmsg head = { .type = XS_WATCH_EVENT, .len = 4 };
	char token[8];
	u64 number;

	new_world();
	store_set("n", "5");
	assert_int_equal(pvops_store_watch("a", "1"), 0);
	assert_int_equal(pvops_store_watch("b", "2"), 0);
	for (int i = 0; i < 40; i++) {
		store_put(&head, sizeof(head));
		store_put(i ? "b\0002" : "a\0001", 4);
		store_put(&head, sizeof(head));
		store_put("c\0003", 4);
		assert_int_equal(pvops_store_read_number(0, "n", &number), 0);
	}
	assert_int_equal(pvops_store_event(token, sizeof(token), 0), 0);
	assert_string_equal(token, "1");
	assert_int_equal(pvops_store_event(token, sizeof(token), 0), 0);
	assert_string_equal(token, "2");
	assert_int_equal(pvops_store_event(token, sizeof(token), 0), -PVOPS_ETIMEDOUT);
}

static void watches_are_kept(void **state)
{
	char path[12] = "wN";
	u64 number;

	new_world();
	store_set("n", "5");
	for (char c = 'a'; c < 'a' + 16; c++) {
		path[1] = c;
		assert_int_equal(pvops_store_watch(path, "token"), 0);
	}
	assert_int_equal(pvops_store_watch("more", "token"), -PVOPS_ENOSPC);
	assert_int_equal(pvops_store_unwatch("wa", "token"), 0);
	assert_int_equal(watches, 16);
	restore();
	assert_int_equal(pvops_store_read_number(0, "n", &number), 0);
	assert_int_equal(number, 5);
	assert_int_equal(watches, 15);
	assert_int_equal(pvops_store_read_number(0, "n", &number), 0);
	assert_int_equal(watches, 15);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test(disk_works_on),
		cmocka_unit_test(disk_that_is_another),
		cmocka_unit_test(closed_without_another_look),
		cmocka_unit_test(network_works_on),
		cmocka_unit_test(one_that_fails_harms_no_other),
		cmocka_unit_test(grants_begin_again),
		cmocka_unit_test(watch_that_is_refused),
		cmocka_unit_test(events_that_come_in_crowds),
		cmocka_unit_test(watches_are_kept),
	};

	return run_apart(tests, sizeof(tests) / sizeof(tests[0]));
}
