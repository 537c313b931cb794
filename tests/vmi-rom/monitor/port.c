// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Port instructions that faulted: of a process, which the kernel's TSS may allow; of the kernel,
 * on the few ports that the monitor watches.
 */
#include "monitor.h"
#include "io.h"

#define EXIT_PORT	0xf4		/* QEMU's isa-debug-exit: there is nothing behind it */

bool m_port(struct mcpu *cpu, struct mregs *regs);

struct access {
	u16 port;
	u8 size, len;
	bool out, string;
};

/* in, out, ins and outs in their forms. */
static bool decode(const struct mregs *regs, struct access *access)
{
	u8 code[4], at = 0, op;

	*access = (struct access){ .size = 4, .port = (u16)regs->edx };
	/* At the end of a page there may be fewer. */
	for (u32 i = 0; i < sizeof(code); i++)
		if (m_read(regs->eip + i, code + i, 1))
			code[i] = 0;
	while (at < 2 && (code[at] == 0x66 || code[at] == 0xf2 || code[at] == 0xf3)) {
		if (code[at] == 0x66)
			access->size = 2;
		at++;
	}
	op = code[at];
	if ((op & 0xfc) != 0x6c && (op & 0xf4) != 0xe4)
		return false;
	access->string = (op & 0xfc) == 0x6c;
	access->out = op & 2;
	access->len = at + 1;
	if (!(op & 1))
		access->size = 1;
	if ((op & 0xfc) == 0xe4)
		access->port = code[++access->len - 1];
	return true;
}

/* What the kernel's TSS says of it (Intel SDM vol. 1, 19.5.2). */
static bool allowed(struct mcpu *cpu, const struct access *access)
{
	u32 base, bits;
	u16 io_base, word;

	if (!cpu->tr || cpu->tr_limit < sizeof(struct mtss) - 1 ||
	    m_read(cpu->tr_base + __builtin_offsetof(struct mtss, io_base), &io_base, 2))
		return false;
	base = io_base + access->port / 8U;
	if (base + 1 > cpu->tr_limit || m_read(cpu->tr_base + base, &word, 2))
		return false;
	bits = ((1U << access->size) - 1) << access->port % 8;
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

static bool watched(struct mregs *regs, const struct access *access)
{
	if (access->string)
		return false;
	if (access->port == M_TEST_PORT && access->size == 4) {
		if (access->out)
			m_test_port_write(regs->eax);
		else
			regs->eax = m_test_port_read();
	} else if (access->port == EXIT_PORT && access->out) {
		m_say_result();
		if (access->size == 1)
			m_out8(EXIT_PORT, (u8)regs->eax);
		else
			m_out32(EXIT_PORT, regs->eax);
	} else {
		return false;
	}
	regs->eip += access->len;
	return true;
}

bool m_port(struct mcpu *cpu, struct mregs *regs)
{
	struct access access;

	if (!decode(regs, &access))
		return false;
	if (!m_from_user(regs))
		return watched(regs, &access);
	if (!allowed(cpu, &access))
		return false;
	lend(cpu);
	return true;
}
