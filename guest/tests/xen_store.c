// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Xenstore and grants, on hosts that have them. */
#include "util.h"
#include <pvops/errno.h>
#include <pvops/text.h>
#include <pvops/xen-grant.h>
#include <pvops/xen-store.h>

static bool no_store(void)
{
	return pvops_store_init() == -PVOPS_ENODEV;
}

GUEST_TEST(xen_store_reads_and_writes)
{
	char value[32];
	u64 number;

	if (no_store())
		SKIP("no xenstore");
	EXPECT(pvops_store_read_number(0, "domid", &number) == 0 && number < 0x7ff0);
	EXPECT(pvops_store_write(0, "data/pvops", "one two") == 0);
	EXPECT(pvops_store_read(0, "data/pvops", value, sizeof(value)) == 7);
	EXPECT(pvops_text_equal(value, "one two"));
	EXPECT(pvops_store_read(0, "data/pvops", value, 4) == 7 && pvops_text_equal(value, "one"));
	EXPECT(pvops_store_read_number(0, "data/pvops", &number) == -PVOPS_EINVAL);
	EXPECT(pvops_store_write_number(0, "data/pvops", 1234567890123ULL) == 0);
	EXPECT(pvops_store_read_number(0, "data/pvops", &number) == 0);
	EXPECT(number == 1234567890123ULL);
	EXPECT(pvops_store_remove(0, "data/pvops") == 0);
	EXPECT(pvops_store_read(0, "data/pvops", value, sizeof(value)) == -PVOPS_ENOENT);
	EXPECT(pvops_store_write(0, "/local/domain/0/pvops", "x") == -PVOPS_EACCES);
}

GUEST_TEST(xen_store_transactions)
{
	char value[8];
	u32 tx;

	if (no_store())
		SKIP("no xenstore");
	ASSERT(pvops_store_begin(&tx) == 0);
	EXPECT(pvops_store_write(tx, "data/inside", "1") == 0);
	EXPECT(pvops_store_read(0, "data/inside", value, sizeof(value)) == -PVOPS_ENOENT);
	EXPECT(pvops_store_end(tx, false) == 0);
	EXPECT(pvops_store_read(0, "data/inside", value, sizeof(value)) == -PVOPS_ENOENT);
	ASSERT(pvops_store_begin(&tx) == 0);
	EXPECT(pvops_store_write(tx, "data/inside", "2") == 0);
	EXPECT(pvops_store_end(tx, true) == 0);
	EXPECT(pvops_store_read(0, "data/inside", value, sizeof(value)) == 1 &&
	       pvops_text_equal(value, "2"));
	/* Somebody writes what the transaction has read. */
	ASSERT(pvops_store_begin(&tx) == 0);
	EXPECT(pvops_store_read(tx, "data/inside", value, sizeof(value)) == 1);
	EXPECT(pvops_store_write(0, "data/inside", "3") == 0);
	EXPECT(pvops_store_write(tx, "data/inside", "4") == 0);
	EXPECT(pvops_store_end(tx, true) == -PVOPS_EAGAIN);
	EXPECT(pvops_store_remove(0, "data/inside") == 0);
}

GUEST_TEST(xen_store_watches)
{
	u64 limit = pvops_time_clock() + 5000 * MS;
	char token[16];

	if (no_store())
		SKIP("no xenstore");
	ASSERT(pvops_store_watch("data/seen", "eye") == 0);
	EXPECT(pvops_store_event(token, sizeof(token), limit) == 0 &&
	       pvops_text_equal(token, "eye"));
	EXPECT(pvops_store_event(token, sizeof(token), pvops_time_clock() + MS) ==
	       -PVOPS_ETIMEDOUT);
	EXPECT(pvops_store_write(0, "data/seen/below", "1") == 0);
	EXPECT(pvops_store_event(token, sizeof(token), limit) == 0 &&
	       pvops_text_equal(token, "eye"));
	EXPECT(pvops_store_unwatch("data/seen", "eye") == 0);
	EXPECT(pvops_store_remove(0, "data/seen") == 0);
	EXPECT(pvops_store_event(token, sizeof(token), pvops_time_clock() + MS) ==
	       -PVOPS_ETIMEDOUT);
}

GUEST_TEST(xen_store_long_values)
{
	static char big[4200], back[4200];

	if (no_store())
		SKIP("no xenstore");
	/* Longer than the ring, shorter than xenstored's limit for a node. */
	for (int i = 0; i < 1900; i++)
		big[i] = (char)('a' + i % 26);
	EXPECT(pvops_store_write(0, "data/big", big) == 0);
	EXPECT(pvops_store_read(0, "data/big", back, sizeof(back)) == 1900 &&
	       pvops_text_equal(big, back));
	EXPECT(pvops_store_remove(0, "data/big") == 0);
	for (int i = 0; i < 4199; i++)
		big[i] = 'x';
	EXPECT(pvops_store_write(0, "data/big", big) == -PVOPS_EINVAL);
}

static void give_all(unsigned int version)
{
	void *page = page_alloc();
	int first, ref, nr = 0;

	ASSERT(page);
	ASSERT(pvops_grant_init(version) == (int)version);
	first = pvops_grant_give(0, page, true);
	EXPECT(first >= 8);
	while ((ref = pvops_grant_give(0, page, false)) >= 0)
		nr++;
	EXPECT(ref == -PVOPS_ENOSPC && nr > 500);
	EXPECT(pvops_grant_init(3 - version) == -PVOPS_EBUSY);
	for (ref = first; ref <= first + nr; ref++)
		EXPECT(pvops_grant_end(ref) == 0);
	EXPECT(pvops_grant_end(first) == -PVOPS_EINVAL);
	EXPECT(pvops_grant_end(0) == -PVOPS_EINVAL && pvops_grant_end(-1) == -PVOPS_EINVAL);
	page_free(page);
}

GUEST_TEST(xen_grant_table_of_both_versions)
{
	if (no_store())
		SKIP("no other domain");
	give_all(1);
	give_all(2);
	give_all(1);
}
