// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A disk's backend that writes anything into the ring, the grant table and its nodes: the frontend
 * comes back, believes only an answer to what it asked, and says once why it gives up.
 */
#include "fuzz_dom0.h"

static const char *const theirs[] = {
	"back/vbd/sectors", "back/vbd/info", "back/vbd/feature-flush-cache", "back/vbd/state",
	"device/vbd/51712/backend-id", "device/vbd/51712/backend", "device/vbd",
};

static struct pvops_block blk;

/* An answer as the ring's owner waits for it, or with one field wrong. */
static void answer(void)
{
	struct blkif_request *slot = (void *)block.ring->entries;
	struct blkif_request req;
	struct blkif_response rsp;
	u32 wrong = byte();

	slot += block.cons % 32;
	memcpy(&req, slot, sizeof(req));
	rsp = (struct blkif_response){ .id = req.id, .operation = req.operation };
	rsp.status = wrong % 4 == 1 ? (s8)byte() : BLKIF_RSP_OKAY;
	rsp.id += wrong % 4 == 2 ? byte() : 0;
	rsp.operation ^= wrong % 4 == 3 ? byte() : 0;
	memcpy(slot, &rsp, sizeof(rsp));
	block.ring->rsp_prod = ++block.cons;
}

static void backend(u32 port)
{
	for (u32 n = byte() % 4; n && block.ring; n--) {
		switch (byte() % 3) {
		case 0:
			answer();
			break;
		case 1:
			meddle_with_ring(block.ring);
			break;
		case 2:
			meddle_with_grants();
			break;
		}
	}
}

/* Nobody has been at the ring since the frontend took it. */
static const struct blkif_response *last_answer(void)
{
	const struct blkif_request *slots = (void *)block.ring->entries;

	return (const void *)(slots + (blk.ring.rsp_cons - 1) % 32);
}

static void use(u8 *buf)
{
	u64 sector = word() % 300;
	u32 count = byte() % 100, asked = blk.ring.req_prod, seen = blk.ring.rsp_cons;
	bool was_broken = blk.broken;
	int err;

	switch (byte() % 4) {
	case 0:
		err = pvops_block_write(&blk, sector, buf, count);
		break;
	case 1:
		err = pvops_block_flush(&blk);
		break;
	default:
		err = pvops_block_read(&blk, sector, buf, count);
	}
	if (was_broken) {
		check(err && blk.ring.req_prod == asked);
		return;
	}
	check(blk.ring.req_prod - blk.ring.rsp_cons <= blk.ring.nr);
	/* Done means: as many answers as requests, none of them left over, the last one to this. */
	if (!err) {
		check(blk.ring.rsp_cons == blk.ring.req_prod && blk.ring.req_prod != asked &&
		      blk.ring.rsp_cons - seen == blk.ring.req_prod - asked);
		check(last_answer()->id == blk.next_id - 1);
	}
	if (err == -PVOPS_EPROTO || err == -PVOPS_ETIMEDOUT)
		check(blk.broken);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 *buf;
	int err;

	input(data, size);
	world(backend);
	for (u32 n = byte() % 4; n; n--)
		meddle_with_node(theirs, sizeof(theirs) / sizeof(*theirs));
	buf = alloc_pages(4);
	err = pvops_block_open(&blk, byte() % 8 / 7);
	if (!err) {
		check(blk.sectors && blk.sectors < 1ULL << 48);
		for (int i = 0; i < 30 && left; i++)
			use(buf);
		check(lines_with("not used any more") == blk.broken);
		pvops_block_close(&blk);
	}
	check(!blk.bus.ring[0]);
	world_ends();
	return 0;
}
