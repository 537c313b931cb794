// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The block frontend: connect, then one request and its response after the other. */
#include <pvops/pvops.h>
#include <pvops/xen-block.h>
#include <pvops/xen-grant.h>
#include <pvops/xen-store.h>
#include <pvops/xen.h>
#include "public.h"
#include "ring.h"

#define CONNECT_NS	30000000000ULL	/* scripts of the other end run meanwhile */
#define REQUEST_NS	10000000000ULL
#define PER_PAGE	(PVOPS_PAGE_SIZE / PVOPS_SECTOR)
#define MAX_SECTORS	(BLKIF_MAX_SEGMENTS_PER_REQUEST * PER_PAGE)

static struct front_ring *ring_of(struct pvops_block *blk)
{
	_Static_assert(sizeof(blk->ring) == sizeof(struct front_ring), "not the same ring");
	return (struct front_ring *)&blk->ring;
}

static int give_up(struct pvops_block *blk, int err, const char *why)
{
	/* The second thing that goes wrong is no second end. */
	pvops_log("%s: %s%s", blk->bus.front, why, blk->broken ? "" : ": not used any more");
	blk->broken = true;
	return err;
}

static int publish(struct pvops_block *blk)
{
	char path[64];
	int err;

	pvops_snprintf(path, sizeof(path), "%s/ring-ref", blk->bus.front);
	err = pvops_store_write_number(0, path, (u64)blk->bus.ref[0]);
	pvops_snprintf(path, sizeof(path), "%s/event-channel", blk->bus.front);
	if (!err)
		err = pvops_store_write_number(0, path, blk->bus.port);
	pvops_snprintf(path, sizeof(path), "%s/protocol", blk->bus.front);
	if (!err)
		err = pvops_store_write(0, path, XEN_IO_PROTO_ABI_NATIVE);
	return err ? err : pvops_bus_switch(&blk->bus, PVOPS_BUS_INITIALISED);
}

/* What the backend says of the disk, when it is connected. */
static int properties(struct pvops_block *blk)
{
	u64 info, flush;
	int err = pvops_bus_number(&blk->bus, "sectors", 0, &blk->sectors);

	if (!err)
		err = pvops_bus_number(&blk->bus, "info", 0, &info);
	if (!err)
		err = pvops_bus_number(&blk->bus, "feature-flush-cache", 0, &flush);
	if (err)
		return err;
	blk->read_only = info & VDISK_READONLY;
	blk->can_flush = flush;
	/* Some bound, so that sums of sectors do not wrap. */
	return blk->sectors && blk->sectors < 1ULL << 48 ? 0 : -PVOPS_EPROTO;
}

/* From the backend's node on: also after a restore. */
static int connect(struct pvops_block *blk)
{
	int err = pvops_bus_switch(&blk->bus, PVOPS_BUS_INITIALISING);

	if (!err)
		err = pvops_bus_wait(&blk->bus, PVOPS_BUS_INIT_WAIT, CONNECT_NS);
	if (err)
		return err;
	err = pvops_bus_share(&blk->bus, 1);
	if (err)
		return err;
	ring_init(ring_of(blk), blk->bus.ring[0], sizeof(struct blkif_request));
	err = publish(blk);
	if (!err)
		err = pvops_bus_wait(&blk->bus, PVOPS_BUS_CONNECTED, CONNECT_NS);
	if (!err)
		err = properties(blk);
	if (!err)
		err = pvops_bus_switch(&blk->bus, PVOPS_BUS_CONNECTED);
	if (err) {
		pvops_log("%s: no connection to %s: error %d", blk->bus.front, blk->bus.back, err);
		pvops_bus_unshare(&blk->bus);
		return err;
	}
	pvops_log("%s: %llu sectors%s", blk->bus.front, blk->sectors,
		  blk->read_only ? ", read only" : "");
	return 0;
}

int pvops_block_open(struct pvops_block *blk, unsigned int index)
{
	int err;

	*blk = (struct pvops_block){ 0 };
	err = pvops_bus_find(&blk->bus, "vbd", index);
	return err ? err : connect(blk);
}

/* May a request be sent? After a restore, not before there is a connection again. */
static int ready(struct pvops_block *blk)
{
	int err;

	if (blk->broken)
		return -PVOPS_EIO;
	if (!pvops_bus_stale(&blk->bus))
		return 0;
	err = pvops_bus_find_back(&blk->bus);
	if (!err)
		err = connect(blk);
	return err ? give_up(blk, err, "not there after a restore") : 0;
}

