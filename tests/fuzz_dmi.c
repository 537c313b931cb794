// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Hostile firmware: entry points and structures of SMBIOS. */
#include "../backends/vmware/hv.h"
#include "memory.h"

#define BASE	0xf0000
#define SIZE	0x10000

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static u8 bios[SIZE];
	u8 total = 0;
	u32 len;
	u64 gpa;

	if (size > 1024)
		size = 1024;
	memset(bios, 0, 0x100);
	/* The structures lie at the very end; a byte too far is found. */
	memset(bios + SIZE - 1024, 0, 1024);
	memcpy(bios + SIZE - size, data, size);
	if (size > 40 && data[0] & 1) {
		/* An entry point that is right, so that what lies behind it is reached. */
		len = (u32)size;
		gpa = BASE + SIZE - size;
		memcpy(bios, "_SM3_", 5);
		bios[6] = 0x18;
		memcpy(bios + 0x0c, &len, 4);
		memcpy(bios + 0x10, &gpa, 8);
	} else {
		memcpy(bios, data, size < 32 ? size : 32);
		bios[5] = 0;
	}
	for (u32 i = 0; i < 32 && i < bios[6]; i++)
		total = (u8)(total + bios[i]);
	bios[5] = (u8)-total;
	memory_set(bios, SIZE, BASE);
	vmware_dmi();
	return 0;
}
