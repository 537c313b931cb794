// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Instructions that only the kernel's ring 0 would have. */
#include "monitor.h"

bool m_emulate(struct mcpu *cpu, struct mregs *regs)
{
	u8 code[3];

	if (m_read(regs->eip, code, 2))
		return false;
	if (code[0] == 0x0f && (code[1] == 0x30 || code[1] == 0x32)) {
		u64 val = (u64)regs->edx << 32 | regs->eax;

		if (code[1] == 0x30 ? m_wrmsr(regs->ecx, val) : m_rdmsr(regs->ecx, &val))
			return false;
		regs->eax = (u32)val;
		regs->edx = (u32)(val >> 32);
		regs->eip += 2;
		return true;
	}
	m_say("fault at %x: %x %x", regs->eip, code[0], code[1]);
	return false;
}