/* Send a request that is in the ring's next place, wait for its response. */
static int carry_out(struct pvops_block *blk, u64 id, u8 operation)
{
	u64 deadline = pvops_time_clock() + REQUEST_NS;
	struct blkif_response rsp;
	int got;

	if (ring_push(ring_of(blk)) && pvops_xen_notify(blk->bus.port))
		return give_up(blk, -PVOPS_EIO, "the backend cannot be told");
	while (!(got = ring_response(ring_of(blk), &rsp, sizeof(rsp)))) {
		if (pvops_time_clock() >= deadline)
			return give_up(blk, -PVOPS_ETIMEDOUT, "no response");
		pvops_xen_wait(blk->bus.irq, deadline);
	}
	if (got < 0)
		return give_up(blk, got, "the ring's indices make no sense");
	if (rsp.id != id || rsp.operation != operation)
		return give_up(blk, -PVOPS_EPROTO, "a response to what was not asked");
	if (rsp.status == BLKIF_RSP_EOPNOTSUPP)
		return -PVOPS_ENOSYS;
	return rsp.status == BLKIF_RSP_OKAY ? 0 : -PVOPS_EIO;
}

/* Take the grants back; what the backend keeps mapped must never be reused for anything else. */
static int end_grants(struct pvops_block *blk, const int *refs, u32 nr)
{
	int err = 0;

	for (u32 i = 0; i < nr; i++)
		if (pvops_grant_end(refs[i]))
			err = -PVOPS_EBUSY;
	return err ? give_up(blk, err, "the backend keeps pages") : 0;
}

static int transfer(struct pvops_block *blk, bool write, u64 sector, u8 *buf, u32 count)
{
	int refs[BLKIF_MAX_SEGMENTS_PER_REQUEST], err = 0, end;
	struct blkif_request req = {
		.operation = write ? BLKIF_OP_WRITE : BLKIF_OP_READ, .id = blk->next_id++,
		.sector_number = sector,
	};
	u32 nr = 0;

	for (; count && !err; nr++) {
		u32 part = count < PER_PAGE ? count : PER_PAGE;

		refs[nr] = pvops_grant_give(blk->bus.domid, buf + nr * PVOPS_PAGE_SIZE, write);
		if (refs[nr] < 0) {
			err = refs[nr];
			break;
		}
		req.seg[nr] = (struct blkif_request_segment){
			.gref = (u32)refs[nr], .last_sect = (u8)(part - 1),
		};
		count -= part;
	}
	if (!err) {
		req.nr_segments = (u8)nr;
		*(struct blkif_request *)ring_request(ring_of(blk)) = req;
		err = carry_out(blk, req.id, req.operation);
	}
	end = end_grants(blk, refs, nr);
	return err ? err : end;
}

static int move(struct pvops_block *blk, bool write, u64 sector, u8 *buf, u32 count)
{
	int err = ready(blk);

	if (err)
		return err;
	if (!count || sector >= blk->sectors || count > blk->sectors - sector ||
	    (unsigned long)buf % PVOPS_PAGE_SIZE)
		return -PVOPS_EINVAL;
	while (count && !err) {
		u32 part = count < MAX_SECTORS ? count : MAX_SECTORS;

		err = transfer(blk, write, sector, buf, part);
		sector += part;
		buf += part * PVOPS_SECTOR;
		count -= part;
	}
	return err;
}

int pvops_block_read(struct pvops_block *blk, u64 sector, void *buf, u32 count)
{
	return move(blk, false, sector, buf, count);
}

int pvops_block_write(struct pvops_block *blk, u64 sector, const void *buf, u32 count)
{
	if (blk->read_only)
		return -PVOPS_EPERM;
	return move(blk, true, sector, (u8 *)(unsigned long)buf, count);
}

int pvops_block_flush(struct pvops_block *blk)
{
	struct blkif_request req = { .operation = BLKIF_OP_FLUSH_DISKCACHE };
	int err = ready(blk);

	if (err)
		return err;
	if (!blk->can_flush)
		return -PVOPS_ENOSYS;
	req.id = blk->next_id++;
	*(struct blkif_request *)ring_request(ring_of(blk)) = req;
	return carry_out(blk, req.id, req.operation);
}

void pvops_block_close(struct pvops_block *blk)
{
	pvops_bus_unshare(&blk->bus);
	blk->broken = true;
}
