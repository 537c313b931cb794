// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Hostile loaders: start info, memory maps, command lines, tags. */
#include "boot_hw.h"
#include "memory.h"

static void check(const struct pvops_boot *boot)
{
	if (boot->nr_mem > PVOPS_BOOT_MAX_MEM || strlen(boot->cmdline) >= PVOPS_BOOT_CMDLINE)
		abort();
	for (u32 i = 1; i < boot->nr_mem; i++)
		if (boot->mem[i].base < boot->mem[i - 1].base + boot->mem[i - 1].size)
			abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const struct pvops_boot_proto *const protos[] = {
		&pvops_boot_mb2, &pvops_boot_pvh, &pvops_boot_mb1,
	};
	static struct pvops_boot boot;
	const char *why;

	if (!size)
		return 0;
	memory_set(data + 1, size - 1, 0x1000);
	memset(&boot, 0, sizeof(boot));
	boot.info = (void *)0x1000;
	why = protos[data[0] % 3]->parse(&boot);
	if (!why)
		check(&boot);
	return 0;
}
