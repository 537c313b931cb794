// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Interrupts: the base's, but for the timer's source and the end of one. */
#include "hyperv.h"

static int bind_timer(const struct pvops_irq_source *source, struct hyperv_cpu *cpu,
		      pvops_irq_handler_t handler, void *data)
{
	const struct pvops_irq_source ours = { PVOPS_IRQ_HOST, hyperv.timer_vector };
	pvops_fn_irq_bind_t *base = pvops_base_func(PVOPS_OP_irq_bind);
	int irq;

	if (source->index || !handler)
		return -PVOPS_EINVAL;
	if (cpu->handler)
		return -PVOPS_EBUSY;
	/* Before it can be called. */
	cpu->data = data;
	cpu->handler = handler;
	irq = base(&ours, (unsigned int)(cpu - hyperv_cpus), hyperv_timer_irq, cpu);
	if (irq < 0)
		cpu->handler = NULL;
	return irq;
}

int hyperv_irq_bind(const struct pvops_irq_source *source, unsigned int cpu,
		    pvops_irq_handler_t handler, void *data)
{
	pvops_fn_irq_bind_t *base = pvops_base_func(PVOPS_OP_irq_bind);
	int irq;

	if (cpu < PVOPS_MAX_CPUS && hyperv_uses(HYPERV_STIMER) && !hyperv_cpus[cpu].timer_failed) {
		if (source->kind == PVOPS_IRQ_TIMER)
			return bind_timer(source, &hyperv_cpus[cpu], handler, data);
		if (source->kind == PVOPS_IRQ_HOST && source->index == hyperv.timer_vector)
			return -PVOPS_EBUSY;
	}
	irq = base(source, cpu, handler, data);
	/* Natively the number of an irq is its vector: what an IPI by hypercall must name. */
	if (source->kind == PVOPS_IRQ_IPI && irq >= 0x10 && irq <= 0xff)
		hyperv_cpus[cpu].vectors[source->index] = (u8)irq;
	return irq;
}

int hyperv_irq_unbind(unsigned int irq)
{
	pvops_fn_irq_unbind_t *base = pvops_base_func(PVOPS_OP_irq_unbind);
	struct hyperv_cpu *cpu = hyperv_this_cpu();
	bool timer = cpu->handler && irq == hyperv.timer_vector;
	int err;

	if (timer)
		hyperv_time_stop_timer();
	err = base(irq);
	if (err)
		return err;
	if (timer)
		cpu->handler = NULL;
	for (u32 i = 0; i < PVOPS_MAX_IPIS; i++)
		if (cpu->vectors[i] == irq)
			cpu->vectors[i] = 0;
	return 0;
}

void hyperv_irq_eoi(unsigned int irq)
{
	pvops_fn_irq_eoi_t *base = pvops_base_func(PVOPS_OP_irq_eoi);
	u32 *assist = hyperv_this_cpu()->assist;

	/* The host said that it wants to hear nothing of this one; it may change its mind. */
	if (assist && __atomic_fetch_and(assist, ~HV_NO_EOI_REQUIRED, __ATOMIC_SEQ_CST) &
		      HV_NO_EOI_REQUIRED)
		return;
	if (!hyperv_uses(HYPERV_APIC_MSRS) || hyperv_wrmsr(HV_MSR_EOI, 0))
		base(irq);
}
