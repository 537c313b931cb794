// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The PVH boot convention (xen/include/public/arch-x86/hvm/start_info.h), used by QEMU, Xen,
 * Firecracker and Cloud Hypervisor alike: says how we booted, not on what we run.
 */
#include "core.h"
#include "boot_hw.h"

#define PVH_MAGIC	0x336ec578
#define PVH_MAX_MEM	1024		/* entries we are willing to read */
#define PVH_ASK_MEM	PVOPS_BOOT_MAX_MEM

struct pvh_start_info {
	u32 magic;
	u32 version;
	u32 flags;
	u32 nr_modules;
	u64 modlist;
	u64 cmdline;
	u64 rsdp;
	u64 memmap;		/* from version 1 on */
	u32 memmap_entries;
	u32 reserved;
};

#define PVH_SIZE_V0	40

struct pvh_memmap_entry {
	u64 addr;
	u64 size;
	u32 type;
	u32 reserved;
};

static const char *pvh_memory(struct pvops_boot *boot, u64 gpa, u32 entries)
{
	const struct pvh_memmap_entry *map;

	if (!entries)
		return "memory map is empty";
	if (entries > PVH_MAX_MEM)
		return "memory map has too many entries";
	map = pvops_boot_phys(gpa, entries * sizeof(*map));
	if (!map)
		return "memory map lies outside of memory";
	return pvops_hw_memory(boot, map, entries, sizeof(*map));
}

__attribute__((weak))
u32 pvops_boot_ask_memory(const struct pvops_boot *boot, struct pvops_boot_e820 *map, u32 max)
{
	return 0;
}

static const char *ask_memory(struct pvops_boot *boot)
{
	static struct pvops_boot_e820 map[PVH_ASK_MEM];
	u32 entries = pvops_boot_ask_memory(boot, map, PVH_ASK_MEM);

	if (!entries || entries > PVH_ASK_MEM)
		return "start info has no memory map (version 0)";
	return pvops_hw_memory(boot, map, entries, sizeof(*map));
}

static const char *pvh_parse(struct pvops_boot *boot)
{
	u64 gpa = (unsigned long)boot->info;
	const struct pvh_start_info *from = pvops_boot_phys(gpa, PVH_SIZE_V0);
	struct pvh_start_info info = { 0 };
	const char *why;

	if (!from)
		return "start info lies outside of memory";
	if (from->magic != PVH_MAGIC)
		return "start info has the wrong magic number";
	info.version = from->version;
	info.cmdline = from->cmdline;
	info.rsdp = from->rsdp;
	if (info.version) {
		from = pvops_boot_phys(gpa, sizeof(info));
		if (!from)
			return "start info is cut off";
		info = *from;
	}

	why = pvops_hw_cmdline(boot, info.cmdline, false);
	if (!why)
		why = info.version ? pvh_memory(boot, info.memmap, info.memmap_entries)
				   : ask_memory(boot);
	boot->rsdp = info.rsdp;
	return why;
}

const struct pvops_boot_proto pvops_boot_pvh = {
	.name = "pvh",
	.ring0 = true,
	.parse = pvh_parse,
	.cpuid = pvops_hw_cpuid,
	.emergency = pvops_hw_emergency,
	.stop = pvops_hw_stop,
};
