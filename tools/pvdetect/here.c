// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The machine that this program runs on, and its leaves as lines of a file. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "machine.h"

#define MOST	0x40			/* leaves of a range */
#define BASES	16

static sigjmp_buf no_xen;

static void on_sigill(int signal)
{
	siglongjmp(no_xen, 1);
}

/* Xen emulates CPUID behind this prefix for PV domains, in user mode too; others raise #UD. */
static bool under_xen_pv(struct machine *machine)
{
	struct sigaction action = { .sa_handler = on_sigill }, old;
	u32 regs[4] = { 0x40000000, 0, 0, 0 };
	volatile bool found = false;

	sigaction(SIGILL, &action, &old);
	if (!sigsetjmp(no_xen, 1)) {
		machine->boot = MACHINE_XEN_PV;
		machine_cpuid(machine, regs);
		found = !memcmp(regs + 1, "XenVMMXenVMM", 12);
	}
	sigaction(SIGILL, &old, NULL);
	return found;
}

void machine_here(struct machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	strcpy(machine->name, "this machine");
	strcpy(machine->source, "its CPUID");
	strcpy(machine->kind, "recorded");
	machine->live = true;
	machine->boot = under_xen_pv(machine) ? MACHINE_XEN_PV : MACHINE_HARDWARE;
}

static u32 record(const struct machine *machine, u32 leaf, bool all)
{
	u32 regs[4] = { leaf, 0, 0, 0 };

	machine_cpuid(machine, regs);
	if (!all && !(regs[0] | regs[1] | regs[2] | regs[3]))
		return 0;
	printf("%08x %08x %08x %08x %08x %08x\n", leaf, 0U, regs[0], regs[1], regs[2], regs[3]);
	return regs[0];
}

static void record_range(const struct machine *machine, u32 first)
{
	u32 last = record(machine, first, !first);

	for (u32 i = 1; i < MOST && last >= first && i <= last - first; i++)
		record(machine, first + i, false);
}

void machine_record(const struct machine *machine)
{
	printf("name: %s\nsource: %s\nkind: %s\n", machine->name, machine->source, machine->kind);
	if (machine->boot != MACHINE_HARDWARE)
		puts("boot: xen-pv");
	record_range(machine, 0);
	for (u32 i = 0; i < BASES; i++)
		record_range(machine, 0x40000000 + i * 0x100);
	record_range(machine, 0x80000000);
}
