// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A network of two: the domain and the one that has the other end, which answers ARP and pings at
 * 192.0.2.1 (tools/dom0/vif-bridge). Its kernel checks our checksums, we check its.
 */
#include <pvops/pvops.h>
#include "ping.h"

#define ETH		14
#define IP		(ETH + 20)
#define ICMP		(IP + 8)
#define ARP_LEN		(ETH + 28)
#define MS		1000000ULL
#define LIMIT		(2000 * MS)

static const u8 our_ip[4] = { 192, 0, 2, 2 }, their_ip[4] = { 192, 0, 2, 1 };
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
bool ping_find(struct pvops_net *net)
{
	static const u8 head[] = { 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1 };

	for (int i = 0; i < 6; i++)
		frame[i] = 0xff;
	put(frame + 6, net->mac, 6);
	put(frame + 12, head, sizeof(head));
	put(frame + 22, net->mac, 6);
	put(frame + 28, our_ip, 4);
	put(frame + 32, (const u8[6]){ 0 }, 6);
	put(frame + 38, their_ip, 4);
	for (int tries = 0; tries < 20; tries++) {
		u64 limit = pvops_time_clock() + 250 * MS;

		if (pvops_net_send(net, frame, ARP_LEN))
			return false;
		while (pvops_net_receive(net, answer, sizeof(answer), limit) > 0) {
			if (answer[12] != 8 || answer[13] != 6 || answer[21] != 2 ||
			    !equal(answer + 28, their_ip, 4) || !equal(answer, net->mac, 6))
				continue;
			put(their_mac, answer + 22, 6);
			return true;
		}
	}
	return false;
}

static u32 make(const struct pvops_net *net, u32 number, u32 payload)
{
	static const u8 ip[] = { 0x08, 0x00, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 1, 0, 0 };
	u32 len = ICMP + payload;

	put(frame, their_mac, 6);
	put(frame + 6, net->mac, 6);
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

bool ping(struct pvops_net *net, u32 number, u32 payload)
{
	u64 limit = pvops_time_clock() + LIMIT;
	u32 len = make(net, number, payload);
	int got;

	if (pvops_net_send(net, frame, len))
		return false;
	/* Its neighbour discovery and the like may come between. */
	while ((got = pvops_net_receive(net, answer, sizeof(answer), limit)) > 0)
		if (answers((u32)got, len))
			return true;
	return false;
}

u32 ping_flood(struct pvops_net *net, u32 nr, u32 payload, u32 *came)
{
	u64 limit = pvops_time_clock() + 500 * MS;
	u32 len = make(net, 1, payload), sent = 0;
	int got;

	*came = 0;
	for (u32 i = 0; i < nr; i++)
		sent += !pvops_net_send(net, frame, len);
	while ((got = pvops_net_receive(net, answer, sizeof(answer), limit)) > 0)
		*came += answers((u32)got, len);
	return sent;
}
