// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * `record`: what CPUID shows on this host, as lines of tests/cpuid/ (and of pvdetect).
 *
 * Before a backend is there, so it works where none does.
 */
#include <pvops/pvops.h>
#include "record.h"

#define MOST	0x40			/* leaves of a range; more is a lie or of no use here */

static const struct pvops_boot_proto *proto;

/* Asks; writes the line unless it is empty and @all is not set. Returns eax. */
static u32 record(u32 leaf, u32 sub, bool all)
{
	u32 regs[4] = { leaf, 0, sub, 0 };
	char line[80];
	int len;

	proto->cpuid(regs);
	if (!all && !(regs[0] | regs[1] | regs[2] | regs[3]))
		return 0;
	len = pvops_snprintf(line, sizeof(line), "%08x %08x %08x %08x %08x %08x\n", leaf, sub,
			     regs[0], regs[1], regs[2], regs[3]);
	pvops_console_write(line, (size_t)len);
	return regs[0];
}

static void record_range(u32 first)
{
	u32 last = record(first, 0, !(first & 0x70000000));

	for (u32 i = 1; i < MOST && last >= first && i <= last - first; i++)
		record(first + i, 0, false);
}

void record_by_cmdline(const struct pvops_boot *boot)
{
	static const char head[] = "record: begin\n", tail[] = "record: end\n";

	if (!pvops_boot_option(boot->cmdline, "record", NULL, 0) || !boot->proto->cpuid)
		return;
	proto = boot->proto;
	pvops_console_write(head, sizeof(head) - 1);
	record_range(0);
	for (u32 i = 0; i < PVOPS_MAX_MATCHES; i++)
		record_range(0x40000000 + i * 0x100);
	record_range(0x80000000);
	pvops_console_write(tail, sizeof(tail) - 1);
}
