/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef PVOPS_NATIVE_MADT_H
#define PVOPS_NATIVE_MADT_H

#include <pvops/types.h>

/**
 * native_madt_cpus() - APIC ids of the CPUs that ACPI's MADT lists as enabled.
 * @rsdp: guest-physical address of the root pointer, 0: search the BIOS area
 * @ids: where they go
 * @max: room in @ids
 *
 * Reads memory by pvops_boot_phys() and believes nothing: lengths, checksums, counts.
 * Return: how many; 0 if there is no usable table.
 */
unsigned int native_madt_cpus(u64 rsdp, u32 *ids, unsigned int max);

#endif /* PVOPS_NATIVE_MADT_H */
