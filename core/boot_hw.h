/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the boot conventions that enter in ring 0, paging off, have in common. */
#ifndef PVOPS_BOOT_HW_H
#define PVOPS_BOOT_HW_H

#include <pvops/boot.h>

/* Known to entry64.S, entry32.S and the host tests. */
extern const struct pvops_boot_proto pvops_boot_pvh, pvops_boot_mb1, pvops_boot_mb2;

/* All return NULL or one line that says what is wrong. */

/* Copy a command line from guest-physical memory; @skip_name: its first word is a file name. */
const char *pvops_hw_cmdline(struct pvops_boot *boot, u64 gpa, bool skip_name);

/*
 * Take in a memory map of @entries entries, @stride bytes apart, each u64 base, u64 size, u32
 * type (1 is RAM, as in E820), and note where the image lies.
 */
const char *pvops_hw_memory(struct pvops_boot *boot, const void *map, u32 entries, u32 stride);

void pvops_hw_cpuid(u32 regs[4]);
void pvops_hw_emergency(const char *text, size_t len);
void pvops_hw_stop(void);

#endif /* PVOPS_BOOT_HW_H */
