// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A network of two: the domain and the one that has the other end, which answers ARP and pings at
 * 192.0.2.1 (tools/dom0/vif-bridge). Its kernel checks our checksums, we check its.
 */
#include "util.h"
#include <pvops/errno.h>
#include <pvops/xen-net.h>
#include <pvops/xen-store.h>

#define ETH		14
#define IP		(ETH + 20)
#define ICMP		(IP + 8)
#define ARP_LEN		(ETH + 28)
#define LIMIT		(2000 * MS)

static const u8 our_ip[4] = { 192, 0, 2, 2 }, their_ip[4] = { 192, 0, 2, 1 };
static struct pvops_net net;
static u8 frame[1600], answer[1600], their_mac[6];

static void put(u8 *at, const u8 *from, u32 len)
{
	for (u32 i = 0; i < len; i++)
		at[i] = from[i];
}

static bool equal(const u8 *a, const u8 *b, u32 len)
{
	for (u32 i = 0; i < len; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static void put16(u8 *at, u32 val)
{
	at[0] = (u8)(val >> 8);
	at[1] = (u8)val;
}

/* RFC 1071; 0 over something that has its checksum in it. */
static u16 checksum(const u8 *at, u32 len)
{
	u32 sum = 0;

	for (u32 i = 0; i < len; i++)
		sum += i & 1 ? at[i] : (u32)at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

/* Send until the answer comes: the other end needs a moment to be up. */
static bool find_them(void)
{
	static const u8 head[] = { 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1 };

	for (int i = 0; i < 6; i++)
		frame[i] = 0xff;
	put(frame + 6, net.mac, 6);
	put(frame + 12, head, sizeof(head));
	put(frame + 22, net.mac, 6);
	put(frame + 28, our_ip, 4);
	put(frame + 32, (const u8[6]){ 0 }, 6);
	put(frame + 38, their_ip, 4);
	for (int tries = 0; tries < 20; tries++) {
		u64 limit = pvops_time_clock() + 250 * MS;

		if (pvops_net_send(&net, frame, ARP_LEN))
			return false;
		while (pvops_net_receive(&net, answer, sizeof(answer), limit) > 0) {
			if (answer[12] != 8 || answer[13] != 6 || answer[21] != 2 ||
			    !equal(answer + 28, their_ip, 4) || !equal(answer, net.mac, 6))
				continue;
			put(their_mac, answer + 22, 6);
			return true;
		}
	}
	return false;
}

static u32 make_ping(u32 number, u32 payload)
{
	static const u8 ip[] = { 0x08, 0x00, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 1, 0, 0 };
	u32 len = ICMP + payload;

	put(frame, their_mac, 6);
	put(frame + 6, net.mac, 6);
	put(frame + 12, ip, sizeof(ip));
	put16(frame + ETH + 2, len - ETH);
	put(frame + 26, our_ip, 4);
	put(frame + 30, their_ip, 4);
	put16(frame + ETH + 10, checksum(frame + ETH, 20));
	put(frame + IP, (const u8[8]){ 8 }, 8);
	put16(frame + IP + 4, 0x7076);
	put16(frame + IP + 6, number);
	for (u32 i = 0; i < payload; i++)
		frame[ICMP + i] = (u8)(i * 7 + number);
	put16(frame + IP + 2, checksum(frame + IP, len - IP));
	return len;
}

/* Is it the answer to the ping in frame, with nothing changed that should not be? */
static bool answers(u32 got, u32 len)
{
	return got == len && answer[23] == 1 && answer[IP] == 0 &&
	       !checksum(answer + ETH, 20) && !checksum(answer + IP, len - IP) &&
	       equal(answer + 26, their_ip, 4) &&
	       equal(answer + IP + 4, frame + IP + 4, len - IP - 4);
}

static bool ping(u32 number, u32 payload)
{
	u64 limit = pvops_time_clock() + LIMIT;
	u32 len = make_ping(number, payload);
	int got;

	if (pvops_net_send(&net, frame, len))
		return false;
	/* Its neighbour discovery and the like may come between. */
	while ((got = pvops_net_receive(&net, answer, sizeof(answer), limit)) > 0)
		if (answers((u32)got, len))
			return true;
	return false;
}

GUEST_TEST(xen_net_pings_come_back)
{
	int err;

	if (pvops_store_init())
		SKIP("no xenstore");
	err = pvops_net_open(&net, 0);
	if (err == -PVOPS_ENOENT)
		SKIP("no network interface");
	ASSERT(!err);
	EXPECT(find_them());
	for (u32 i = 0; i < 200 && !net.broken; i++)
		EXPECT(ping(i, i * 7 % 1473));
	EXPECT(ping(1000, 1472));
	EXPECT(pvops_net_send(&net, frame, 13) == -PVOPS_EINVAL);
	EXPECT(pvops_net_send(&net, frame, PVOPS_NET_MAX_FRAME + 1) == -PVOPS_EINVAL);
	EXPECT(!net.broken && !net.dropped);
	pvops_net_close(&net);
	EXPECT(pvops_net_send(&net, frame, 60) == -PVOPS_EPROTO);
}

GUEST_TEST(xen_net_more_than_fits)
{
	u64 limit;
	u32 len, sent = 0, came = 0;
	int got;

	if (pvops_store_init())
		SKIP("no xenstore");
	got = pvops_net_open(&net, 0);
	if (got == -PVOPS_ENOENT)
		SKIP("no network interface");
	ASSERT(!got);
	EXPECT(find_them());
	/* Twice the slots of either side, unread: what does not fit is lost, the rest is right. */
	len = make_ping(1, 500);
	for (int i = 0; i < 2 * PVOPS_NET_RECEIVE_SLOTS; i++)
		sent += !pvops_net_send(&net, frame, len);
	EXPECT(sent == 2 * PVOPS_NET_RECEIVE_SLOTS);
	limit = pvops_time_clock() + 500 * MS;
	while ((got = pvops_net_receive(&net, answer, sizeof(answer), limit)) > 0)
		came += answers((u32)got, len);
	NOTE("%u of %u came back", came, sent);
	EXPECT(came >= PVOPS_NET_RECEIVE_SLOTS / 2 && came <= sent);
	EXPECT(ping(2, 100));
	pvops_net_close(&net);
}
