// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Loader's data through the boot page tables of entry64.S: the low 4 GiB as they are.
 */
#include <pvops/boot.h>

const void *pvops_boot_phys(u64 gpa, u64 len)
{
	if (gpa >= 1ULL << 32 || len > (1ULL << 32) - gpa)
		return NULL;
	return (const void *)(unsigned long)gpa;
}
