// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The console: dom0 writes through the hypervisor, a domU into the ring it shares with the
 * console daemon. Neither waits for ever.
 */
#include "xen.h"
#include <xen/io/console.h>
#include <xen/sched.h>

#define RING_TRIES	100000

static struct xen_lock lock;

/* Xen copies through a small buffer of its own; there is no limit to mind. */
static void write_hypervisor(const char *text, size_t len)
{
	xen_hypercall_raw(__HYPERVISOR_console_io, CONSOLEIO_write, len, XEN_ARG(text), 0);
}

static struct xencons_interface *find_ring(const struct start_info *si)
{
	unsigned long mfn = si->console.domU.mfn, pfn;

	/* Before the p2m is checked: the builder's word, for a page it has mapped itself. */
	if (!mfn)
		return NULL;
	pfn = machine_to_phys_mapping[mfn];
	if (pfn >= si->nr_pages)
		return NULL;
	return (struct xencons_interface *)(PVOPS_VIRT_BASE + (pfn << PVOPS_PAGE_SHIFT));
}

static void notify(const struct start_info *si)
{
	struct evtchn_send send = { .port = si->console.domU.evtchn };

	xen_hypercall_raw(__HYPERVISOR_event_channel_op, EVTCHNOP_send, XEN_ARG(&send), 0, 0);
}

static void write_ring(const struct start_info *si, const char *text, size_t len)
{
	struct xencons_interface *ring = find_ring(si);
	u32 tries = RING_TRIES, prod;

	if (!ring)
		return;
	prod = ring->out_prod;
	while (len) {
		/* Read once: the other side may write what it likes. */
		u32 cons = __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE);

		if (prod - cons >= sizeof(ring->out)) {
			/* Full, or nonsense; a reader that is gone must not stop us. */
			if (!tries--)
				break;
			notify(si);
			xen_hypercall_raw(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
			continue;
		}
		ring->out[MASK_XENCONS_IDX(prod++, ring->out)] = *text++;
		len--;
		__atomic_store_n(&ring->out_prod, prod, __ATOMIC_RELEASE);
	}
	notify(si);
}

void xen_emergency_write(const struct start_info *si, const char *text, size_t len)
{
	if (!si)
		return;
	if (si->flags & SIF_INITDOMAIN)
		write_hypervisor(text, len);
	else
		write_ring(si, text, len);
}

void xen_console_write(const char *text, size_t len)
{
	u32 tries = RING_TRIES;

	if (xen_dom0) {
		write_hypervisor(text, len);
		return;
	}
	/* Any context: an NMI inside of it must get through, if garbled. */
	while (__atomic_exchange_n(&lock.taken, 1, __ATOMIC_ACQUIRE) && tries--)
		xen_hypercall_raw(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
	write_ring(xen_start_info, text, len);
	__atomic_store_n(&lock.taken, 0, __ATOMIC_RELEASE);
}
