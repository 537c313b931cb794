// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The calls of time: not offered yet. */
#include "monitor.h"

void m_time_init(struct mcpu *cpu)
{
}

bool m_time_interrupt(struct mcpu *cpu, u32 vector)
{
	return false;
}

u64 call_cycle_frequency(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}

u64 call_cycle_counter(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}

u64 call_set_alarm(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}

u64 call_cancel_alarm(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}

u64 call_wallclock(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}

u64 call_wallclock_updated(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}
