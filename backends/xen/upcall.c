// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Delivery of event channels.
 *
 * Delivery masks the port and clears it; irq.eoi unmasks it. An event that comes meanwhile stays
 * pending and is delivered by the unmasking, so none is lost and none runs twice at once.
 */
#include "event.h"

static void deliver(u32 port)
{
	unsigned int irq = xen_port_irq(port);
	struct xen_event *event = xen_event_of(irq);
	pvops_irq_handler_t handler;

	xen_port_mask(port);
	xen_port_clear(port);
	if (!event)
		return;				/* stays masked: nobody wants it */
	if (xen_cpu()->timer == irq && !xen_timer_due()) {
		xen_irq_eoi(irq);
		return;
	}
	__atomic_fetch_add(&event->running, 1, __ATOMIC_SEQ_CST);
	handler = __atomic_load_n(&event->handler, __ATOMIC_SEQ_CST);
	if (handler)
		handler(xen_first_irq + irq, event->data);
	__atomic_fetch_sub(&event->running, 1, __ATOMIC_SEQ_CST);
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
	__atomic_store_n(&vcpu->evtchn_upcall_pending, 1, __ATOMIC_RELAXED);
	/* A PV guest's enable looks at the flag; an HVM one's is STI: Xen looks when we return. */
	if (xen_way != XEN_SYSCALL)
		xen_call2(__HYPERVISOR_xen_version, XENVER_version, 0);
}

static void scan(unsigned int word)
{
	unsigned long bits;

	for (;;) {
		unsigned int cpu = pvops_cpu();

		bits = __atomic_load_n(xen_shared->evtchn_pending + word, __ATOMIC_SEQ_CST) &
		       ~__atomic_load_n(xen_shared->evtchn_mask + word, __ATOMIC_SEQ_CST) &
		       xen_cpu_ports(cpu, word);
		if (!bits)
			return;
		put_back(xen_vcpu(), word, bits & (bits - 1));
		deliver(word * WORD_BITS + (u32)__builtin_ctzl(bits));
	}
}

void xen_irq_handle(unsigned int vector)
{
	unsigned long words;

	/* The flag is cleared before the words are looked at: what is set later sets it again. */
	while (__atomic_exchange_n(&xen_vcpu()->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST)) {
		for (;;) {
			struct vcpu_info *vcpu = xen_vcpu();
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
