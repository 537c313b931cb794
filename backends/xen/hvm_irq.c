// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Interrupts of an HVM guest: IPIs and devices are the APIC's and stay native's; timer, console
 * and the host's own are event channels. The number of an irq says whose it is.
 */
#include "hvm.h"

#define BASE(op)	((pvops_fn_##op##_t *)pvops_base_func(PVOPS_OP_##op))

/*
 * A line that nobody listens to, for the domain as a whole where each vCPU has a vector: no
 * callback at all would tell the toolstack that this guest does not know Xen. Nor may it be the
 * vector: Xen would inject that one as well.
 */
#define CALLBACK_NONE	1
#define CALLBACK_VECTOR	((u64)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | HVM_VECTOR)

/*
 * Each vCPU's, by its APIC; else the domain's, past it. The first is one exit more for its EOI, but
 * that costs nothing where the CPU virtualizes the APIC, so it is taken wherever it is offered.
 */
static bool own_vector;

/*
 * To be said when the APIC is on and nothing will reset it: an edge that it has forgotten does not
 * come again as long as the flag is on.
 */
int hvm_upcall_cpu(unsigned int cpu)
{
	struct xen_hvm_evtchn_upcall_vector op = { .vcpu = cpu, .vector = HVM_VECTOR };

	if (!own_vector)
		return 0;
	return (int)xen_call2(__HYPERVISOR_hvm_op, HVMOP_set_evtchn_upcall_vector, &op);
}

/*
 * Events come before all that is shared: with the parameter of the callback Xen also notes whether
 * we are 64-bit, and by that the layout.
 */
int hvm_upcall_init(u32 features)
{
	struct xen_feature_info op = { .submap_idx = 0 };
	long err;

	own_vector = false;
	if (features & XEN_HVM_CPUID_UPCALL_VECTOR) {
		err = hvm_set_param(HVM_PARAM_CALLBACK_IRQ, CALLBACK_NONE);
		own_vector = !err;
		if (!err)
			err = hvm_upcall_cpu(0);
		if (!err)
			return 0;
		own_vector = false;
		pvops_log("xen-hvm: no vector of its own for a vCPU: error %ld", err);
	}
	err = xen_call2(__HYPERVISOR_xen_version, XENVER_get_features, &op);
	if (!err && !(op.submap & 1U << XENFEAT_hvm_callback_vector))
		err = -PVOPS_ENOSYS;
	if (!err)
		err = hvm_set_param(HVM_PARAM_CALLBACK_IRQ, CALLBACK_VECTOR);
	return (int)err;
}

const char *hvm_upcall_whose(void)
{
	return own_vector ? "each vCPU's" : "the domain's";
}

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
	if (vector != HVM_VECTOR) {
		BASE(irq_handle)(vector);
		return;
	}
	/*
	 * The domain's vector has not been through the APIC: there is nothing to end. A vCPU's own
	 * is ended first, for a handler may turn interrupts on, or not come back for a while.
	 */
	if (own_vector)
		BASE(irq_eoi)(vector);
	xen_irq_handle(vector);
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
