// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Port instructions that faulted: of a process, which the kernel's TSS may allow; of the kernel,
 * on the few ports that the monitor watches.
 */
#include "decode.h"
#include "io.h"
#include "monitor.h"

#define EXIT_PORT	0xf4		/* QEMU's isa-debug-exit: there is nothing behind it */

bool m_port(struct mcpu *cpu, struct mregs *regs);

static u16 port_of(const struct mregs *regs, const struct m_insn *insn)
{
	return insn->by_imm ? insn->imm : (u16)regs->edx;
}

/* What the kernel's TSS says of it (Intel SDM vol. 1, 19.5.2). */
static bool allowed(struct mcpu *cpu, u16 port, u8 size)
{
	u32 base, bits;
	u16 io_base, word;

	if (!cpu->tr || cpu->tr_limit < sizeof(struct mtss) - 1 ||
	    m_read(cpu->tr_base + __builtin_offsetof(struct mtss, io_base), &io_base, 2))
		return false;
	base = io_base + port / 8U;
	if (base + 1 > cpu->tr_limit || m_read(cpu->tr_base + base, &word, 2))
		return false;
	bits = ((1U << size) - 1) << port % 8;
	return !(word & bits);
}

/* Its ports for the process, until it traps again: only then can the kernel change them. */
static void lend(struct mcpu *cpu)
{
	u16 io_base;

	m_read(cpu->tr_base + __builtin_offsetof(struct mtss, io_base), &io_base, 2);
	for (u32 i = 0; i < M_IO_BYTES; i++)
		if (i == M_IO_BYTES - 1 || io_base + i > cpu->tr_limit ||
		    m_read(cpu->tr_base + io_base + i, cpu->io_some + i, 1))
			cpu->io_some[i] = 0xff;
	cpu->io_some[M_TEST_PORT / 8] = 0xff;
	cpu->tss.io_base = (u16)(cpu->io_some - (u8 *)&cpu->tss);
}

static bool watched(struct mregs *regs, const struct m_insn *insn)
{
	u16 port = port_of(regs, insn);

	if (port == M_TEST_PORT && insn->size == 4) {
		if (insn->kind == M_OUT)
			m_test_port_write(regs->eax);
		else
			regs->eax = m_test_port_read();
	} else if (port == EXIT_PORT && insn->kind == M_OUT) {
		m_say_result();
		if (insn->size == 1)
			port_out8(EXIT_PORT, (u8)regs->eax);
		else
			port_out32(EXIT_PORT, regs->eax);
	} else {
		return false;
	}
	regs->eip += insn->len;
	return true;
}

bool m_port(struct mcpu *cpu, struct mregs *regs)
{
	struct m_insn insn;

	if (!m_decode_at(regs->eip, &insn) || insn.kind < M_IN || insn.kind > M_OUTS)
		return false;
	if (!m_from_user(regs))
		return insn.kind <= M_OUT && watched(regs, &insn);
	if (!allowed(cpu, port_of(regs, &insn), insn.size))
		return false;
	lend(cpu);
	return true;
}
