// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The local APIC's registers. */
#include "monitor.h"

#define MSR_APIC_BASE	0x1b

static volatile u32 *page;

void m_apic_init(struct mcpu *cpu)
{
	u64 base = 0;

	if (!page && !m_rdmsr(MSR_APIC_BASE, &base))
		page = m_map_device(base & PVOPS_PTE_FRAME);
}

u64 call_apic_write(struct mcpu *cpu, struct mregs *regs)
{
	if (page)
		page[(regs->eax & ~PVOPS_PAGE_MASK) / 4] = regs->edx;
	return 0;
}

u64 call_apic_read(struct mcpu *cpu, struct mregs *regs)
{
	return page ? page[(regs->eax & ~PVOPS_PAGE_MASK) / 4] : 0;
}
