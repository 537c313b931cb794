// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Bytes to and from xenstored. The other end can write anything into the page: indices are read
 * once and checked, and a page that makes no sense is not used again.
 */
#include "store.h"

static struct xenstore_domain_interface *ring;
static u32 port, irq;
static bool broken;
static u32 generation;			/* of the domain, in which we connected */

int store_ring_init(void)
{
	int err;

	if (ring && generation == pvops_xen_generation())
		return broken ? -PVOPS_EPROTO : 0;
	/* The port has been left behind; what was on its way to us, too. */
	if (ring)
		pvops_irq_unbind(irq);
	generation = pvops_xen_generation();
	broken = false;
	ring = pvops_xen_store_page(&port);
	if (!ring)
		return -PVOPS_ENODEV;
	err = pvops_xen_listen(port, true);
	if (err < 0) {
		ring = NULL;
		return err;
	}
	irq = (u32)err;
	if (generation)
		ring->rsp_cons = ring->rsp_prod;
	return 1;
}

void store_broken(const char *why)
{
	broken = true;
	pvops_log("xenstore: %s: not used any more", why);
}

/* What can be taken from a ring with these indices; more than it holds is nonsense. */
static int filled(u32 prod, u32 cons)
{
	if (prod - cons <= XENSTORE_RING_SIZE)
		return (int)(prod - cons);
	store_broken("the ring's indices make no sense");
	return -PVOPS_EPROTO;
}

int store_put(const void *bytes, u32 len, u64 deadline)
{
	const char *from = bytes;

	while (len && !broken) {
		u32 prod = ring->req_prod, n = 0;
		int used = filled(prod, __atomic_load_n(&ring->req_cons, __ATOMIC_ACQUIRE));

		if (used < 0)
			return used;
		while (n < len && (u32)used + n < XENSTORE_RING_SIZE) {
			ring->req[MASK_XENSTORE_IDX(prod + n)] = *from++;
			n++;
		}
		__atomic_store_n(&ring->req_prod, prod + n, __ATOMIC_SEQ_CST);
		len -= n;
		if (n && pvops_xen_notify(port))
			return -PVOPS_EIO;
		if (!len)
			break;
		if (pvops_time_clock() >= deadline) {
			store_broken("a request is not taken");
			return -PVOPS_ETIMEDOUT;
		}
		pvops_xen_wait(irq, deadline);
	}
	return broken ? -PVOPS_EPROTO : 0;
}

static int readable(void)
{
	return filled(__atomic_load_n(&ring->rsp_prod, __ATOMIC_ACQUIRE), ring->rsp_cons);
}

bool store_readable(u64 deadline)
{
	int there;

	while (!broken && !(there = readable()) && pvops_time_clock() < deadline)
		pvops_xen_wait(irq, deadline);
	return !broken && there > 0;
}

int store_get(void *bytes, u32 len, u64 deadline)
{
	char *to = bytes;

	while (len) {
		u32 cons = ring->rsp_cons, n = 0;
		int there;

		if (!store_readable(deadline))
			return broken ? -PVOPS_EPROTO : -PVOPS_ETIMEDOUT;
		there = readable();
		if (there < 0)
			return there;
		while (n < len && n < (u32)there) {
			*to++ = ring->rsp[MASK_XENSTORE_IDX(cons + n)];
			n++;
		}
		__atomic_store_n(&ring->rsp_cons, cons + n, __ATOMIC_SEQ_CST);
		len -= n;
		/* It waits for room only where there was none. */
		if ((u32)there == XENSTORE_RING_SIZE && pvops_xen_notify(port))
			return -PVOPS_EIO;
	}
	return 0;
}
