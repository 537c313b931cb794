/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What the files about event channels share. Irqs are numbers of ours, places in xen_events; ports
 * are Xen's, and change when the domain is restored.
 */
#ifndef PVOPS_XEN_EVENT_H
#define PVOPS_XEN_EVENT_H

#include "xen.h"

#define MAX_PORTS	512
#define MAX_EVENTS	MAX_PORTS
#define WORD_BITS	(8 * (unsigned int)sizeof(long))
#define MAX_WORDS	(MAX_PORTS / WORD_BITS)

struct xen_event {
	pvops_irq_handler_t handler;	/* NULL: nobody's */
	void *data;
	struct pvops_irq_source source;
	unsigned int cpu;
	u32 port;			/* 0: lost with the host that we have left */
	bool masked;			/* by irq.mask */
	bool keep;			/* not opened by us: do not close it */
	u32 running;			/* calls of the handler that have not come back */
};

extern struct xen_event xen_events[MAX_EVENTS];

/* What has that number, NULL: nothing. */
static inline struct xen_event *xen_event_of(unsigned int irq)
{
	return irq && irq < MAX_EVENTS && xen_events[irq].handler ? xen_events + irq : NULL;
}

static inline unsigned long *word_of(unsigned long *words, u32 port)
{
	return words + port / WORD_BITS;
}

static inline unsigned long bit_of(u32 port)
{
	return 1UL << port % WORD_BITS;
}

static inline long evtchn(unsigned int cmd, void *arg)
{
	return xen_call2(__HYPERVISOR_event_channel_op, cmd, arg);
}

void xen_port_mask(u32 port);

/* The irq behind a port, 0: none; and which ports of a word a CPU looks after. */
unsigned int xen_port_irq(u32 port);
unsigned long xen_cpu_ports(unsigned int cpu, unsigned int word);

#endif /* PVOPS_XEN_EVENT_H */
