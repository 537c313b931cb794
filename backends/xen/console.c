// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The console: Xen's own for the initial domain, the shared ring for all others.
 */
#include "xen.h"

#ifndef RING_PATIENCE
#define RING_PATIENCE	100000		/* yields until a reader that is not there is given up */
#endif

static struct xencons_interface *ring;
static u32 ring_port;
static u32 deaf_at;			/* out_cons when a reader was given up */
static bool deaf;

#ifdef __x86_64__
void xen_console_init(void)
{
	void *page;

	if (xen_dom0)
		return;
	page = xen_builder_page(xen_mfn_to_pfn(xen_start->console.domU.mfn));
	if (page)
		xen_console_ring(page, xen_start->console.domU.evtchn);
	else
		pvops_log("xen-pv: no console ring: its frame %lx is not the builder's",
			  (unsigned long)xen_start->console.domU.mfn);
}
#endif

void xen_console_ring(struct xencons_interface *to, u32 port)
{
	ring = to;
	ring_port = port;
}

void xen_console_port_is(u32 port)
{
	ring_port = port;
}

int xen_console_port(void)
{
	return ring_port ? (int)ring_port : -PVOPS_ENOSYS;
}

static void notify(void)
{
	struct evtchn_send op = { .port = ring_port };

	xen_call2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &op);
}

/* Room in the ring, by indices that the other side can write to: never more than its size. */
static u32 room(void)
{
	u32 used = ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE);

	return used < sizeof(ring->out) ? (u32)sizeof(ring->out) - used : 0;
}

void xen_console_write(const char *text, size_t len)
{
	if (!ring) {
		xen_call3(__HYPERVISOR_console_io, CONSOLEIO_write, len, text);
		return;
	}
	for (u32 waited = 0; len;) {
		if (!room()) {
			u32 cons = __atomic_load_n(&ring->out_cons, __ATOMIC_RELAXED);

			/* Not once more for each line, as long as nothing moves. */
			if (deaf && deaf_at == cons)
				break;
			deaf = waited == RING_PATIENCE;
			deaf_at = cons;
			if (deaf)
				break;
			notify();
			xen_call2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
			waited++;
			continue;
		}
		ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = *text++;
		__atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
		len--;
	}
	notify();
}

size_t pvops_xen_console_read(char *text, size_t len)
{
	u32 cons, there, n = 0;
	long got;

	if (!xen_shared)
		return 0;
	if (xen_dom0) {
		got = xen_call3(__HYPERVISOR_console_io, CONSOLEIO_read, len, text);
		return got > 0 ? (size_t)got : 0;
	}
	if (!ring)
		return 0;
	cons = ring->in_cons;
	there = __atomic_load_n(&ring->in_prod, __ATOMIC_ACQUIRE) - cons;
	if (there > sizeof(ring->in)) {
		/* More than fits in: whatever it is, nobody has typed it. */
		n = there;
		there = 0;
	}
	for (; there && len; there--, len--, n++)
		*text++ = ring->in[MASK_XENCONS_IDX(cons + n, ring->in)];
	if (!n)
		return 0;
	__atomic_store_n(&ring->in_cons, cons + n, __ATOMIC_RELEASE);
	notify();				/* there is room again */
	return n <= sizeof(ring->in) ? n : 0;
}

#ifdef __x86_64__
/*
 * Before anything is set up, even before start_info has been checked. A release Xen refuses its
 * console to all but the initial domain: then there is the ring, if the builder's word is good.
 */
void xen_emergency(const char *text, size_t len)
{
	struct xencons_interface *early;
	struct evtchn_send op;

	if (!xen_raw_call(__HYPERVISOR_console_io, CONSOLEIO_write, len, (unsigned long)text, 0) ||
	    !xen_start)
		return;
	early = xen_builder_page(xen_builder_pfn(xen_start->console.domU.mfn));
	if (!early)
		return;
	for (; len; len--)
		early->out[MASK_XENCONS_IDX(early->out_prod++, early->out)] = *text++;
	op.port = xen_start->console.domU.evtchn;
	xen_raw_call(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (unsigned long)&op, 0, 0);
}
#endif
