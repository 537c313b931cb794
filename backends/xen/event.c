// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Irqs of event channels: binding ports to handlers, masking. */
#include "event.h"

#define EXISTS	17			/* Xen's EEXIST */

struct xen_event xen_events[MAX_EVENTS];
static u16 irqs[MAX_PORTS];		/* by port */

struct shared_info *xen_shared;
u32 xen_first_irq;

unsigned int xen_port_irq(u32 port)
{
	return port < MAX_PORTS ? __atomic_load_n(&irqs[port], __ATOMIC_SEQ_CST) : 0;
}

static void unmask(const struct xen_event *event)
{
	u32 port = __atomic_load_n(&event->port, __ATOMIC_SEQ_CST);

	if (port)
		xen_port_unmask(port, event->cpu);
}

static int bind_virq(unsigned int virq, unsigned int cpu)
{
	struct evtchn_bind_virq op = { .virq = virq, .vcpu = cpu };
	long err = evtchn(EVTCHNOP_bind_virq, &op);

	return err ? (int)err : (int)op.port;
}

static int open_port(const struct pvops_irq_source *source, unsigned int cpu)
{
	switch (source->kind) {
	case PVOPS_IRQ_TIMER:
		return source->index ? -PVOPS_EINVAL : bind_virq(VIRQ_TIMER, cpu);
	case PVOPS_IRQ_IPI:
		if (source->index >= PVOPS_MAX_IPIS)
			return -PVOPS_EINVAL;
		return xen_ipi_port(cpu, source->index) ? -PVOPS_EBUSY : xen_bind_ipi_port(cpu);
	case PVOPS_IRQ_CONSOLE:
		if (source->index)
			return -PVOPS_EINVAL;
		return xen_dom0 ? bind_virq(VIRQ_CONSOLE, cpu) : xen_console_port();
	case PVOPS_IRQ_HOST:
		return source->index < NR_VIRQS && source->index != VIRQ_TIMER ?
		       bind_virq(source->index, cpu) : -PVOPS_EINVAL;
	}
	return -PVOPS_EINVAL;
}

static void close_port(u32 port)
{
	struct evtchn_close op = { .port = port };

	XEN_MUST("EVTCHNOP_close", evtchn(EVTCHNOP_close, &op));
}

/* Whoever has a port looks after it on its CPU, masked yet. */
static void attach(unsigned int irq, u32 port)
{
	struct xen_event *event = xen_events + irq;

	xen_port_mask(port);
	event->port = port;
	__atomic_store_n(&irqs[port], (u16)irq, __ATOMIC_SEQ_CST);
	if (event->source.kind == PVOPS_IRQ_IPI)
		xen_ipi_port_is(event->cpu, event->source.index, port);
	if (event->source.kind == PVOPS_IRQ_TIMER)
		xen_cpu_of(event->cpu)->timer = irq;
	xen_port_link(port, event->cpu);
}

static void detach(struct xen_event *event)
{
	xen_port_mask(event->port);
	xen_port_unlink(event->port, event->cpu);
	__atomic_store_n(&irqs[event->port], 0, __ATOMIC_SEQ_CST);
}

/* All but the handler, and the calls of the last one's that may not have come back. */
static void take_over(struct xen_event *to, const struct xen_event *event)
{
	to->data = event->data;
	to->source = event->source;
	to->cpu = event->cpu;
	to->masked = event->masked;
	to->keep = event->keep;
}

/* A place for a port's event: that of the same number if it is free, so that logs read well. */
static int place(u32 port, const struct xen_event *event)
{
	unsigned int irq = port;
	pvops_irq_handler_t nobody = NULL;

	if (port >= MAX_PORTS)
		return -PVOPS_ENOSPC;
	if (irqs[port])
		return -PVOPS_EBUSY;
	for (unsigned int tries = 0; tries < MAX_EVENTS; tries++) {
		if (irq && __atomic_compare_exchange_n(&xen_events[irq].handler, &nobody,
						       event->handler, false, __ATOMIC_SEQ_CST,
						       __ATOMIC_SEQ_CST)) {
			take_over(xen_events + irq, event);
			attach(irq, port);
			return (int)irq;
		}
		nobody = NULL;
		irq = (irq + 1) % MAX_EVENTS;
	}
	return -PVOPS_ENOSPC;
}

int xen_irq_bind(const struct pvops_irq_source *source, unsigned int cpu,
		 pvops_irq_handler_t handler, void *data)
{
	struct xen_event event = {
		.handler = handler, .data = data, .source = *source, .cpu = cpu,
		.keep = source->kind == PVOPS_IRQ_CONSOLE && !xen_dom0,
	};
	int port, irq;

	if (cpu >= pvops_smp_nr_cpus() || !handler)
		return -PVOPS_EINVAL;
	port = open_port(source, cpu);
	if (port == -EXISTS)			/* bound already */
		return -PVOPS_EBUSY;
	if (port < 0)
		return port;
	irq = place((u32)port, &event);
	if (irq == -PVOPS_ENOSPC && !event.keep)
		close_port((u32)port);
	if (irq >= 0)
		unmask(xen_events + irq);
	return irq;
}

