// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The network frontend. Each slot is a page that stays granted: frames are copied out of it and
 * into it, so the backend never has anything else of ours.
 */
#include <pvops/pvops.h>
#include <pvops/xen-grant.h>
#include <pvops/xen-net.h>
#include <pvops/xen-store.h>
#include <pvops/xen.h>
#include "public.h"
#include "ring.h"

#define CONNECT_NS	30000000000ULL	/* scripts of the other end run meanwhile */
#define SEND_NS		5000000000ULL
#define MIN_FRAME	14

union sent {
	struct netif_tx_request req;
	struct netif_tx_response rsp;
};

union received {
	struct netif_rx_request req;
	struct netif_rx_response rsp;
};

_Static_assert(sizeof(((struct pvops_net *)0)->send_ring) == sizeof(struct front_ring),
	       "not the same ring");

static struct front_ring *send_ring(struct pvops_net *net)
{
	return (struct front_ring *)&net->send_ring;
}

static struct front_ring *receive_ring(struct pvops_net *net)
{
	return (struct front_ring *)&net->receive_ring;
}

static int give_up(struct pvops_net *net, const char *why)
{
	net->broken = true;
	pvops_log("%s: %s: not used any more", net->bus.front, why);
	return -PVOPS_EPROTO;
}

static void copy(void *to, const void *from, u32 len)
{
	u8 *t = to;
	const u8 *f = from;

	while (len--)
		*t++ = *f++;
}

static int make_slots(struct pvops_net *net, struct pvops_net_slot *slots, u32 nr, bool readonly)
{
	for (u32 i = 0; i < nr; i++) {
		if (!slots[i].page)
			slots[i].page = pvops_get_host()->alloc_pages(0);
		if (!slots[i].page)
			return -PVOPS_ENOMEM;
		slots[i].busy = false;
		slots[i].ref = pvops_grant_give(net->bus.domid, slots[i].page, readonly);
		if (slots[i].ref < 0)
			return slots[i].ref;
	}
	return 0;
}

/* Grants of before a restore are nobody's. */
static void forget(struct pvops_net_slot *slots, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		slots[i].ref = 0;
}

static void free_slots(struct pvops_net *net, struct pvops_net_slot *slots, u32 nr)
{
	bool stale = pvops_bus_stale(&net->bus);

	for (u32 i = 0; i < nr; i++) {
		if (!slots[i].page)
			continue;
		if (slots[i].ref > 0 && !stale && pvops_grant_end(slots[i].ref))
			pvops_log("%s: a page is still mapped over there: kept", net->bus.front);
		else
			pvops_get_host()->free_pages(slots[i].page, 0);
		slots[i].page = NULL;
		slots[i].ref = 0;
	}
}

/* Let the backend fill a slot. */
static bool offer(struct pvops_net *net, u32 slot)
{
	struct netif_rx_request *req = ring_request(receive_ring(net));

	net->receive[slot].busy = true;
	*req = (struct netif_rx_request){ .id = (u16)slot, .gref = (u32)net->receive[slot].ref };
	return ring_push(receive_ring(net));
}

