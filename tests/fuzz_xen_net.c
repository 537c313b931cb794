// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A network backend that writes anything into both rings, the pages, the grant table and its
 * nodes: frames come out of the slot that was offered, never from beyond it, or not at all.
 */
#include "fuzz_dom0.h"

static const char *const theirs[] = {
	"device/vif/0/mac", "back/vif/state", "device/vif/0/backend-id", "device/vif/0/backend",
};

static struct pvops_net nic;

/* A frame as it should be, or with one field wrong. */
static void give(void)
{
	u8 *entry = net.receive->entries + net.receive_cons % 256 * 8;
	struct netif_rx_request req;
	struct netif_rx_response rsp = { 0 };
	u32 wrong = byte();

	memcpy(&req, entry, sizeof(req));
	rsp.id = wrong % 8 == 1 ? word() : req.id;
	rsp.offset = wrong % 8 == 2 ? word() : byte();
	rsp.status = wrong % 8 == 3 ? (int16_t)word() : (int16_t)(14 + byte());
	rsp.flags = wrong % 8 == 4 ? byte() : 0;
	memcpy(entry, &rsp, sizeof(rsp));
	net.receive->rsp_prod = ++net.receive_cons;
}

static void taken(void)
{
	u8 *entry = net.send->entries + net.send_cons % 256 * 12;
	struct netif_tx_request req;
	struct netif_tx_response rsp;

	memcpy(&req, entry, sizeof(req));
	rsp = (struct netif_tx_response){ .id = byte() % 8 ? req.id : word() };
	memcpy(entry, &rsp, sizeof(rsp));
	net.send->rsp_prod = ++net.send_cons;
}

static void backend(u32 port)
{
	for (u32 n = byte() % 4; n && net.send; n--) {
		switch (byte() % 5) {
		case 0:
			give();
			break;
		case 1:
			taken();
			break;
		case 2:
			meddle_with_ring(net.send);
			break;
		case 3:
			meddle_with_ring(net.receive);
			break;
		case 4:
			meddle_with_grants();
			break;
		}
	}
}

static void send(void)
{
	u32 len = word() % 1600;
	u8 *frame = malloc(len + 1);
	int err;

	memset(frame, 0x5a, len + 1);
	err = pvops_net_send(&nic, frame, len);
	check(err || (len >= 14 && len <= PVOPS_NET_MAX_FRAME));
	free(frame);
}

static void receive(void)
{
	u32 size = word() % 2000;
	u8 *frame = malloc(size + 1);
	int len = pvops_net_receive(&nic, frame, size, clock_ns + 2000000000);

	check(len < 0 || (len >= 14 && len <= 4096));
	free(frame);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	int err;

	input(data, size);
	world(backend);
	for (u32 n = byte() % 3; n; n--)
		meddle_with_node(theirs, sizeof(theirs) / sizeof(*theirs));
	err = pvops_net_open(&nic, byte() % 8 / 7);
	if (!err) {
		for (int i = 0; i < 40 && left; i++) {
			bool was_broken = nic.broken;
			u32 asked = nic.send_ring.req_prod;

			if (byte() & 1)
				send();
			else
				receive();
			check(!was_broken || nic.send_ring.req_prod == asked);
			check(nic.send_ring.req_prod - nic.send_ring.rsp_cons <=
			      PVOPS_NET_SEND_SLOTS);
			check(nic.receive_ring.req_prod - nic.receive_ring.rsp_cons <=
			      PVOPS_NET_RECEIVE_SLOTS);
		}
		check(lines_with("not used any more") == nic.broken);
		pvops_net_close(&nic);
	}
	check(!nic.bus.ring[0] && !nic.send[0].page);
	world_ends();
	return 0;
}
