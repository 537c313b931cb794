// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Interrupts of an HVM guest: IPIs and devices are the APIC's and stay native's; timer, console
 * and the host's own are event channels. The number of an irq says whose it is.
 */
#include "hvm.h"

#define BASE(op)	((pvops_fn_##op##_t *)pvops_base_func(PVOPS_OP_##op))

static bool is_port(unsigned int irq)
{
	return irq >= HVM_FIRST_PORT;
}

static bool wants_port(const struct pvops_irq_source *source)
{
	switch (source->kind) {
	case PVOPS_IRQ_TIMER:
	case PVOPS_IRQ_CONSOLE:
		return true;
	case PVOPS_IRQ_HOST:
		/* Native's vectors begin above the last VIRQ. */
		return source->index < NR_VIRQS;
	default:
		return false;
	}
}

int hvm_irq_bind(const struct pvops_irq_source *source, unsigned int cpu,
		 pvops_irq_handler_t handler, void *data)
{
	int port;

	if (!wants_port(source))
		return BASE(irq_bind)(source, cpu, handler, data);
	port = xen_irq_bind(source, cpu, handler, data);
	return port < 0 ? port : port + HVM_FIRST_PORT;
}

int hvm_irq_unbind(unsigned int irq)
{
	return is_port(irq) ? xen_irq_unbind(irq - HVM_FIRST_PORT) : BASE(irq_unbind)(irq);
}

void hvm_irq_handle(unsigned int vector)
{
	/* The upcall's vector has not been through the APIC: there is nothing to end. */
	if (vector == HVM_VECTOR)
		xen_irq_handle(vector);
	else
		BASE(irq_handle)(vector);
}

void hvm_irq_eoi(unsigned int irq)
{
	if (is_port(irq))
		xen_irq_eoi(irq - HVM_FIRST_PORT);
	else
		BASE(irq_eoi)(irq);
}

int hvm_irq_mask(unsigned int irq)
{
	return is_port(irq) ? xen_irq_mask(irq - HVM_FIRST_PORT) : BASE(irq_mask)(irq);
}

int hvm_irq_unmask(unsigned int irq)
{
	return is_port(irq) ? xen_irq_unmask(irq - HVM_FIRST_PORT) : BASE(irq_unmask)(irq);
}

int hvm_poll(unsigned int irq, u64 deadline)
{
	return is_port(irq) ? xen_poll(irq - HVM_FIRST_PORT, deadline)
			    : BASE(smp_poll)(irq, deadline);
}
