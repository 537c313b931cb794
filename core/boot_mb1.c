// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The multiboot boot convention (GNU Multiboot Specification 0.6.96, section 3.3). It loads
 * 32-bit images only, and is what QEMU's -kernel takes for one that has its header.
 */
#include "core.h"
#include "boot_hw.h"

#define MB1_HAS_MEMORY	(1U << 0)
#define MB1_HAS_CMDLINE	(1U << 2)
#define MB1_HAS_MMAP	(1U << 6)
#define MB1_HAS_LOADER	(1U << 9)

#define MB1_MMAP_ENTRY	20		/* bytes behind an entry's own size field */
#define MB1_MAX_MMAP	(1U << 16)	/* bytes we are willing to read */

struct mb1_info {
	u32 flags;
	u32 mem_lower, mem_upper;	/* KiB at 0 and at 1 MiB */
	u32 boot_device;
	u32 cmdline;
	u32 mods_count, mods;
	u32 symbols[4];
	u32 mmap_length, mmap;
	u32 drives_length, drives;
	u32 config;
	u32 loader;
};

struct mb1_mmap {
	u32 size;			/* of what follows */
	struct pvops_boot_e820 entry;
} __attribute__((packed));

/* GRUB 2 does not give the file's name as the command line's first word; all others do. */
static bool names_file(const struct mb1_info *info)
{
	static const char grub[] = "GRUB 2";
	const char *name;

	if (!(info->flags & MB1_HAS_LOADER))
		return true;
	name = pvops_boot_phys(info->loader, sizeof(grub) - 1);
	for (size_t i = 0; name && i < sizeof(grub) - 1; i++)
		if (name[i] != grub[i])
			return true;
	return !name;
}

static const char *mb1_mmap(struct pvops_boot *boot, const struct mb1_info *info)
{
	static struct pvops_boot_e820 map[PVOPS_BOOT_MAX_MEM];
	u32 entries = 0, at = 0;

	if (info->mmap_length > MB1_MAX_MMAP)
		return "memory map is too long";
	while (info->mmap_length - at >= sizeof(struct mb1_mmap)) {
		const struct mb1_mmap *from = pvops_boot_phys((u64)info->mmap + at, sizeof(*from));
		u32 size;

		if (!from)
			return "memory map lies outside of memory";
		size = from->size;
		if (size < MB1_MMAP_ENTRY || size > info->mmap_length - at - sizeof(size))
			return "memory map has an entry of a wrong size";
		if (entries == PVOPS_BOOT_MAX_MEM)
			return "memory map has too many ranges";
		map[entries++] = from->entry;
		at += size + sizeof(size);
	}
	return pvops_hw_memory(boot, map, entries, sizeof(*map));
}

static const char *mb1_memory(struct pvops_boot *boot, const struct mb1_info *info)
{
	struct pvops_boot_e820 map[2] = {
		{ .base = 0, .size = (u64)info->mem_lower << 10, .type = 1 },
		{ .base = 1 << 20, .size = (u64)info->mem_upper << 10, .type = 1 },
	};

	if (info->flags & MB1_HAS_MMAP)
		return mb1_mmap(boot, info);
	if (info->flags & MB1_HAS_MEMORY)
		return pvops_hw_memory(boot, map, 2, sizeof(*map));
	return "memory map is missing";
}

static const char *mb1_parse(struct pvops_boot *boot)
{
	const struct mb1_info *info = pvops_boot_phys((unsigned long)boot->info, sizeof(*info));
	const char *why = NULL;

	if (!info)
		return "information lies outside of memory";
	if (info->flags & MB1_HAS_CMDLINE)
		why = pvops_hw_cmdline(boot, info->cmdline, names_file(info));
	return why ? why : mb1_memory(boot, info);
}

const struct pvops_boot_proto pvops_boot_mb1 = {
	.name = "multiboot",
	.ring0 = true,
	.parse = mb1_parse,
	.cpuid = pvops_hw_cpuid,
	.emergency = pvops_hw_emergency,
	.stop = pvops_hw_stop,
};
