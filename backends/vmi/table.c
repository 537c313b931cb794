// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Page tables come and go, and where they are mapped. The boot's own are told of as the first
 * thing of all: they are in use, and what is in use is the ROM's to know.
 */
#include "vmi.h"

#define ENTRIES		512U

extern const u8 pvops_image_start[], pvops_image_end[];

/* Where page tables are mapped: in the direct map, and the first ones in the image. */
#define SLOT_DIRECT	0U
#define SLOT_IMAGE	1U
#define SLOTS		2U

static struct {
	u32 va, pages, pfn;
} mappings[SLOTS];
static u64 last;			/* the first address that is the ROM's, or none */

/* The ROM finds entries by them: each CPU tells those that there are first of all. */
static void tell_mappings(void)
{
	for (u32 slot = 0; slot < SLOTS; slot++)
		if (mappings[slot].pages)
			VMI_FN(VMI_SET_LINEAR_MAPPING, void, u32, u32, u32, u32)
				(slot, mappings[slot].va, mappings[slot].pages,
				 mappings[slot].pfn);
}

static void map_is(u32 slot, u32 va, u32 pages, u32 gpa)
{
	mappings[slot].va = va;
	mappings[slot].pages = pages;
	mappings[slot].pfn = gpa >> PVOPS_PAGE_SHIFT;
	if (vmi_targets[VMI_SET_LINEAR_MAPPING])
		tell_mappings();
}

static u32 gpa_of(const void *va)
{
	return (u32)(__force unsigned long)pvops_get_host()->virt_to_gpa(va);
}

static u64 *page_of(pvops_pfn_t pfn)
{
	return pvops_get_host()->gpa_to_virt(pvops_pfn_to_gpa(pfn));
}

/* Once a page of it is seen: down to frame 0, and up to where addresses end. */
static void find_direct(const void *page)
{
	u32 va = (u32)page - gpa_of(page);

	if (!mappings[SLOT_DIRECT].pages && va < last)
		map_is(SLOT_DIRECT, va, (u32)((last - va) >> PVOPS_PAGE_SHIFT), 0);
}

/* pvops counts levels as the hardware does, from 1; VMI has a bit for each. */
static u32 level_flag(unsigned int level)
{
	return VMI_PAGE_PT << (level - 1) | VMI_PAGE_PAE;
}

/* ZEROED is said of pages that are: a kernel's own tables have entries when it tells of them. */
static u32 zeroed(const u64 *page)
{
	for (u32 i = 0; i < ENTRIES; i++)
		if (page[i])
			return 0;
	return VMI_PAGE_ZEROED;
}

static void allocate(unsigned int level, pvops_pfn_t pfn, u32 flags)
{
	VMI_FN(VMI_ALLOCATE_PAGE, void, pvops_pfn_t, u32, u32, u32, u32)
		(pfn, level_flag(level) | flags, 0, 0, 0);
}

void vmi_alloc_table(unsigned int level, pvops_pfn_t pfn)
{
	const u64 *page = page_of(pfn);

	if (page < (const u64 *)pvops_image_start || page >= (const u64 *)pvops_image_end)
		find_direct(page);
	allocate(level, pfn, zeroed(page));
}

void vmi_release_table(unsigned int level, pvops_pfn_t pfn)
{
	VMI_FN(VMI_RELEASE_PAGE, void, pvops_pfn_t, u32)(pfn, level_flag(level));
}

/*
 * The boot's tables lie in what it says is used. A link elsewhere is the ROM's doing, which may
 * have had to split a large page with a table in it.
 */
static bool links_ours(const struct pvops_boot *boot, u64 entry)
{
	u64 gpa = entry & PVOPS_PTE_FRAME;

	return entry & PVOPS_PTE_PRESENT && !(entry & PVOPS_PTE_LARGE) &&
	       gpa >= boot->used_start && gpa < boot->used_end;
}

static pvops_pfn_t linked(u64 entry)
{
	return (__force pvops_pfn_t)(unsigned long)((entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT);
}

/* The tables below an entry of the top, but for what is the ROM's in the last of them. */
static void first_directory(const struct pvops_boot *boot, u32 top, u64 entry)
{
	const u64 *pmd = page_of(linked(entry));

	for (u32 i = 0; i < ENTRIES && (top << 30 | i << 21) < last; i++)
		if (links_ours(boot, pmd[i]))
			allocate(1, linked(pmd[i]), 0);
	allocate(2, linked(entry), 0);
}

void vmi_first_tables(const struct pvops_boot *boot)
{
	u32 start = (u32)pvops_image_start & PVOPS_PAGE_MASK;
	pvops_pfn_t root = pvops_gpa_to_pfn(boot->root);
	const u64 *pdpt = page_of(root);

	last = boot->top ? boot->top : 1ULL << 32;
	map_is(SLOT_IMAGE, start, ((u32)pvops_image_end - start + PVOPS_PAGE_SIZE - 1) >>
				  PVOPS_PAGE_SHIFT, gpa_of(pvops_image_start));
	if (!vmi_targets[VMI_ALLOCATE_PAGE])
		return;
	for (u32 top = 0; top < 4; top++)
		if (links_ours(boot, pdpt[top]))
			first_directory(boot, top, pdpt[top]);
	allocate(3, root, 0);
}

int vmi_find_direct(void)
{
	void *page = pvops_get_host()->alloc_pages(0);

	if (!page)
		return -PVOPS_ENOMEM;
	find_direct(page);
	pvops_get_host()->free_pages(page, 0);
	return 0;
}

int vmi_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start)
{
	return pvops_base_start_cpu(cpu, start, tell_mappings);
}
