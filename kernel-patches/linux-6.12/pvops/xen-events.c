// SPDX-License-Identifier: GPL-2.0
/*
 * Event channels of the 2-level ABI by the library: ports, the upcall's search, IPIs. Irqs and what
 * a port is for are drivers/xen/events/events_base.c's.
 */
#define pr_fmt(fmt) "xen:" KBUILD_MODNAME ": " fmt

#include <linux/interrupt.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <xen/events.h>
#include <pvops/xen-glue.h>
#include "lib/backends/xen/event.h"
#include "../../../drivers/xen/events/events_internal.h"

static_assert(XEN_NR_IPIS <= PVOPS_MAX_IPIS);

static unsigned int max_channels(void)
{
	return MAX_WORDS * WORD_BITS;
}

static void bind_to_cpu(evtchn_port_t port, unsigned int cpu, unsigned int old_cpu)
{
	xen_port_unlink(port, old_cpu);
	xen_port_link(port, cpu);
}

static void unmask(evtchn_port_t port)
{
	lockdep_assert_irqs_disabled();
	xen_port_unmask(port, cpu_from_evtchn(port));
}

static void deliver(u32 port, unsigned long more, void *ctrl)
{
	handle_irq_for_port(port, ctrl);
}

static void handle_events(unsigned int cpu, struct evtchn_loop_ctrl *ctrl)
{
	xen_ports_scan(deliver, ctrl);
}

static void resume(void)
{
	unsigned int cpu;

	/* As at boot: none is wanted yet. Of a PV domain they come so, of an HVM one not. */
	memset(xen_shared->evtchn_mask, 0xff, sizeof(xen_shared->evtchn_mask));
	for_each_online_cpu(cpu)
		xen_ports_unlink_all(cpu);
}

static int percpu_deinit(unsigned int cpu)
{
	xen_ports_unlink_all(cpu);
	return 0;
}

static const struct evtchn_ops ops = {
	.max_channels	= max_channels,
	.nr_channels	= max_channels,
	.remove		= xen_port_unlink,
	.bind_to_cpu	= bind_to_cpu,
	.clear_pending	= xen_port_clear,
	.set_pending	= xen_port_set,
	.is_pending	= xen_port_pending,
	.mask		= xen_port_mask,
	.unmask		= unmask,
	.handle_events	= handle_events,
	.resume		= resume,
	.percpu_deinit	= percpu_deinit,
};

void __init xen_evtchn_2l_init(void)
{
	pr_info("Using 2-level ABI\n");
	evtchn_ops = &ops;
}

void pvops_xen_ipi_port(unsigned int cpu, unsigned int ipi, u32 port)
{
	xen_ipi_port_is(cpu, ipi, port);
}

int pvops_xen_send_ipi(unsigned int cpu, unsigned int ipi)
{
	return xen_send_ipi(cpu, ipi);
}

/* Somebody wants to know why nothing goes on: `xl debug-keys`. */
irqreturn_t xen_debug_interrupt(int irq, void *dev_id)
{
	const struct shared_info *s = HYPERVISOR_shared_info;
	unsigned int cpu, port;

	for_each_online_cpu(cpu) {
		const struct vcpu_info *v = per_cpu(xen_vcpu, cpu);

		pr_info("CPU %u: masked %u, pending %u, words %lx\n", cpu, v->evtchn_upcall_mask,
			v->evtchn_upcall_pending, v->evtchn_pending_sel);
	}
	for (port = 0; port < max_channels(); port++) {
		if (xen_port_pending(port))
			pr_info("port %u: irq %u of CPU %u%s\n", port, irq_from_evtchn(port),
				cpu_from_evtchn(port),
				test_bit(port % WORD_BITS, s->evtchn_mask + port / WORD_BITS) ?
				", masked" : "");
	}
	return IRQ_HANDLED;
}
