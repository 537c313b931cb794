// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Hostile firmware: root pointers and tables. */
#include "madt.h"
#include "memory.h"

/* Make a checksum right, so that what lies behind it is reached. */
static void sum(u8 *at, size_t len, size_t where)
{
	u8 total = 0;

	at[where] = 0;
	for (size_t i = 0; i < len; i++)
		total = (u8)(total + at[i]);
	at[where] = (u8)-total;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static u8 firmware[2048];
	u32 ids[16], n, len;

	if (size > sizeof(firmware))
		size = sizeof(firmware);
	memset(firmware, 0, sizeof(firmware));
	memcpy(firmware, data, size);
	if (size > 200 && data[size - 1] & 1) {
		memcpy(firmware, "RSD PTR ", 8);
		firmware[15] = 0;
		memcpy(firmware + 16, "\x40\x00\x0e\x00", 4);
		sum(firmware, 20, 8);
		memcpy(firmware + 64, "RSDT", 4);
		len = 36 + 4 * (data[20] % 8U);
		memcpy(firmware + 68, &len, 4);
		memcpy(firmware + 100, "\x80\x00\x0e\x00", 4);
		sum(firmware + 64, len, 9);
		memcpy(firmware + 128, "APIC", 4);
		len = 44 + data[21] * 4U;
		memcpy(firmware + 132, &len, 4);
		sum(firmware + 128, len, 9);
	}
	memory_set(firmware, sizeof(firmware), 0xe0000);
	n = native_madt_cpus(data[0] & 1 ? 0xe0000 : 0, ids, 16);
	if (n > 16)
		abort();
	return 0;
}
