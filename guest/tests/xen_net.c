// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* A network interface of another domain: pings to it, more than fits into its rings. */
#include "../ping.h"
#include "util.h"
#include <pvops/errno.h>
#include <pvops/xen-store.h>

static struct pvops_net net;
static u8 frame[PVOPS_NET_MAX_FRAME + 1];

GUEST_TEST(xen_net_pings_come_back)
{
	int err;

	if (pvops_store_init())
		SKIP("no xenstore");
	err = pvops_net_open(&net, 0);
	if (err == -PVOPS_ENOENT)
		SKIP("no network interface");
	ASSERT(!err);
	EXPECT(ping_find(&net));
	for (u32 i = 0; i < 200 && !net.broken; i++)
		EXPECT(ping(&net, i, i * 7 % 1473));
	EXPECT(ping(&net, 1000, 1472));
	EXPECT(pvops_net_send(&net, frame, 13) == -PVOPS_EINVAL);
	EXPECT(pvops_net_send(&net, frame, PVOPS_NET_MAX_FRAME + 1) == -PVOPS_EINVAL);
	EXPECT(!net.broken && !net.dropped);
	pvops_net_close(&net);
	EXPECT(pvops_net_send(&net, frame, 60) == -PVOPS_EPROTO);
}

GUEST_TEST(xen_net_more_than_fits)
{
	u32 sent, came;
	int err;

	if (pvops_store_init())
		SKIP("no xenstore");
	err = pvops_net_open(&net, 0);
	if (err == -PVOPS_ENOENT)
		SKIP("no network interface");
	ASSERT(!err);
	EXPECT(ping_find(&net));
	/* Twice the slots of either side, unread: what does not fit is lost, the rest is right. */
	sent = ping_flood(&net, 2 * PVOPS_NET_RECEIVE_SLOTS, 500, &came);
	EXPECT(sent == 2 * PVOPS_NET_RECEIVE_SLOTS);
	NOTE("%u of %u came back", came, sent);
	EXPECT(came >= PVOPS_NET_RECEIVE_SLOTS / 2 && came <= sent);
	EXPECT(ping(&net, 2, 100));
	pvops_net_close(&net);
}
