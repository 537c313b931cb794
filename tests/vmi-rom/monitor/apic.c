// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The local APIC's registers. */
#include "monitor.h"

void m_apic_init(struct mcpu *cpu)
{
}

u64 call_apic_write(struct mcpu *cpu, struct mregs *regs)
{
	m_write(regs->eax, &regs->edx, 4);
	return 0;
}

u64 call_apic_read(struct mcpu *cpu, struct mregs *regs)
{
	u32 val = 0;

	m_read(regs->eax, &val, 4);
	return val;
}
