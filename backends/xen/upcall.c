// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Delivery of event channels.
 *
 * Delivery masks the port and clears it; irq.eoi unmasks it. An event that comes meanwhile stays
 * pending and is delivered by the unmasking, so none is lost and none runs twice at once.
 */
#include "event.h"

/*
 * An HVM guest's enable is STI, which looks at no flag: Xen must announce what waits. It does so
 * for a port that it unmasks, and whose word was not selected yet.
 */
static void come_again(struct vcpu_info *vcpu)
{
	unsigned long words = __atomic_load_n(&vcpu->evtchn_pending_sel, __ATOMIC_SEQ_CST);

	for (; words; words &= words - 1) {
		unsigned int word = (unsigned int)__builtin_ctzl(words);
		unsigned long bits = xen_ports_ready(word);
		const struct xen_event *event;
		struct evtchn_unmask op;

		if (!bits)
			continue;
		/* The last one: it is the first that is about to be handled. */
		op.port = word * WORD_BITS + WORD_BITS - 1 - (u32)__builtin_clzl(bits);
		xen_port_mask(op.port);
		__atomic_fetch_and(&vcpu->evtchn_pending_sel, ~(1UL << word), __ATOMIC_SEQ_CST);
		XEN_MUST("EVTCHNOP_unmask", evtchn(EVTCHNOP_unmask, &op));
		event = xen_event_of(xen_port_irq(op.port));
		if (!event || event->masked)
			xen_port_mask(op.port);	/* by another CPU, meanwhile */
		return;
	}
}

/*
 * Before a handler is called, what is left is put back where an upcall looks for it: the handler
 * may enable events, or not come back for a while, or on another CPU.
 */
static void put_back(struct vcpu_info *vcpu, unsigned int word, bool more)
{
	if (more)
		__atomic_fetch_or(&vcpu->evtchn_pending_sel, 1UL << word, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&vcpu->evtchn_pending_sel, __ATOMIC_RELAXED))
		return;
	if (xen_way == XEN_SYSCALL)
		__atomic_store_n(&vcpu->evtchn_upcall_pending, 1, __ATOMIC_RELAXED);
	else if (!__atomic_load_n(&vcpu->evtchn_upcall_pending, __ATOMIC_SEQ_CST))
		come_again(vcpu);	/* else Xen has just announced something */
}

/*
 * A CPU may be held by the host anywhere in here, while others unbind the irq and bind another:
 * who counts as inside keeps the place from being taken, and looks once more whether it is his.
 */
static void deliver(u32 port, unsigned long more, void *data)
{
	unsigned int irq = xen_port_irq(port);
	struct xen_event *event = xen_events + irq;
	pvops_irq_handler_t handler;

	if (!irq)
		return;				/* unbound, and masked by that */
	put_back(xen_this_vcpu(), port / WORD_BITS, more);
	__atomic_fetch_add(&event->running, 1, __ATOMIC_SEQ_CST);
	if (xen_port_irq(port) == irq) {
		xen_port_mask(port);
		xen_port_clear(port);
		handler = __atomic_load_n(&event->handler, __ATOMIC_SEQ_CST);
		if (xen_cpu()->timer == irq && !xen_timer_due())
			xen_irq_eoi(irq);
		else if (handler)
			handler(xen_first_irq + irq, event->data);
	}
	__atomic_fetch_sub(&event->running, 1, __ATOMIC_SEQ_CST);
}

void xen_irq_handle(unsigned int vector)
{
	/* The flag is cleared before the words are looked at: what is set later sets it again. */
	while (__atomic_exchange_n(&xen_this_vcpu()->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST))
		xen_ports_scan(deliver, NULL);
}
