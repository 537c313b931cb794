// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Interrupts of bare hardware: a vector a source, the same on each CPU, handlers of each its own.
 */
#include "apic.h"
#include "native.h"

#define PIC_MASTER	0x21
#define PIC_SLAVE	0xa1

struct line {
	pvops_irq_handler_t handler;
	void *data;
	bool masked;
	bool pending;		/* came while it was masked */
};

static struct line lines[PVOPS_MAX_CPUS][NR_VECTORS];

static void outb(u16 port, u8 val)
{
	asm volatile("outb %0, %1" : : "a"(val), "Nd"(port));
}

int native_irq_init(void)
{
	/* The old controller keeps silent; its vectors would look like exceptions. */
	outb(PIC_MASTER, 0xff);
	outb(PIC_SLAVE, 0xff);
	return 0;
}

static int vector_of(const struct pvops_irq_source *source)
{
	switch (source->kind) {
	case PVOPS_IRQ_TIMER:
		return source->index ? -PVOPS_EINVAL : VECTOR_TIMER;
	case PVOPS_IRQ_IPI:
		return source->index < PVOPS_MAX_IPIS ? VECTOR_IPI + (int)source->index
						      : -PVOPS_EINVAL;
	case PVOPS_IRQ_CONSOLE:
		return -PVOPS_ENOSYS;
	case PVOPS_IRQ_HOST:
		if (source->index <= VECTOR_CONSOLE || source->index >= VECTOR_FIRST + NR_VECTORS)
			return -PVOPS_EINVAL;
		return (int)source->index;
	}
	return -PVOPS_EINVAL;
}

int native_irq_bind(const struct pvops_irq_source *source, unsigned int cpu,
		    pvops_irq_handler_t handler, void *data)
{
	int vector = vector_of(source);
	struct line *line;

	if (vector < 0)
		return vector;
	if (cpu >= native_smp_nr_cpus() || !handler)
		return -PVOPS_EINVAL;
	line = &lines[cpu][vector - VECTOR_FIRST];
	if (line->handler)
		return -PVOPS_EBUSY;
	line->data = data;
	line->masked = false;
	line->pending = false;
	__atomic_store_n(&line->handler, handler, __ATOMIC_RELEASE);
	return vector;
}

/* This CPU's line, if it is bound. */
static struct line *bound(unsigned int irq)
{
	struct line *line;

	if (irq < VECTOR_FIRST || irq >= VECTOR_FIRST + NR_VECTORS)
		return NULL;
	line = &lines[pvops_cpu()][irq - VECTOR_FIRST];
	return line->handler ? line : NULL;
}

int native_irq_unbind(unsigned int irq)
{
	struct line *line = bound(irq);

	if (!line)
		return -PVOPS_EINVAL;
	if (irq == VECTOR_TIMER)
		pvops_time_stop_timer();
	__atomic_store_n(&line->handler, NULL, __ATOMIC_RELEASE);
	return 0;
}

void native_irq_eoi(unsigned int irq)
{
	native_apic_write(APIC_EOI, 0);
}

void native_irq_handle(unsigned int vector)
{
	struct line *line = bound(vector);

	if (vector == VECTOR_SPURIOUS)
		return;			/* by definition without an end */
	if (!line) {
		native_irq_eoi(vector);
		return;
	}
	if (vector == VECTOR_TIMER && !native_timer_due()) {
		native_irq_eoi(vector);
		return;
	}
	if (line->masked) {
		line->pending = true;
		native_irq_eoi(vector);
		return;
	}
	line->handler(vector, line->data);
}

int native_irq_mask(unsigned int irq)
{
	struct line *line = bound(irq);

	if (!line)
		return -PVOPS_EINVAL;
	line->masked = true;
	return 0;
}

int native_irq_unmask(unsigned int irq)
{
	struct line *line = bound(irq);

	if (!line)
		return -PVOPS_EINVAL;
	line->masked = false;
	if (!__atomic_exchange_n(&line->pending, false, __ATOMIC_ACQ_REL))
		return 0;
	if (irq == VECTOR_TIMER)
		pvops_time_set_timer(pvops_time_clock());
	else
		native_apic_command(native_apic_id(pvops_cpu()), APIC_ICR_FIXED | irq);
	return 0;
}

/* Is it waiting, held back by us or by the interrupt flag? */
static bool pending(unsigned int irq, const struct line *line)
{
	return line->pending ||
	       native_apic_read(APIC_IRR + irq / 32 * 0x10) >> irq % 32 & 1;
}

int native_smp_poll(unsigned int irq, u64 deadline)
{
	const struct line *line = bound(irq);

	if (!line)
		return -PVOPS_EINVAL;
	while (!pending(irq, line) && pvops_time_clock() < deadline)
		asm volatile("pause");
	return 0;
}
