// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* A disk of another domain: written, read back, compared. */
#include "util.h"
#include <pvops/errno.h>
#include <pvops/xen-block.h>
#include <pvops/xen-grant.h>
#include <pvops/xen-store.h>

#define ORDER	6
#define PAGES	(1U << ORDER)
#define COUNT	(PAGES * (u32)(PVOPS_PAGE_SIZE / PVOPS_SECTOR))

static u64 pattern(u64 sector, u64 word, u64 salt)
{
	u64 x = (sector << 20 | word) + salt;

	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	return x ^ x >> 29;
}

static void fill(u64 *buf, u64 sector, u32 count, u64 salt)
{
	for (u64 i = 0; i < count * PVOPS_SECTOR / 8; i++)
		buf[i] = pattern(sector, i, salt);
}

static bool holds(const u64 *buf, u64 sector, u32 count, u64 salt)
{
	for (u64 i = 0; i < count * PVOPS_SECTOR / 8; i++)
		if (buf[i] != pattern(sector, i, salt))
			return false;
	return true;
}

static void exercise(struct pvops_block *blk, u64 *buf, u64 salt)
{
	static const u32 counts[] = { COUNT, 1, 7, 88, 89, 100 };
	u64 sector = 0;

	for (u32 i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		fill(buf, sector, counts[i], salt);
		EXPECT(pvops_block_write(blk, sector, buf, counts[i]) == 0);
		sector += counts[i];
	}
	EXPECT(!blk->can_flush || pvops_block_flush(blk) == 0);
	sector = 0;
	for (u32 i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		fill(buf, 0, counts[i], 0);
		EXPECT(pvops_block_read(blk, sector, buf, counts[i]) == 0);
		EXPECT(holds(buf, sector, counts[i], salt));
		sector += counts[i];
	}
	/* The end of the disk. */
	EXPECT(pvops_block_read(blk, blk->sectors - 1, buf, 1) == 0);
	EXPECT(pvops_block_read(blk, blk->sectors, buf, 1) == -PVOPS_EINVAL);
	EXPECT(pvops_block_read(blk, blk->sectors - 1, buf, 2) == -PVOPS_EINVAL);
	EXPECT(pvops_block_read(blk, ~0ULL, buf, 2) == -PVOPS_EINVAL);
	EXPECT(pvops_block_write(blk, 0, (u8 *)buf + 512, 1) == -PVOPS_EINVAL);
}

static void use_disk(unsigned int version)
{
	struct pvops_block blk;
	u64 *buf;
	int err;

	ASSERT(pvops_grant_init(version) == (int)version);
	err = pvops_block_open(&blk, 0);
	if (err == -PVOPS_ENOENT)
		SKIP("no disk");
	ASSERT(!err);
	buf = pvops_get_host()->alloc_pages(ORDER);
	ASSERT(buf);
	exercise(&blk, buf, version);
	pvops_block_close(&blk);
	EXPECT(pvops_block_read(&blk, 0, buf, 1) == -PVOPS_EIO);
	/* Again, and what was written is there still. */
	ASSERT(pvops_block_open(&blk, 0) == 0);
	EXPECT(pvops_block_read(&blk, 0, buf, COUNT) == 0 && holds(buf, 0, COUNT, version));
	pvops_block_close(&blk);
	pvops_get_host()->free_pages(buf, ORDER);
}

GUEST_TEST(xen_block_keeps_what_is_written)
{
	if (pvops_store_init())
		SKIP("no xenstore");
	use_disk(1);
}

GUEST_TEST(xen_block_with_grants_of_version_2)
{
	if (pvops_store_init())
		SKIP("no xenstore");
	use_disk(2);
}
