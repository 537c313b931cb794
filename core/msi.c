// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Message-signalled interrupts, as wide as the host takes them. */
#include <pvops/msi.h>
#include "core.h"

#define MSI_ADDRESS	0xfee00000U
#define MSI_DEST	12		/* bits 7-0 of the APIC id */
#define MSI_EXT_DEST	5		/* bits 14-8 */
#define VECTOR_LOWEST	16
#define VECTOR_HIGHEST	255

static unsigned int bits PVOPS_SEALED = 8;

void pvops_msi_wide(void)
{
	bits = 15;
}

unsigned int pvops_msi_bits(void)
{
	return bits;
}

int pvops_msi_compose(u32 apic_id, unsigned int vector, struct pvops_msi *msi)
{
	if (vector < VECTOR_LOWEST || vector > VECTOR_HIGHEST)
		return -PVOPS_EINVAL;
	/* 255 is everybody; hosts keep to that even where they take 15 bits. */
	if (apic_id >> bits || apic_id == 0xff)
		return -PVOPS_ERANGE;
	msi->address = MSI_ADDRESS | (apic_id & 0xff) << MSI_DEST |
		       (apic_id >> 8) << MSI_EXT_DEST;
	msi->data = vector;
	return 0;
}
