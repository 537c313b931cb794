// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * An x2APIC on the machine's APIC, which is none: so that what the guest does to others (start,
 * stop, interrupt) comes here. APIC IDs are below 8, so logical destinations are the flat ones.
 */
#include "host.h"

#define BASE		0xfee00000UL
#define MSR_BASE	0x1b
#define BASE_X2		(1ULL << 10)
#define X2_ID		0x802
#define X2_EOI		0x80b
#define X2_LDR		0x80d
#define X2_DFR		0x80e
#define X2_ICR		0x830
#define X2_ICR_HIGH	0x831
#define X2_SELF		0x83f
#define X2_ISR		0x810
#define X2_TMR		0x818
#define X2_IRR		0x820
#define ICR_MODE	0x700
#define ICR_INIT	0x500
#define ICR_SIPI	0x600
#define ICR_NMI		0x400
#define ICR_ASSERT	0x4000
#define ICR_SHORTHAND	0xc0000

static volatile u32 *reg(u32 msr)
{
	return (volatile u32 *)(BASE + ((msr & 0xff) << 4));
}

/* In the form of x2APIC: destination in the upper half. */
void apic_command(u64 icr)
{
	u32 id = icr >> 32, low = icr;

	for (u32 i = 0; i < MAX_CPUS; i++) {
		if (id != i && id != ~0U && !(low & ICR_SHORTHAND))
			continue;
		if ((low & ICR_MODE) == ICR_SIPI)
			cpus[i].sipi = low;
		else if ((low & ICR_MODE) == ICR_INIT)
			cpus[i].vmcb = NULL;		/* until it is started */
		else if ((low & ICR_MODE) == ICR_NMI)
			cpus[i].nmi = 1;
	}
	if ((low & ICR_MODE) == ICR_SIPI)
		low = (low & ~0xffU) | AP_PAGE >> 12;
	*reg(X2_ICR_HIGH) = id << 24;
	*reg(X2_ICR) = low;
}

void apic_send(u32 id, u32 icr)
{
	apic_command((u64)id << 32 | icr | ICR_ASSERT);
}

/* Out of the guest, by an NMI that is not the guest's. */
void kick(u32 id)
{
	*reg(X2_ICR_HIGH) = id << 24;
	*reg(X2_ICR) = ICR_NMI | ICR_ASSERT;
}

bool apic_pending(void)
{
	for (u32 msr = X2_IRR; msr < X2_IRR + 8; msr++)
		if (*reg(msr))
			return true;
	return false;
}

/* The highest vector of 256 bits, or 0. */
static u32 highest(u32 msr)
{
	for (u32 i = 8; i--; )
		if (*reg(msr + i))
			return i * 32 + 31 - __builtin_clz(*reg(msr + i));
	return 0;
}

static bool by_level(u32 vector)
{
	return *reg(X2_TMR + vector / 32) >> vector % 32 & 1;
}

/*
 * Takes the interrupt that ended the guest's wait, and ends it for the machine: its vector. Or 0,
 * where it is better left to the guest: one by level would come again at once.
 */
u32 apic_take(struct cpu *cpu)
{
	u32 vector = highest(X2_IRR), below;

	if (!vector || by_level(vector))
		return 0;
	asm volatile("stgi\n\tsti\n\tnop\n\tcli\n\tclgi" : : : "memory");
	if (cpu->flush)
		flush_asked(cpu);
	if (cpu->nmi)
		kick(cpu->id);
	vector = highest(X2_ISR);
	*reg(X2_EOI) = 0;
	/* Another one that came before it: once more, later. */
	for (below = highest(X2_ISR); below; below = highest(X2_ISR)) {
		*reg(X2_EOI) = 0;
		*reg(X2_ICR) = 0x40000 | below;
	}
	return vector;
}

bool apic_read(struct cpu *cpu, u32 msr, u64 *val)
{
	if (msr == MSR_BASE) {
		*val = rdmsr(MSR_BASE) | (cpu->x2apic ? BASE_X2 : 0);
		return true;
	}
	if (!cpu->x2apic)
		return false;
	*val = *reg(msr);
	if (msr == X2_ID)
		*val >>= 24;
	else if (msr == X2_LDR)
		*val = 1U << (*reg(X2_ID) >> 24);
	else if (msr == X2_ICR)
		*val |= (u64)(*reg(X2_ICR_HIGH) >> 24) << 32;
	return msr != X2_SELF;
}

bool apic_write(struct cpu *cpu, u32 msr, u64 val)
{
	if (msr == MSR_BASE) {
		if (val & BASE_X2 && !cpu->x2apic) {
			*reg(X2_DFR) = ~0U;
			*reg(X2_LDR) = 1U << (24 + (*reg(X2_ID) >> 24));
		}
		cpu->x2apic = val & BASE_X2;
		wrmsr(MSR_BASE, val & ~BASE_X2);
		return true;
	}
	if (!cpu->x2apic || msr == X2_ID || msr == X2_LDR)
		return false;
	if (msr == X2_EOI && face->eoi && face->eoi(cpu))
		return true;
	if (msr == X2_ICR)
		apic_command(val);
	else if (msr == X2_SELF)
		*reg(X2_ICR) = 0x40000 | (u8)val;
	else
		*reg(msr) = val;
	return true;
}

/* Somebody wants this CPU's translations gone: they go when it next runs. */
void flush_asked(struct cpu *cpu)
{
	cpu->vmcb->tlb = TLB_FLUSH;
	__atomic_store_n(&cpu->flush, 0, __ATOMIC_RELEASE);
}

/* When it returns, none of these CPUs uses an old translation. */
void flush_others(struct cpu *cpu, u64 ids)
{
	for (u32 i = 0; i < MAX_CPUS; i++) {
		if (!(ids >> i & 1) || !cpus[i].vmcb)
			continue;
		if (i == cpu->id) {
			cpu->vmcb->tlb = TLB_FLUSH;
			continue;
		}
		if (!__atomic_exchange_n(&cpus[i].flush, 1, __ATOMIC_SEQ_CST))
			kick(i);
		count(FLUSHES);
	}
	for (u32 i = 0; i < MAX_CPUS; i++) {
		if (i == cpu->id || !(ids >> i & 1))
			continue;
		while (cpus[i].vmcb && __atomic_load_n(&cpus[i].flush, __ATOMIC_ACQUIRE)) {
			if (cpu->flush)
				flush_asked(cpu);
			relax();
		}
	}
}
