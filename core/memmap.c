// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The boot memory map: sorted ranges that do not overlap, whatever the loader said.
 */
#include "core.h"

static bool insert(struct pvops_boot *boot, u32 at, u64 base, u64 size, u32 type)
{
	if (boot->nr_mem == PVOPS_BOOT_MAX_MEM)
		return false;
	for (u32 i = boot->nr_mem++; i > at; i--)
		boot->mem[i] = boot->mem[i - 1];
	boot->mem[at] = (struct pvops_mem){ .base = base, .size = size, .type = type };
	return true;
}

static void drop(struct pvops_boot *boot, u32 at)
{
	boot->nr_mem--;
	for (u32 i = at; i < boot->nr_mem; i++)
		boot->mem[i] = boot->mem[i + 1];
}

/* Take [base, end) out of what is in the map as RAM. */
static bool carve(struct pvops_boot *boot, u64 base, u64 end)
{
	for (u32 i = 0; i < boot->nr_mem; i++) {
		struct pvops_mem *mem = &boot->mem[i];
		u64 mem_end = mem->base + mem->size;

		if (mem->type != PVOPS_MEM_RAM || mem->base >= end || mem_end <= base)
			continue;
		if (mem->base >= base && mem_end <= end) {
			drop(boot, i--);
		} else if (mem->base < base && mem_end > end) {
			mem->size = base - mem->base;
			return insert(boot, i + 1, end, mem_end - end, PVOPS_MEM_RAM);
		} else if (mem->base < base) {
			mem->size = base - mem->base;
		} else {
			mem->base = end;
			mem->size = mem_end - end;
		}
	}
	return true;
}

bool pvops_boot_add_mem(struct pvops_boot *boot, u64 base, u64 size, u32 type)
{
	u64 end = base + size;
	u32 i;

	if (end < base)
		end = ~0ULL;
	if (type != PVOPS_MEM_RAM && !carve(boot, base, end))
		return false;

	for (i = 0; i < boot->nr_mem && base < end; i++) {
		u64 mem_base = boot->mem[i].base, mem_end = mem_base + boot->mem[i].size;

		if (mem_end <= base)
			continue;
		if (mem_base > base) {
			u64 gap_end = end < mem_base ? end : mem_base;

			if (!insert(boot, i, base, gap_end - base, type))
				return false;
			base = gap_end;
		} else {
			base = mem_end;
		}
	}
	return base >= end || insert(boot, boot->nr_mem, base, end - base, type);
}
