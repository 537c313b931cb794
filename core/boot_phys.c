// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Loader's data through the boot page tables: the low 4 GiB as they are (entry64.S), or what of
 * them lies below the kernel (entry32.S).
 */
#include <pvops/boot.h>

#ifdef __x86_64__
#define REACH	(1ULL << 32)
#else
#define REACH	((u64)PVOPS_VIRT_BASE)
#endif

const void *pvops_boot_phys(u64 gpa, u64 len)
{
	if (gpa >= REACH || len > REACH - gpa)
		return NULL;
	return (const void *)(unsigned long)gpa;
}
