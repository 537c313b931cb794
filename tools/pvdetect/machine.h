/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A machine as CPUID shows it: from a file, or the one that we run on. */
#ifndef PVDETECT_MACHINE_H
#define PVDETECT_MACHINE_H

#include <stddef.h>
#include <pvops/types.h>

#define MACHINE_LEAVES	1024
#define MACHINE_TEXT	256

/** enum machine_boot - how the kernel would have been entered. */
enum machine_boot {
	MACHINE_HARDWARE,		/* ring 0, whoever loaded it */
	MACHINE_PVH,
	MACHINE_PVH_DOM0,
	MACHINE_XEN_PV,
	MACHINE_XEN_PV_DOM0,
	MACHINE_NR_BOOT,
};

/** machine_boot_names - as files and reports call them. */
extern const char *const machine_boot_names[MACHINE_NR_BOOT];

/** struct machine_leaf - a line of the file. @regs: eax, ebx, ecx, edx. */
struct machine_leaf {
	u32 leaf;
	u32 sub;
	u32 regs[4];
};

/**
 * struct machine - what a file says.
 * @name: of the machine
 * @source: where the dump comes from
 * @kind: "recorded", "synthetic" or, in part one and in part the other, "mixed"
 * @boot: the view
 * @live: ask the processor, not @leaves
 * @nr: of @leaves
 */
struct machine {
	char name[MACHINE_TEXT];
	char source[MACHINE_TEXT];
	char kind[MACHINE_TEXT];
	enum machine_boot boot;
	bool live;
	size_t nr;
	struct machine_leaf leaves[MACHINE_LEAVES];
};

/**
 * machine_read() - read a file of tests/cpuid's form.
 * @path: the file
 * @machine: filled in
 * @error: why not: "FILE:LINE: ..."
 * @size: of @error
 *
 * Return: whether it could be read.
 */
bool machine_read(const char *path, struct machine *machine, char *error, size_t size);

/** machine_here() - the machine that this program runs on. */
void machine_here(struct machine *machine);

/** machine_cpuid() - its CPUID; what is not recorded is zero. */
void machine_cpuid(const struct machine *machine, u32 regs[4]);

/** machine_record() - write it to the standard output, in the form of a file. */
void machine_record(const struct machine *machine);

#endif /* PVDETECT_MACHINE_H */
