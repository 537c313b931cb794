// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The local APIC. Its registers are the kernel's, but for the timer's from the first alarm on:
 * then the kernel says by LVTT which vector it has, and no more.
 */
#include "monitor.h"

#define MSR_APIC_BASE	0x1b
#define EOI		0x0b0
#define ICR		0x300
#define ICR_TARGET	0x310
#define ICR_MODE	0x700U
#define ICR_SIPI	0x600U
#define LVTT		0x320
#define TIMER_INIT	0x380
#define TIMER_NOW	0x390
#define TIMER_DIV	0x3e0
#define LVTT_MODE	0x60000U		/* periodic, deadline */
#define BY_16		3

static volatile u32 *page;
static bool own[M_MAX_CPUS];			/* the timer is the monitor's */

void m_apic_init(struct mcpu *cpu)
{
	u64 base = 0;

	if (!page && !m_rdmsr(MSR_APIC_BASE, &base))
		page = m_map_device(base & PVOPS_PTE_FRAME);
}

void m_apic_own_timer(void)
{
	if (!page || own[m_this()->index])
		return;
	own[m_this()->index] = true;
	page[TIMER_INIT / 4] = 0;
	page[TIMER_DIV / 4] = BY_16;
	page[LVTT / 4] &= ~LVTT_MODE;
}

void m_apic_disown_timer(void)
{
	own[m_this()->index] = false;
	m_apic_count(0);
}

bool m_apic_timer_is_own(void)
{
	return own[m_this()->index];
}

u32 m_apic_timer_vector(void)
{
	return page[LVTT / 4] & 0xff;
}

void m_apic_count(u32 count)
{
	if (page)
		page[TIMER_INIT / 4] = count;
}

u32 m_apic_left(void)
{
	return page ? page[TIMER_NOW / 4] : 0;
}

void m_apic_end(void)
{
	page[EOI / 4] = 0;
}

/* The address is the kernel's, of which only the register counts. */
u64 call_apic_write(struct mcpu *cpu, struct mregs *regs)
{
	u32 reg = regs->eax & 0xff0, val = regs->edx;

	if (!page)
		return 0;
	if (own[cpu->index]) {
		if (reg == TIMER_INIT || reg == TIMER_DIV)
			return 0;
		if (reg == LVTT)
			val &= ~LVTT_MODE;
	}
	if (reg == ICR && (val & ICR_MODE) == ICR_SIPI) {
		u32 start = m_ap_page(regs, page[ICR_TARGET / 4] >> 24);

		if (!start)
			return 0;
		val = (val & ~0xffU) | start;
	}
	page[reg / 4] = val;
	return 0;
}

u64 call_apic_read(struct mcpu *cpu, struct mregs *regs)
{
	u32 reg = regs->eax & 0xff0;

	if (!page || (own[cpu->index] && (reg == TIMER_INIT || reg == TIMER_NOW)))
		return 0;
	return page[reg / 4];
}
