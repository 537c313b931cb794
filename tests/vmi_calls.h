/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A ROM of VMI by a script, whose calls are functions of the test; and a core that notes. */
#ifndef TESTS_VMI_CALLS_H
#define TESTS_VMI_CALLS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../backends/vmi/vmi.h"

#define REGS	__attribute__((regparm(3)))
#define NS	1000000000ULL

static struct {
	u32 cpu;
	u64 hz;
	u64 real[4], stolen[4];		/* of each CPU */
	u64 step;			/* that the real counter goes at each look */
	u64 date;
	bool updated;
	bool deaf;			/* takes no alarm */
	bool keeps;			/* one that is cancelled is there still */
	bool armed;
	u32 flags;			/* of the alarm, as the next two */
	u64 expiry, period;
	u32 modes[16], nr_modes;	/* SetLazyMode */
	u32 wrong;			/* calls with arguments that cannot be */
} rom_state;

u32 vmi_cpu(void)
{
	return rom_state.cpu;
}

static REGS u64 rom_frequency(void)
{
	return rom_state.hz;
}

static REGS u64 rom_counter(u32 which)
{
	u32 cpu = rom_state.cpu;

	switch (which) {
	case VMI_CYCLES_REAL:
		return rom_state.real[cpu] += rom_state.step;
	case VMI_CYCLES_AVAILABLE:
		return rom_state.real[cpu] - rom_state.stolen[cpu];
	case VMI_CYCLES_STOLEN:
		return rom_state.stolen[cpu];
	}
	rom_state.wrong++;
	return 0;
}

static REGS void rom_set_alarm(u32 flags, u64 expiry, u64 period)
{
	if (rom_state.deaf)
		return;
	rom_state.armed = true;
	rom_state.flags = flags;
	rom_state.expiry = expiry;
	rom_state.period = period;
}

static REGS u32 rom_cancel_alarm(u32 flags)
{
	bool was = rom_state.armed;

	if (flags & VMI_ALARM_COUNTER)
		rom_state.wrong++;
	rom_state.armed = was && rom_state.keeps;
	return was;
}

static REGS u64 rom_wallclock(void)
{
	return rom_state.date;
}

static REGS u32 rom_wallclock_updated(void)
{
	bool was = rom_state.updated;

	rom_state.updated = false;
	return was;
}

static REGS void rom_lazy_mode(u32 mode)
{
	if (rom_state.nr_modes < 16)
		rom_state.modes[rom_state.nr_modes++] = mode;
}

/* Whom `pvops=' on the command line wishes for; NULL: nobody. */
static const char *wish;

bool pvops_boot_wish(const char *cmdline, char *name, size_t size)
{
	snprintf(name, size, "%s", wish ? wish : "");
	return false;
}

bool pvops_boot_option(const char *cmdline, const char *name, char *value, size_t size)
{
	return false;
}

/* irq.save's answer: interrupts are off. */
u32 flags_now;
extern const u8 op_irq_save[];
asm(".pushsection .text\n"
    "op_irq_save:	mov	flags_now, %eax\n"
    "	ret\n"
    ".popsection");
const void *pvops_table[PVOPS_NR_OPS] = { [PVOPS_OP_irq_save] = op_irq_save };

static const struct pvops_base_ways *ways_set;

void pvops_base_set_ways(const struct pvops_base_ways *ways)
{
	ways_set = ways;
}

const void *pvops_base_func(unsigned int op)
{
	return NULL;
}

#endif /* TESTS_VMI_CALLS_H */
