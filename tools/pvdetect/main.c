// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * pvdetect: what pvops finds out on a machine, from a file of its CPUID or on the one here.
 *
 * Linked from the very objects of the guest: core's detection and selection, and all backends
 * with their detect functions, out of the linker set.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xen/xen.h>
#include <xen/arch-x86/hvm/start_info.h>
#include "core.h"
#include "machine.h"
#include "print.h"

/* What the Xen PV entry leaves behind for its backend; not there without that backend. */
extern const struct start_info *xen_start __attribute__((weak));
extern bool xen_dom0 __attribute__((weak));

static struct machine machine;
static struct pvops_boot boot;
static struct start_info pv_info = { .magic = "xen-3.0-x86_64" };
static struct hvm_start_info pvh_info = { .magic = XEN_HVM_START_MAGIC_VALUE, .version = 1 };
static struct report report;

static void cpuid(u32 regs[4])
{
	machine_cpuid(&machine, regs);
}

static const struct pvops_boot_proto protos[MACHINE_NR_BOOT] = {
	[MACHINE_HARDWARE] = { .name = "hardware", .ring0 = true, .cpuid = cpuid },
	[MACHINE_PVH] = { .name = "pvh", .ring0 = true, .cpuid = cpuid },
	[MACHINE_PVH_DOM0] = { .name = "pvh", .ring0 = true, .cpuid = cpuid },
	[MACHINE_XEN_PV] = { .name = "xen-pv", .cpuid = cpuid },
	[MACHINE_XEN_PV_DOM0] = { .name = "xen-pv", .cpuid = cpuid },
};

/* ---- what the library calls, and other files of the guest supply ---- */

/* The machine's memory is not recorded; nothing but PVH's start_info can be found there. */
const void *pvops_boot_phys(u64 gpa, u64 len)
{
	bool there = boot.info && gpa == (unsigned long)boot.info && len <= sizeof(pvh_info);

	return there ? &pvh_info : NULL;
}

void pvops_log(const char *fmt, ...)
{
	size_t at = strlen(report.log);
	va_list args;

	va_start(args, fmt);
	pvops_vsnprintf(report.log + at, sizeof(report.log) - at - 1, fmt, args);
	va_end(args);
	strcat(report.log, "\n");
}

void pvops_panic(const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	pvops_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(stderr, "pvdetect: %s\n", text);
	exit(1);
}

void pvops_console_write(const char *text, size_t len)
{
	fwrite(text, 1, len, stderr);
}

const char *pvops_op_name(unsigned int op)
{
	return op < PVOPS_NR_OPS ? pvops_op_rows[op].name : NULL;
}

void pvops_guest_main(struct pvops_boot *boot_info)
{
	abort();
}

/* ---- */

static void detect(const char *cmdline)
{
	struct pvops_candidate list[PVOPS_MAX_CANDIDATES] = { 0 };
	struct pvops_clock_facts facts;
	u32 found;

	boot.proto = protos + machine.boot;
	snprintf(boot.cmdline, sizeof(boot.cmdline), "%s", cmdline);
	switch (machine.boot) {
	case MACHINE_XEN_PV:
	case MACHINE_XEN_PV_DOM0:
		pv_info.flags = machine.boot == MACHINE_XEN_PV_DOM0 ? SIF_INITDOMAIN : 0;
		boot.info = &pv_info;
		if (&xen_start)
			xen_start = &pv_info;
		if (&xen_dom0)
			xen_dom0 = machine.boot == MACHINE_XEN_PV_DOM0;
		break;
	case MACHINE_PVH:
	case MACHINE_PVH_DOM0:
		pvh_info.flags = machine.boot == MACHINE_PVH_DOM0 ? SIF_INITDOMAIN : 0;
		boot.info = &pvh_info;
		break;
	default:
		break;
	}
	pvops_detect(&boot, &report.probe);
	found = pvops_select(pvops_backends_start, pvops_backends_end, &report.probe, list);
	report.backend = found ? list[0].backend : NULL;
	report.verdict = list[0].verdict;
	pvops_clock_cpuid_facts(&report.probe, &facts);
	report.facts = facts;
	report.clock_found = pvops_clock_choose(&facts, &report.clock);
	report.machine = &machine;
	report.first = pvops_backends_start;
	report.last = pvops_backends_end;
}

static int usage(FILE *to, int status)
{
	fputs("usage: pvdetect [--json] [--append WORDS] [FILE]\n"
	      "       pvdetect --record\n"
	      "What pvops detects on a machine: the faces in CPUID, the backends that can run,\n"
	      "the choice, its role and reason. FILE is like those of tests/cpuid/; without it,\n"
	      "the machine here.\n"
	      "  --json          as one JSON object\n"
	      "  --append WORDS  command line of the kernel: pvops=NAME, nopv\n"
	      "  --record        write the machine here in the form of a FILE\n", to);
	return status;
}

int main(int argc, char **argv)
{
	const char *path = NULL, *cmdline = "";
	bool json = false, record = false;
	char error[512];

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return usage(stdout, 0);
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (!strcmp(argv[i], "--record"))
			record = true;
		else if (!strcmp(argv[i], "--append") && i + 1 < argc)
			cmdline = argv[++i];
		else if (*argv[i] == '-' || path)
			return usage(stderr, 2);
		else
			path = argv[i];
	}
	if (record && (path || json))
		return usage(stderr, 2);
	if (!path) {
		machine_here(&machine);
	} else if (!machine_read(path, &machine, error, sizeof(error))) {
		fprintf(stderr, "pvdetect: %s\n", error);
		return 2;
	}
	if (record) {
		machine_record(&machine);
		return 0;
	}
	detect(cmdline);
	if (json)
		print_json(&report);
	else
		print_text(&report);
	return report.backend ? 0 : 1;
}
