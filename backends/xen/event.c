// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Event channels, 2-level: binding ports to handlers, delivery, masking.
 *
 * Delivery masks the port and clears it; irq.eoi unmasks it. An event that comes meanwhile stays
 * pending and is delivered by the unmasking, so none is lost and none runs twice at once.
 */
#include "xen.h"

#define MAX_PORTS	512
#define WORD_BITS	64
#define MAX_WORDS	(MAX_PORTS / WORD_BITS)

struct port {
	pvops_irq_handler_t handler;
	void *data;
	struct pvops_irq_source source;
	unsigned int cpu;
	bool masked;			/* by irq.mask */
	bool keep;			/* not opened by us: do not close it */
	u32 running;			/* calls of the handler that have not come back */
};

static struct port ports[MAX_PORTS];
static u32 ipi_ports[PVOPS_MAX_CPUS][PVOPS_MAX_IPIS];
/* Which ports each CPU looks after. */
static unsigned long cpu_ports[PVOPS_MAX_CPUS][MAX_WORDS];

struct shared_info *xen_shared;
u32 xen_first_irq;

static long evtchn(unsigned int cmd, void *arg)
{
	return xen_call2(__HYPERVISOR_event_channel_op, cmd, arg);
}

static unsigned long *word_of(unsigned long *words, u32 port)
{
	return words + port / WORD_BITS;
}

static unsigned long bit_of(u32 port)
{
	return 1UL << port % WORD_BITS;
}

static void mask_port(u32 port)
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

static bool port_pending(u32 port)
{
	return __atomic_load_n(word_of(xen_shared->evtchn_pending, port), __ATOMIC_SEQ_CST) &
	       bit_of(port);
}

static void unmask_port(u32 port)
{
	struct evtchn_unmask op = { .port = port };

	/* On its own CPU without anything pending a plain store will do. */
	if (ports[port].cpu == pvops_cpu()) {
		__atomic_fetch_and(word_of(xen_shared->evtchn_mask, port), ~bit_of(port),
				   __ATOMIC_SEQ_CST);
		if (!port_pending(port))
			return;
		/* It came while we looked: put the mask back, and let Xen deliver it. */
		mask_port(port);
	}
	XEN_MUST("EVTCHNOP_unmask", evtchn(EVTCHNOP_unmask, &op));
}

static int bind_virq(unsigned int virq, unsigned int cpu)
{
	struct evtchn_bind_virq op = { .virq = virq, .vcpu = cpu };
	long err = evtchn(EVTCHNOP_bind_virq, &op);

	return err ? (int)err : (int)op.port;
}

