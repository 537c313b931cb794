// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What PVH and the multiboots have in common: E820-like memory maps, physical pointers, ring 0.
 */
#include "core.h"
#include <pvops/region.h>
#include <pvops/unmark.h>
#include "boot_hw.h"

extern u8 pvops_boot_root[];		/* entry64.S, entry32.S */

const char *pvops_hw_cmdline(struct pvops_boot *boot, u64 gpa, bool skip_name)
{
	const char *from;
	size_t n = 0;

	boot->cmdline[0] = '\0';
	if (!gpa)
		return NULL;
	/* Byte by byte, for it may end at the end of memory. */
	for (; skip_name; gpa++) {
		from = pvops_boot_phys(gpa, 1);
		if (!from)
			return "command line lies outside of memory";
		if (*from == ' ')
			skip_name = false;
		else if (!*from || ++n == PVOPS_BOOT_CMDLINE)
			break;
	}
	for (n = 0; n + 1 < PVOPS_BOOT_CMDLINE; n++) {
		from = pvops_boot_phys(gpa + n, 1);
		if (!from)
			return "command line lies outside of memory";
		boot->cmdline[n] = *from;
		if (!*from)
			return NULL;
	}
	boot->cmdline[n] = '\0';
	return NULL;
}

const char *pvops_hw_memory(struct pvops_boot *boot, const void *map, u32 entries, u32 stride)
{
	u64 start = (unsigned long)pvops_image_start - PVOPS_VIRT_BASE;
	u64 end = (unsigned long)pvops_image_end - PVOPS_VIRT_BASE;
	bool inside = false;

	boot->nr_mem = 0;
	for (u32 i = 0; i < entries; i++) {
		/* Packed: the loader's map may lie at any address. */
		const struct {
			u64 base;
			u64 size;
			u32 type;
		} __attribute__((packed)) *entry = map + (size_t)i * stride;
		u32 type = entry->type == 1 ? PVOPS_MEM_RAM : PVOPS_MEM_RESERVED;

		if (!entry->size)
			continue;
		if (entry->base + entry->size < entry->base)
			return "memory map has a range that wraps around";
		if (!pvops_boot_add_mem(boot, entry->base, entry->size, type))
			return "memory map has too many ranges";
	}

	for (u32 i = 0; i < boot->nr_mem; i++)
		inside |= boot->mem[i].type == PVOPS_MEM_RAM && boot->mem[i].base <= start &&
			  boot->mem[i].base + boot->mem[i].size >= end;
	if (!inside)
		return "memory map has no RAM where the image lies";

	boot->used_start = start;
	boot->used_end = end;
	boot->virt_offset = PVOPS_VIRT_BASE;
	boot->root = (__force pvops_gpa_t)((unsigned long)pvops_boot_root - PVOPS_VIRT_BASE);
	return NULL;
}

/* In ring 0 by the entry's word, so these instructions are the same on every host. */

void pvops_hw_cpuid(u32 regs[4])
{
	PVOPS_UNMARKED(cpuid, PVOPS_NATIVE("cpuid"),
		       : "+a"(regs[0]), "=b"(regs[1]), "+c"(regs[2]), "=d"(regs[3]));
}

#define COM1		0x3f8
#define COM1_LSR	(COM1 + 5)
#define LSR_THRE	0x20

void pvops_hw_emergency(const char *text, size_t len)
{
	while (len--) {
		u8 status;

		/* Bounded: there may be no such port, and then it reads as all ones. */
		for (int i = 0; i < 100000; i++) {
			asm volatile(PVOPS_NATIVE("inb %w1, %b0") : "=a"(status) : "Nd"(COM1_LSR));
			if (status & LSR_THRE)
				break;
		}
		asm volatile(PVOPS_NATIVE("outb %b0, %w1") : : "a"(*text++), "Nd"(COM1));
	}
}

void pvops_hw_stop(void)
{
	/* Reset by the keyboard controller, where there is one; the rest is silence. */
	asm volatile(PVOPS_NATIVE("outb %b0, $0x64") : : "a"(0xfe));
	asm volatile(PVOPS_NATIVE("cli; hlt"));
}
