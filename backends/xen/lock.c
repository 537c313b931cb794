// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Waiting for a lock in the hypervisor: each CPU has a port that nobody handles; to wait is to
 * poll it, to kick is to send to it.
 */
#include "xen.h"

static void add_waiting(int n)
{
	__atomic_fetch_add(&xen_cpu()->waiting, (u32)n, __ATOMIC_RELAXED);
}

void xen_lock_wait(const u32 *word, u32 val)
{
	evtchn_port_t port = xen_cpu()->kicker;
	struct sched_poll op = { .nr_ports = 1 };

	set_xen_guest_handle(op.ports, &port);
	/*
	 * Cleared before the look: a kick that comes behind it is pending and ends the poll, one
	 * that came before it was for a change that we see.
	 */
	add_waiting(1);
	xen_port_clear(port);
	if (__atomic_load_n(word, __ATOMIC_SEQ_CST) == val)
		XEN_MUST("SCHEDOP_poll", xen_call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &op));
	add_waiting(-1);
	/* We have interrupted another wait, and may have eaten the kick that was for that one. */
	if (xen_cpu()->waiting)
		xen_port_set(port);
}

void xen_lock_kick(unsigned int cpu)
{
	struct evtchn_send op = { 0 };

	if (cpu >= PVOPS_MAX_CPUS || !pvops_get_host()->percpu(cpu))
		return;
	op.port = xen_cpu_of(cpu)->kicker;
	if (op.port)
		XEN_MUST("EVTCHNOP_send",
			 xen_call2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &op));
}
