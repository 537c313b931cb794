// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The multiboot2 boot convention (GNU Multiboot2 Specification 2.0, section 3.6).
 */
#include "core.h"
#include "boot_hw.h"

#define MB2_MAX_SIZE	(1U << 20)	/* of the whole list; GRUB's is a few hundred bytes */

#define MB2_TAG_END	0
#define MB2_TAG_CMDLINE	1
#define MB2_TAG_MMAP	6
#define MB2_TAG_ACPI1	14
#define MB2_TAG_ACPI2	15

struct mb2_info {
	u32 total_size;
	u32 reserved;
};

struct mb2_tag {
	u32 type;
	u32 size;
};

struct mb2_mmap {
	struct mb2_tag tag;
	u32 entry_size;
	u32 entry_version;
};

#define MB2_MMAP_ENTRY	24

/* @gpa: of the tag, whose size has been checked against the list. */
static const char *mb2_tag(struct pvops_boot *boot, const struct mb2_tag *tag, u64 gpa)
{
	const struct mb2_mmap *mmap = (const void *)tag;

	switch (tag->type) {
	case MB2_TAG_CMDLINE:
		return pvops_hw_cmdline(boot, gpa + sizeof(*tag), true);
	case MB2_TAG_ACPI1:
	case MB2_TAG_ACPI2:
		/* A copy of the root pointer; version 2, if it comes too, says more. */
		if (!boot->rsdp || tag->type == MB2_TAG_ACPI2)
			boot->rsdp = gpa + sizeof(*tag);
		return NULL;
	case MB2_TAG_MMAP:
		if (tag->size < sizeof(*mmap))
			return "memory map tag is cut off";
		if (mmap->entry_size < MB2_MMAP_ENTRY || mmap->entry_size % 8)
			return "memory map has entries of a wrong size";
		return pvops_hw_memory(boot, mmap + 1,
				       (tag->size - sizeof(*mmap)) / mmap->entry_size,
				       mmap->entry_size);
	default:
		return NULL;
	}
}

static const char *mb2_parse(struct pvops_boot *boot)
{
	u64 gpa = (unsigned long)boot->info;
	const struct mb2_info *info = pvops_boot_phys(gpa, sizeof(*info));
	const struct mb2_tag *tag;
	const char *why;
	u32 size, at;

	if (!info)
		return "information lies outside of memory";
	size = info->total_size;
	if (size < sizeof(*info) + sizeof(*tag) || size > MB2_MAX_SIZE || gpa % 8)
		return "information has a wrong size or alignment";
	if (!pvops_boot_phys(gpa, size))
		return "information is cut off";

	for (at = sizeof(*info); at <= size - sizeof(*tag); at += (tag->size + 7) & ~7U) {
		tag = (const void *)((const u8 *)info + at);
		if (tag->type == MB2_TAG_END)
			return boot->nr_mem ? NULL : "memory map is missing";
		if (tag->size < sizeof(*tag) || tag->size > size - at)
			return "a tag has a wrong size";
		why = mb2_tag(boot, tag, gpa + at);
		if (why)
			return why;
	}
	return "list of tags has no end";
}

const struct pvops_boot_proto pvops_boot_mb2 = {
	.name = "multiboot2",
	.ring0 = true,
	.parse = mb2_parse,
	.cpuid = pvops_hw_cpuid,
	.emergency = pvops_hw_emergency,
	.stop = pvops_hw_stop,
};
