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
#define MAX_WORDS	WORD_BITS	/* all that there are: others may bind more than we do */

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

/* event.c: the irq behind a port, 0: none */
unsigned int xen_port_irq(u32 port);

/* ports.c: which CPU looks after a port; none, at first */
void xen_port_link(u32 port, unsigned int cpu);
void xen_port_unlink(u32 port, unsigned int cpu);
void xen_ports_unlink_all(unsigned int cpu);
void xen_port_mask(u32 port);
bool xen_port_pending(u32 port);
/* @cpu looks after it. What waits is delivered, by an upcall. */
void xen_port_unmask(u32 port, unsigned int cpu);
/* Of a word, what this CPU looks after and has not taken. */
unsigned long xen_ports_ready(unsigned int word);
/* @more: others of its word that are ready. Masks or clears the port. */
typedef void xen_port_deliver_t(u32 port, unsigned long more, void *data);
void xen_ports_scan(xen_port_deliver_t *deliver, void *data);
/* The port by which a CPU is sent an IPI, 0: none. */
u32 xen_ipi_port(unsigned int cpu, unsigned int ipi);
void xen_ipi_port_is(unsigned int cpu, unsigned int ipi, u32 port);

#endif /* PVOPS_XEN_EVENT_H */