int xen_bind_ipi_port(unsigned int cpu)
{
	struct evtchn_bind_ipi op = { .vcpu = cpu };
	long err = evtchn(EVTCHNOP_bind_ipi, &op);

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
		return ipi_ports[cpu][source->index] ? -PVOPS_EBUSY : xen_bind_ipi_port(cpu);
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

int xen_irq_bind(const struct pvops_irq_source *source, unsigned int cpu,
		 pvops_irq_handler_t handler, void *data)
{
	int port;

	if (cpu >= pvops_smp_nr_cpus() || !handler)
		return -PVOPS_EINVAL;
	port = open_port(source, cpu);
	if (port == -17)			/* EEXIST: bound already */
		return -PVOPS_EBUSY;
	if (port < 0)
		return port;
	if (port >= MAX_PORTS) {
		close_port((u32)port);
		return -PVOPS_ENOSPC;
	}
	if (ports[port].handler)
		return -PVOPS_EBUSY;
	ports[port] = (struct port){
		.handler = handler, .data = data, .source = *source, .cpu = cpu,
		.keep = source->kind == PVOPS_IRQ_CONSOLE && !xen_dom0,
	};
	if (source->kind == PVOPS_IRQ_IPI)
		ipi_ports[cpu][source->index] = (u32)port;
	if (source->kind == PVOPS_IRQ_TIMER)
		xen_cpu_of(cpu)->timer = (u32)port;
	__atomic_fetch_or(word_of(cpu_ports[cpu], (u32)port), bit_of((u32)port), __ATOMIC_SEQ_CST);
	unmask_port((u32)port);
	return port;
}

static void no_handler(u32 irq, void *data)
{
}

/* A port that somebody else opened: looked after here, masked until irq.unmask. */
int xen_adopt_port(u32 port, bool keep)
{
	unsigned int cpu = pvops_cpu();

	if (!port || port >= MAX_PORTS)
		return -PVOPS_EINVAL;
	if (ports[port].handler)
		return -PVOPS_EBUSY;
	mask_port(port);
	ports[port] = (struct port){
		.handler = no_handler, .source = { PVOPS_IRQ_HOST, NR_VIRQS }, .cpu = cpu,
		.masked = true, .keep = keep,
	};
	__atomic_fetch_or(word_of(cpu_ports[cpu], port), bit_of(port), __ATOMIC_SEQ_CST);
	return (int)port;
}

static struct port *bound(unsigned int irq)
{
	return irq && irq < MAX_PORTS && ports[irq].handler ? ports + irq : NULL;
}

int xen_irq_unbind(unsigned int irq)
{
	struct port *port = bound(irq);

	if (!port)
		return -PVOPS_EINVAL;
	mask_port(irq);
	__atomic_fetch_and(word_of(cpu_ports[port->cpu], irq), ~bit_of(irq), __ATOMIC_SEQ_CST);
	if (port->source.kind == PVOPS_IRQ_IPI)
		ipi_ports[port->cpu][port->source.index] = 0;
	if (port->source.kind == PVOPS_IRQ_TIMER) {
		xen_cpu_of(port->cpu)->timer = 0;
		/* What Xen still has armed is no deadline of who binds the timer next. */
		xen_cpu_of(port->cpu)->deadline = 0;
	}
	if (!port->keep)
		close_port(irq);
	__atomic_store_n(&port->handler, NULL, __ATOMIC_SEQ_CST);
	/* Who saw the handler before may still be in it. */
	while (__atomic_load_n(&port->running, __ATOMIC_SEQ_CST))
		xen_call2(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
	return 0;
}

int xen_irq_mask(unsigned int irq)
{
	struct port *port = bound(irq);

	if (!port)
		return -PVOPS_EINVAL;
	port->masked = true;
	mask_port(irq);
	return 0;
}

int xen_irq_unmask(unsigned int irq)
{
	struct port *port = bound(irq);

	if (!port)
		return -PVOPS_EINVAL;
	port->masked = false;
	unmask_port(irq);
	return 0;
}

void xen_irq_eoi(unsigned int irq)
{
	struct port *port = bound(irq);

	if (port && !port->masked)
		unmask_port(irq);
}

static void deliver(u32 irq)
{
	struct port *port = bound(irq);
	pvops_irq_handler_t handler;

	mask_port(irq);
	xen_port_clear(irq);
	if (!port)
		return;				/* stays masked: nobody wants it */
	if (xen_cpu()->timer == irq && !xen_timer_due()) {
		xen_irq_eoi(irq);
		return;
	}
	__atomic_fetch_add(&port->running, 1, __ATOMIC_SEQ_CST);
	handler = __atomic_load_n(&port->handler, __ATOMIC_SEQ_CST);
	if (handler)
		handler(xen_first_irq + irq, port->data);
	__atomic_fetch_sub(&port->running, 1, __ATOMIC_SEQ_CST);
}

/* What this CPU looks after and has not taken. */
static unsigned long ready(unsigned int word)
{
	return __atomic_load_n(xen_shared->evtchn_pending + word, __ATOMIC_SEQ_CST) &
	       ~__atomic_load_n(xen_shared->evtchn_mask + word, __ATOMIC_SEQ_CST) &
	       cpu_ports[pvops_cpu()][word];
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
		struct evtchn_unmask op;

		if (!bits)
			continue;
		/* The last one: it is the first that is about to be handled. */
		op.port = word * WORD_BITS + WORD_BITS - 1 - (u32)__builtin_clzl(bits);
		mask_port(op.port);
		__atomic_fetch_and(&vcpu->evtchn_pending_sel, ~(1UL << word), __ATOMIC_SEQ_CST);
		XEN_MUST("EVTCHNOP_unmask", evtchn(EVTCHNOP_unmask, &op));
		if (ports[op.port].masked)
			mask_port(op.port);	/* by another CPU, meanwhile */
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

int xen_send_ipi(unsigned int cpu, unsigned int ipi)
{
	struct evtchn_send op = { 0 };

	if (cpu >= PVOPS_MAX_CPUS || ipi >= PVOPS_MAX_IPIS || !ipi_ports[cpu][ipi])
		return -PVOPS_EINVAL;
	op.port = ipi_ports[cpu][ipi];
	return evtchn(EVTCHNOP_send, &op) ? -PVOPS_EINVAL : 0;
}

int xen_poll(unsigned int irq, u64 deadline)
{
	evtchn_port_t port = irq;
	struct sched_poll op = { .nr_ports = 1 };

	if (!bound(irq))
		return -PVOPS_EINVAL;
	if (deadline <= xen_clock())
		return 0;
	/* No timeout is 0 to Xen, and its times are signed. */
	op.timeout = deadline < 1ULL << 62 ? deadline : 0;
	set_xen_guest_handle(op.ports, &port);
	return xen_call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &op) ? -PVOPS_EINVAL : 0;
}
