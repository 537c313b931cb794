// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What the monitor says, on the first serial port and QEMU's debug console, and its counters. */
#include <pvops/pvops.h>
#include "monitor.h"
#include "io.h"

#define COM1		0x3f8
#define COM1_STATUS	(COM1 + 5)
#define EMPTY		0x20
#define DEBUG_CONSOLE	0xe9

u32 m_violations, m_calls_made;
static bool meant;			/* a test shows what is wrong */
static u32 shown;

static void put(char c)
{
	for (u32 i = 0; i < 100000 && !(port_in8(COM1_STATUS) & EMPTY); i++)
		;
	port_out8(COM1, (u8)c);
	port_out8(DEBUG_CONSOLE, (u8)c);
}

static void say(const char *fmt, va_list args)
{
	char line[200];

	pvops_vsnprintf(line, sizeof(line), fmt, args);
	for (const char *c = "vmi-strict: "; *c; c++)
		put(*c);
	for (const char *c = line; *c; c++)
		put(*c);
	put('\r');
	put('\n');
}

void m_say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void m_violation(const char *name, u32 eip)
{
	if (meant) {
		shown++;
		m_say("%s shown by a test, 0x%x", name, eip);
		return;
	}
	m_violations++;
	m_say("%s at 0x%x", name, eip);
}

void m_say_result(void)
{
	m_say("%u violations, %u calls", m_violations, m_calls_made);
}

u32 m_test_port_read(void)
{
	return shown;
}

void m_test_port_write(u32 val)
{
	switch (val & 0xffff0000) {
	case M_TEST_STEAL:
		m_time_steal(m_this(), val & 0xffff);
		return;
	case M_TEST_STEP:
		m_time_step(val & 0xffff);
		return;
	}
	meant = val & 1;
	if (meant)
		shown = 0;
}

void m_panic(const struct mregs *regs, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	if (regs) {
		m_say("panic: vector %u error %x eip %x cs %x flags %x cr2 %x", regs->vector,
		      regs->error, regs->eip, regs->cs & 0xffff, regs->eflags, m_this()->cr2);
		m_say("panic: eax %x ebx %x ecx %x edx %x esi %x edi %x ebp %x", regs->eax,
		      regs->ebx, regs->ecx, regs->edx, regs->esi, regs->edi, regs->ebp);
		if (regs->cs & 3)
			m_say("panic: esp %x ss %x ds %x es %x fs %x gs %x", regs->esp,
			      regs->ss & 0xffff, regs->ds & 0xffff, regs->es & 0xffff,
			      regs->fs & 0xffff, regs->gs & 0xffff);
	}
	m_say("panic: %u violations so far", m_violations);
	port_out8(0x64, 0xfe);
	for (;;)
		asm volatile("cli; hlt");
}
