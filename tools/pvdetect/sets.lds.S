/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The library's linker sets in a program of the host, and symbols of the guest's image and
 * entry that functions refer to which never run here.
 */
#include <pvops/pvops.lds.h>

SECTIONS
{
	.pvops_sets : { PVOPS_RODATA }
	.pvops_sealed : { PVOPS_TABLE }
}
INSERT AFTER .data;

PVOPS_SYMBOLS
PROVIDE(pvops_image_start = 0);
PROVIDE(pvops_image_end = 0);
PROVIDE(pvops_text_start = 0);
PROVIDE(pvops_text_end = 0);
PROVIDE(pvops_boot_stack = 0);
PROVIDE(pvops_boot_root = 0);
PROVIDE(pvops_boot_pud_low = 0);
PROVIDE(pvops_early_op = 0);