static int publish(struct pvops_net *net)
{
	const struct {
		const char *name;
		u64 value;
	} nodes[] = {
		{ "tx-ring-ref", (u64)net->bus.ref[0] }, { "rx-ring-ref", (u64)net->bus.ref[1] },
		{ "event-channel", net->bus.port }, { "request-rx-copy", 1 },
		{ "feature-rx-notify", 1 }, { "feature-sg", 0 }, { "feature-gso-tcpv4", 0 },
		{ "feature-gso-tcpv6", 0 }, { "feature-no-csum-offload", 1 },
	};
	char path[64];
	int err = 0;

	for (u32 i = 0; !err && i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		pvops_snprintf(path, sizeof(path), "%s/%s", net->bus.front, nodes[i].name);
		err = pvops_store_write_number(0, path, nodes[i].value);
	}
	/* A network frontend goes straight to connected; the backend follows. */
	return err ? err : pvops_bus_switch(&net->bus, PVOPS_BUS_CONNECTED);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_mac(struct pvops_net *net)
{
	char path[64], text[20];
	int len;

	pvops_snprintf(path, sizeof(path), "%s/mac", net->bus.front);
	len = pvops_store_read(0, path, text, sizeof(text));
	if (len < 0)
		return len;
	for (int i = 0; i < 6; i++) {
		int high = len == 17 ? digit(text[3 * i]) : -1, low = digit(text[3 * i + 1]);

		if (high < 0 || low < 0)
			return -PVOPS_EINVAL;
		net->mac[i] = (u8)(high << 4 | low);
	}
	return 0;
}

static int share(struct pvops_net *net)
{
	int err;

	if (pvops_bus_stale(&net->bus)) {
		forget(net->send, PVOPS_NET_SEND_SLOTS);
		forget(net->receive, PVOPS_NET_RECEIVE_SLOTS);
	}
	err = pvops_bus_share(&net->bus, 2);
	if (err)
		return err;
	ring_init(send_ring(net), net->bus.ring[0], sizeof(union sent));
	ring_init(receive_ring(net), net->bus.ring[1], sizeof(union received));
	err = make_slots(net, net->send, PVOPS_NET_SEND_SLOTS, true);
	if (!err)
		err = make_slots(net, net->receive, PVOPS_NET_RECEIVE_SLOTS, false);
	for (u32 i = 0; !err && i < PVOPS_NET_RECEIVE_SLOTS; i++)
		offer(net, i);
	if (!err)
		err = publish(net);
	return err ? err : pvops_bus_wait(&net->bus, PVOPS_BUS_CONNECTED, CONNECT_NS);
}

/* From the backend's node on: also after a restore. */
static int connect(struct pvops_net *net)
{
	int err = pvops_bus_switch(&net->bus, PVOPS_BUS_INITIALISING);

	if (!err)
		err = pvops_bus_wait(&net->bus, PVOPS_BUS_INIT_WAIT, CONNECT_NS);
	if (err)
		return err;
	err = share(net);
	if (!err && pvops_xen_notify(net->bus.port))
		err = -PVOPS_EIO;
	if (err) {
		pvops_log("%s: no connection to %s: error %d", net->bus.front, net->bus.back, err);
		pvops_net_close(net);
	}
	return err;
}

int pvops_net_open(struct pvops_net *net, unsigned int index)
{
	int err;

	*net = (struct pvops_net){ 0 };
	err = pvops_bus_find(&net->bus, "vif", index);
	if (!err)
		err = read_mac(net);
	return err ? err : connect(net);
}

/* Frames that were under way at a restore are lost; then the connection is made again. */
static int ready(struct pvops_net *net)
{
	int err;

	if (net->broken)
		return -PVOPS_EPROTO;
	if (!pvops_bus_stale(&net->bus))
		return 0;
	err = pvops_bus_find_back(&net->bus);
	if (!err)
		err = connect(net);
	return err ? give_up(net, "not there after a restore") : 0;
}

/* Slots that the backend is done with. */
static int reap(struct pvops_net *net)
{
	struct netif_tx_response rsp;
	int got;

	while ((got = ring_response(send_ring(net), &rsp, sizeof(rsp))) > 0) {
		if (rsp.id >= PVOPS_NET_SEND_SLOTS || !net->send[rsp.id].busy)
			return give_up(net, "a response to what was not sent");
		net->send[rsp.id].busy = false;
	}
	return got < 0 ? give_up(net, "the sending ring's indices make no sense") : 0;
}

static int free_slot(const struct pvops_net *net)
{
	int slot = 0;

	while (slot < PVOPS_NET_SEND_SLOTS && net->send[slot].busy)
		slot++;
	return slot;
}

int pvops_net_send(struct pvops_net *net, const void *frame, u32 len)
{
	u64 deadline = pvops_time_clock() + SEND_NS;
	int slot, err = ready(net);

	if (err)
		return err;
	if (len < MIN_FRAME || len > PVOPS_NET_MAX_FRAME)
		return -PVOPS_EINVAL;
	for (;;) {
		err = reap(net);
		if (err)
			return err;
		slot = free_slot(net);
		if (slot < PVOPS_NET_SEND_SLOTS)
			break;
		if (pvops_time_clock() >= deadline)
			return -PVOPS_ETIMEDOUT;
		pvops_xen_wait(net->bus.irq, deadline);
	}
	copy(net->send[slot].page, frame, len);
	net->send[slot].busy = true;
	*(struct netif_tx_request *)ring_request(send_ring(net)) = (struct netif_tx_request){
		.gref = (u32)net->send[slot].ref, .id = (u16)slot, .size = (u16)len,
	};
	if (ring_push(send_ring(net)) && pvops_xen_notify(net->bus.port))
		return -PVOPS_EIO;
	return 0;
}

/* One response: its length, 0 for one that is dropped, or -EPROTO. */
static int take(struct pvops_net *net, const struct netif_rx_response *rsp, void *frame, u32 size)
{
	struct pvops_net_slot *slot = &net->receive[rsp->id % PVOPS_NET_RECEIVE_SLOTS];
	int len = rsp->status;

	if (rsp->id >= PVOPS_NET_RECEIVE_SLOTS || !slot->busy)
		return give_up(net, "a frame in what was not offered");
	if (rsp->flags & (NETRXF_more_data | NETRXF_extra_info))
		return give_up(net, "a frame in parts, which was not offered");
	if (len > 0 && rsp->offset + (u32)len > PVOPS_PAGE_SIZE)
		return give_up(net, "a frame beyond its page");
	if (len >= MIN_FRAME) {
		copy(frame, (u8 *)slot->page + rsp->offset, (u32)len < size ? (u32)len : size);
	} else {
		net->dropped++;
		len = 0;
	}
	if (offer(net, rsp->id) && pvops_xen_notify(net->bus.port))
		return give_up(net, "the backend cannot be told");
	return len;
}

int pvops_net_receive(struct pvops_net *net, void *frame, u32 size, u64 deadline)
{
	struct netif_rx_response rsp;
	int got = ready(net);

	if (got)
		return got;
	for (;;) {
		got = ring_response(receive_ring(net), &rsp, sizeof(rsp));
		if (got < 0)
			return give_up(net, "the receiving ring's indices make no sense");
		if (got)
			got = take(net, &rsp, frame, size);
		if (got)
			return got;
		if (pvops_time_clock() >= deadline)
			return -PVOPS_ETIMEDOUT;
		pvops_xen_wait(net->bus.irq, deadline);
	}
}

void pvops_net_close(struct pvops_net *net)
{
	pvops_bus_unshare(&net->bus);
	free_slots(net, net->send, PVOPS_NET_SEND_SLOTS);
	free_slots(net, net->receive, PVOPS_NET_RECEIVE_SLOTS);
	net->broken = true;
}
