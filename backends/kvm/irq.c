// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Ends of interrupts by a bit in memory, and IPIs by a hypercall: each saves a way through the
 * emulated APIC. Whatever they cannot do, the base does.
 */
#include "kvm.h"

#define MIN_VECTOR	16
#define MAX_VECTOR	255

static pvops_fn_irq_eoi_t *base_eoi;
static pvops_fn_irq_bind_t *base_bind;
static pvops_fn_smp_send_ipi_t *base_send;
static u32 vectors[PVOPS_MAX_IPIS];	/* that IPIs have on every CPU; 0: not yet bound */
static bool ipis_failed;

void kvm_irq_init(void)
{
	base_eoi = pvops_base_func(PVOPS_OP_irq_eoi);
	base_bind = pvops_base_func(PVOPS_OP_irq_bind);
	base_send = pvops_base_func(PVOPS_OP_smp_send_ipi);
	for (u32 i = 0; i < PVOPS_MAX_IPIS; i++)
		vectors[i] = 0;
	ipis_failed = false;
}

void kvm_irq_eoi(unsigned int irq)
{
	struct kvm_cpu *c = kvm_cpu_of(kvm_hv_cpu());

	/* Where it is not shared nobody sets the bit. */
	if (!c || !kvm_hv_take_bit(&c->eoi))
		base_eoi(irq);
}

/* The base's, and a look at which vector an IPI has. */
int kvm_irq_bind(const struct pvops_irq_source *source, unsigned int cpu,
		 pvops_irq_handler_t handler, void *data)
{
	int irq = base_bind(source, cpu, handler, data);

	if (source->kind == PVOPS_IRQ_IPI && source->index < PVOPS_MAX_IPIS && irq >= MIN_VECTOR &&
	    irq <= MAX_VECTOR)
		__atomic_store_n(&vectors[source->index], (u32)irq, __ATOMIC_RELAXED);
	return irq;
}

int kvm_send_ipi(unsigned int cpu, unsigned int ipi)
{
	u32 vector = ipi < PVOPS_MAX_IPIS ? __atomic_load_n(vectors + ipi, __ATOMIC_RELAXED) : 0;
	struct kvm_cpu *c = kvm_cpu_of(cpu);
	long sent;

	if (!vector || !c || !__atomic_load_n(&c->known, __ATOMIC_ACQUIRE) || ipis_failed)
		return base_send(cpu, ipi);
	sent = kvm_call(KVM_HC_SEND_IPI, 1, 0, c->apic_id, vector);
	if (sent == 1)
		return 0;
	if (sent < 0 && !ipis_failed) {
		ipis_failed = true;
		pvops_log("kvm: IPIs by hypercall: error %ld: native's from now on", sent);
	}
	return base_send(cpu, ipi);
}

/* To nobody: does the host know the hypercall? */
bool kvm_send_ipi_works(void)
{
	long sent = kvm_call(KVM_HC_SEND_IPI, 0, 0, 0, MAX_VECTOR);

	if (sent)
		pvops_log("kvm: IPIs by hypercall are offered, but fail: error %ld", sent);
	return !sent;
}
