/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Message-signalled interrupts: which CPUs a device can reach.
 *
 * The message has 8 bits for the APIC's id (Intel SDM vol. 3, 11.11). Several hypervisors take 7
 * more in bits 11 to 5 of the address, and say so in CPUID: with them CPUs above 254 get
 * interrupts of devices without an IOMMU that remaps. No op of this library programs a device;
 * this is for the kernel's drivers.
 */
#ifndef PVOPS_MSI_H
#define PVOPS_MSI_H

#include <pvops/types.h>

/** struct pvops_msi - what to write into a device. */
struct pvops_msi {
	u64 address;
	u32 data;
};

/**
 * pvops_msi_compose() - the message that raises a vector on one CPU.
 * @apic_id: the CPU's
 * @vector: 16 to 255
 * @msi: the message
 *
 * Context: any, after pvops_init().
 * Return: 0; -EINVAL for a vector that does not exist, -ERANGE for a CPU that no message reaches.
 */
int pvops_msi_compose(u32 apic_id, unsigned int vector, struct pvops_msi *msi);

/** pvops_msi_wide() - the host takes 15 bits. For a backend's init. */
void pvops_msi_wide(void);

/** pvops_msi_bits() - 8 or 15: how many bits of an APIC id this host's messages carry. */
unsigned int pvops_msi_bits(void);

#endif /* PVOPS_MSI_H */
