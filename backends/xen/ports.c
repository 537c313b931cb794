// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Ports of event channels, 2-level: words of bits that Xen and all CPUs share, and which CPU looks
 * after which. What a port is for is no business of this file.
 */
#include "event.h"

/* Which ports each CPU looks after, and by which it is sent IPIs. */
static PVOPS_PER_CPU(unsigned long [MAX_WORDS], links);
static PVOPS_PER_CPU(u32 [PVOPS_MAX_IPIS], ipis);

void xen_port_link(u32 port, unsigned int cpu)
{
	__atomic_fetch_or(word_of(pvops_per_cpu(links, cpu), port), bit_of(port), __ATOMIC_SEQ_CST);
}

void xen_port_unlink(u32 port, unsigned int cpu)
{
	__atomic_fetch_and(word_of(pvops_per_cpu(links, cpu), port), ~bit_of(port),
			   __ATOMIC_SEQ_CST);
}

void xen_ports_unlink_all(unsigned int cpu)
{
	for (unsigned int word = 0; word < MAX_WORDS; word++)
		pvops_per_cpu(links, cpu)[word] = 0;
}

void xen_port_mask(u32 port)
{
	__atomic_fetch_or(word_of(xen_shared->evtchn_mask, port), bit_of(port), __ATOMIC_SEQ_CST);
}

void xen_port_clear(u32 port)
{
	__atomic_fetch_and(word_of(xen_shared->evtchn_pending, port), ~bit_of(port),
			   __ATOMIC_SEQ_CST);
}

void xen_port_set(u32 port)
{
	__atomic_fetch_or(word_of(xen_shared->evtchn_pending, port), bit_of(port),
			  __ATOMIC_SEQ_CST);
}

bool xen_port_pending(u32 port)
{
	return __atomic_load_n(word_of(xen_shared->evtchn_pending, port), __ATOMIC_SEQ_CST) &
	       bit_of(port);
}

void xen_port_unmask(u32 port, unsigned int cpu)
{
	struct evtchn_unmask op = { .port = port };

	/* On its own CPU without anything pending a plain store will do. */
	if (cpu == pvops_cpu()) {
		__atomic_fetch_and(word_of(xen_shared->evtchn_mask, port), ~bit_of(port),
				   __ATOMIC_SEQ_CST);
		if (!xen_port_pending(port))
			return;
		/* It came while we looked: put the mask back, and let Xen deliver it. */
		xen_port_mask(port);
	}
	XEN_MUST("EVTCHNOP_unmask", evtchn(EVTCHNOP_unmask, &op));
}

unsigned long xen_ports_ready(unsigned int word)
{
	return __atomic_load_n(xen_shared->evtchn_pending + word, __ATOMIC_SEQ_CST) &
	       ~__atomic_load_n(xen_shared->evtchn_mask + word, __ATOMIC_SEQ_CST) &
	       __atomic_load_n(pvops_per_cpu(links, pvops_cpu()) + word, __ATOMIC_SEQ_CST);
}

/*
 * Words in turn, so that one that is selected again and again does not keep others waiting; of each
 * its ports once: for one that comes again meanwhile Xen selects the word again. All is looked at
 * anew after each delivery, which may come back late, or on another CPU.
 */
void xen_ports_scan(xen_port_deliver_t *deliver, void *data)
{
	unsigned int word = 0;
	unsigned long words;

	while ((words = __atomic_load_n(&xen_this_vcpu()->evtchn_pending_sel, __ATOMIC_SEQ_CST))) {
		unsigned long next = words & ~0UL << word;
		unsigned long left = ~0UL, bits;

		word = (unsigned int)__builtin_ctzl(next ? next : words);
		__atomic_fetch_and(&xen_this_vcpu()->evtchn_pending_sel, ~(1UL << word),
				   __ATOMIC_SEQ_CST);
		while ((bits = xen_ports_ready(word) & left)) {
			unsigned int bit = (unsigned int)__builtin_ctzl(bits);

			left = ~1UL << bit;
			deliver(word * WORD_BITS + bit, bits & left, data);
		}
		word = (word + 1) % WORD_BITS;
	}
}

int xen_bind_ipi_port(unsigned int cpu)
{
	struct evtchn_bind_ipi op = { .vcpu = xen_vcpu_nr(cpu) };
	long err = evtchn(EVTCHNOP_bind_ipi, &op);

	return err ? (int)err : (int)op.port;
}

u32 xen_ipi_port(unsigned int cpu, unsigned int ipi)
{
	return pvops_per_cpu(ipis, cpu)[ipi];
}

void xen_ipi_port_is(unsigned int cpu, unsigned int ipi, u32 port)
{
	pvops_per_cpu(ipis, cpu)[ipi] = port;
}

int xen_send_ipi(unsigned int cpu, unsigned int ipi)
{
	struct evtchn_send op = { 0 };

	if (cpu >= PVOPS_MAX_CPUS || ipi >= PVOPS_MAX_IPIS || !xen_ipi_port(cpu, ipi))
		return -PVOPS_EINVAL;
	op.port = xen_ipi_port(cpu, ipi);
	return evtchn(EVTCHNOP_send, &op) ? -PVOPS_EINVAL : 0;
}
