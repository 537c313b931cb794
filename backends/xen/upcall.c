// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Delivery of event channels.
 *
 * Delivery masks the port and clears it; irq.eoi unmasks it. An event that comes meanwhile stays
 * pending and is delivered by the unmasking, so none is lost and none runs twice at once.
 */
#include "event.h"

/*
 * A CPU may be held by the host anywhere in here, while others unbind the irq and bind another:
 * who counts as inside keeps the place from being taken, and looks once more whether it is his.
 */
static void deliver(u32 port)
{
	unsigned int irq = xen_port_irq(port);
	struct xen_event *event = xen_events + irq;
	pvops_irq_handler_t handler;

	if (!irq)
		return;				/* unbound, and masked by that */
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

/* What this CPU looks after and has not taken. */
static unsigned long ready(unsigned int word)
{
	return __atomic_load_n(xen_shared->evtchn_pending + word, __ATOMIC_SEQ_CST) &
	       ~__atomic_load_n(xen_shared->evtchn_mask + word, __ATOMIC_SEQ_CST) &
	       xen_cpu_ports(pvops_cpu(), word);
}

/*
 * An HVM guest's enable is STI, which looks at no flag: Xen must announce what waits. It does so
 * for a port that it unmasks, and whose word was not selected yet.
 */
static void come_again(struct vcpu_info *vcpu)
{
	unsigned long words = __atomic_load_n(&vcpu->evtchn_pending_sel, __ATOMIC_SEQ_CST);

	for (; words; words &= words - 1) {
		unsigned int word = (unsigned int)__builtin_ctzl(words);
		unsigned long bits = word < MAX_WORDS ? ready(word) : 0;
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

static void scan(unsigned int word)
{
	unsigned long bits;

	while ((bits = ready(word))) {
		put_back(xen_this_vcpu(), word, bits & (bits - 1));
		deliver(word * WORD_BITS + (u32)__builtin_ctzl(bits));
	}
}

void xen_irq_handle(unsigned int vector)
{
	unsigned long words;

	/* The flag is cleared before the words are looked at: what is set later sets it again. */
	while (__atomic_exchange_n(&xen_this_vcpu()->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST)) {
		for (;;) {
			struct vcpu_info *vcpu = xen_this_vcpu();
			unsigned int word;

			words = __atomic_load_n(&vcpu->evtchn_pending_sel, __ATOMIC_SEQ_CST);
			if (!words)
				break;
			word = (unsigned int)__builtin_ctzl(words);
			__atomic_fetch_and(&vcpu->evtchn_pending_sel, ~(1UL << word),
					   __ATOMIC_SEQ_CST);
			if (word < MAX_WORDS)
				scan(word);
		}
	}
}