static void no_handler(u32 irq, void *data)
{
}

/* A port that somebody else opened: looked after here, masked until irq.unmask. */
int xen_adopt_port(u32 port, bool keep)
{
	const struct xen_event event = {
		.handler = no_handler, .source = { PVOPS_IRQ_HOST, NR_VIRQS }, .cpu = pvops_cpu(),
		.masked = true, .keep = keep,
	};

	return port && port < MAX_PORTS ? place(port, &event) : -PVOPS_EINVAL;
}

u32 xen_irq_port(unsigned int irq)
{
	const struct xen_event *event = xen_event_of(irq);

	return event ? event->port : 0;
}

int xen_irq_unbind(unsigned int irq)
{
	struct xen_event *event = xen_event_of(irq);
	u32 port;

	if (!event)
		return -PVOPS_EINVAL;
	port = event->port;
	if (port)
		detach(event);
	/* From here on eoi and unmask find no port. */
	__atomic_store_n(&event->port, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&event->handler, no_handler, __ATOMIC_SEQ_CST);
	if (event->source.kind == PVOPS_IRQ_IPI)
		xen_ipi_port_is(event->cpu, event->source.index, 0);
	if (event->source.kind == PVOPS_IRQ_TIMER) {
		xen_cpu_of(event->cpu)->timer = 0;
		/* What Xen still has armed is no deadline of who binds the timer next. */
		xen_cpu_of(event->cpu)->deadline = 0;
	}
	/* Who saw the handler before may still be in it, and may have found the port. */
	while (__atomic_load_n(&event->running, __ATOMIC_SEQ_CST))
		xen_call2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	if (port)
		xen_port_mask(port);
	if (port && !event->keep)
		close_port(port);
	/* The place is free now. */
	__atomic_store_n(&event->handler, NULL, __ATOMIC_SEQ_CST);
	return 0;
}

static void set_masked(struct xen_event *event, bool masked)
{
	__atomic_store_n(&event->masked, masked, __ATOMIC_SEQ_CST);
}

static bool is_masked(const struct xen_event *event)
{
	return __atomic_load_n(&event->masked, __ATOMIC_SEQ_CST);
}

int xen_irq_mask(unsigned int irq)
{
	struct xen_event *event = xen_event_of(irq);

	if (!event)
		return -PVOPS_EINVAL;
	set_masked(event, true);
	if (event->port)
		xen_port_mask(event->port);
	return 0;
}

int xen_irq_unmask(unsigned int irq)
{
	struct xen_event *event = xen_event_of(irq);

	if (!event)
		return -PVOPS_EINVAL;
	set_masked(event, false);
	unmask(event);
	return 0;
}

void xen_irq_eoi(unsigned int irq)
{
	struct xen_event *event = xen_event_of(irq);

	if (!event || is_masked(event))
		return;
	unmask(event);
	/* By another CPU, meanwhile? */
	if (is_masked(event) && event->port)
		xen_port_mask(event->port);
}

int xen_poll(unsigned int irq, u64 deadline)
{
	evtchn_port_t port = xen_irq_port(irq);
	struct sched_poll op = { .nr_ports = 1 };

	if (!port)
		return -PVOPS_EINVAL;
	if (deadline <= xen_clock())
		return 0;
	/* No timeout is 0 to Xen, and its times are signed. */
	op.timeout = deadline < 1ULL << 62 ? xen_host_time(deadline) : 0;
	set_xen_guest_handle(op.ports, &port);
	return xen_call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &op) ? -PVOPS_EINVAL : 0;
}

/*
 * In a restored domain no port is open but those that its builder made. What we opened ourselves is
 * opened again and keeps its irq; a driver's has an end elsewhere, and the driver makes a new one.
 */
void xen_events_resume(void)
{
	for (u32 port = 1; port < MAX_PORTS; port++) {
		irqs[port] = 0;
		xen_port_mask(port);
	}
	for (unsigned int cpu = 0; cpu < PVOPS_MAX_CPUS; cpu++)
		xen_ports_unlink_all(cpu);
	for (unsigned int irq = 1; irq < MAX_EVENTS; irq++) {
		struct xen_event *event = xen_event_of(irq);
		int port;

		if (!event)
			continue;
		event->port = 0;
		if (event->source.kind == PVOPS_IRQ_IPI)
			xen_ipi_port_is(event->cpu, event->source.index, 0);
		if (event->handler == no_handler)
			continue;
		port = open_port(&event->source, event->cpu);
		if (port <= 0 || port >= MAX_PORTS) {
			pvops_log("xen: irq %u is lost with the host that we have left: error %d",
				  irq + xen_first_irq, port);
			if (port > 0 && !event->keep)
				close_port((u32)port);
			continue;
		}
		attach(irq, (u32)port);
		if (!event->masked)
			unmask(event);
	}
}
