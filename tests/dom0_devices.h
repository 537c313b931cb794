/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The backends of the other domain: a disk, and a network peer that sends all frames back. */
#ifndef TESTS_DOM0_DEVICES_H
#define TESTS_DOM0_DEVICES_H

#include "dom0_store.h"

static void *granted(u32 ref)
{
	struct grant_entry_v1 *v1 = (struct grant_entry_v1 *)grant_table + ref;
	union grant_entry_v2 *v2 = (union grant_entry_v2 *)grant_table + ref;
	u64 frame = grant_version == 2 ? v2->full_page.frame : v1->frame;
	u16 flags = grant_version == 2 ? v2->hdr.flags : v1->flags;

	if ((flags & GTF_type_mask) != GTF_permit_access)
		abort();		/* a frontend that offers what it has not granted */
	return (void *)(frame << 12);
}

static struct {
	u32 port;
	struct shared_ring *ring;
	u32 cons;
} block;

static struct {
	u32 port;
	struct shared_ring *send, *receive;
	u32 send_cons, receive_cons;
	u32 offered;
	u8 frames[8][1600];
	u32 lens[8], nr;
} net;

static void set_number(const char *path, u32 number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	store_set(path, text);
}

static const char *backends = "back";

static void frontend_switched(const char *path, u32 state)
{
	bool disk_end = strstr(path, "vbd");
	char back[32];

	snprintf(back, sizeof(back), "%s/%s/state", backends, disk_end ? "vbd" : "vif");

	if (state == PVOPS_BUS_INITIALISING) {
		set_number(back, PVOPS_BUS_INIT_WAIT);
	} else if (state >= PVOPS_BUS_CLOSING) {
		set_number(back, state);
	} else if (disk_end && state == PVOPS_BUS_INITIALISED) {
		block.port = number_at("device/vbd/51712/event-channel");
		block.ring = granted(number_at("device/vbd/51712/ring-ref"));
		block.cons = 0;
		set_number(back, fault == BLOCK_CLOSES ? PVOPS_BUS_CLOSING :
							 PVOPS_BUS_CONNECTED);
	} else if (!disk_end && state == PVOPS_BUS_CONNECTED) {
		net.port = number_at("device/vif/0/event-channel");
		net.send = granted(number_at("device/vif/0/tx-ring-ref"));
		net.receive = granted(number_at("device/vif/0/rx-ring-ref"));
		net.send_cons = net.receive_cons = net.nr = 0;
		set_number(back, PVOPS_BUS_CONNECTED);
	}
}

static int16_t move_sectors(const struct blkif_request *req)
{
	u8 *at = disk + req->sector_number * 512;

	if (req->operation > BLKIF_OP_WRITE)
		return BLKIF_RSP_OKAY;
	for (int i = 0; i < req->nr_segments; i++) {
		u8 *page = granted(req->seg[i].gref);
		u32 first = req->seg[i].first_sect;
		u32 len = (req->seg[i].last_sect - first + 1U) * 512;

		if (req->operation == BLKIF_OP_WRITE)
			memcpy(at, page + first * 512, len);
		else
			memcpy(page + first * 512, at, len);
		at += len;
		if (fault == BLOCK_KEEPS)
			((struct grant_entry_v1 *)grant_table)[req->seg[i].gref].flags |=
				GTF_reading;
	}
	return BLKIF_RSP_OKAY;
}

static void block_works(void)
{
	struct blkif_request *reqs = (void *)block.ring->entries;

	if (fault == BLOCK_SILENT)
		return;
	while (block.cons != block.ring->req_prod) {
		struct blkif_request req = reqs[block.cons % 32];
		struct blkif_response rsp = { .id = req.id, .operation = req.operation };

		rsp.status = fault == BLOCK_ERROR	  ? BLKIF_RSP_ERROR
			     : fault == BLOCK_UNSUPPORTED ? BLKIF_RSP_EOPNOTSUPP
							  : move_sectors(&req);
		rsp.id += fault == BLOCK_ID;
		rsp.operation += fault == BLOCK_OPERATION;
		memcpy(reqs + block.cons++ % 32, &rsp, sizeof(rsp));
		block.ring->rsp_prod = block.cons + (fault == BLOCK_INDEX ? 5 : 0);
	}
}

static void net_takes(void)
{
	struct netif_tx_request *reqs = (void *)net.send->entries;

	while (net.send_cons != net.send->req_prod && fault != NET_SEND_SILENT) {
		struct netif_tx_request req = reqs[net.send_cons % 256];
		struct netif_tx_response rsp = { .id = req.id, .status = NETIF_RSP_OKAY };

		if (net.nr < 8) {
			memcpy(net.frames[net.nr], (u8 *)granted(req.gref) + req.offset, req.size);
			net.lens[net.nr++] = req.size;
		}
		rsp.id = fault == NET_SEND_ID ? 999 : rsp.id;
		memcpy(reqs + net.send_cons++ % 256, &rsp, sizeof(rsp));
		net.send->rsp_prod = net.send_cons + (fault == NET_SEND_INDEX ? 3 : 0);
	}
}

/* Every frame comes back as it went. */
static void net_gives(void)
{
	u8 *entries = net.receive->entries;

	for (u32 i = 0; i < net.nr && net.receive_cons != net.receive->req_prod; i++) {
		struct netif_rx_request req;
		struct netif_rx_response rsp = { 0 };

		memcpy(&req, entries + net.receive_cons % 256 * 8, sizeof(req));
		memcpy((u8 *)granted(req.gref) + 64, net.frames[i], net.lens[i]);
		rsp.id = req.id;
		rsp.offset = 64;
		rsp.status = (int16_t)net.lens[i];
		if (fault == NET_ID)
			rsp.id = 12345;
		if (fault == NET_LONG)
			rsp.offset = 4096 - 20;
		if (fault == NET_PARTS)
			rsp.flags = NETRXF_more_data;
		if (fault == NET_DROPS)
			rsp.status = NETIF_RSP_ERROR;
		memcpy(entries + net.receive_cons++ % 256 * 8, &rsp, sizeof(rsp));
		net.receive->rsp_prod = net.receive_cons + (fault == NET_INDEX ? 200 : 0);
	}
	net.nr = 0;
}

#endif /* TESTS_DOM0_DEVICES_H */
