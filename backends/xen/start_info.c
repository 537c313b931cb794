// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The Xen PV boot convention: struct start_info, and what lies around it.
 *
 * The builder puts one after the other into the virtual range that begins at VIRT_BASE: image,
 * modules, p2m list, start_info, special pages, page tables, a stack. All of it up to the end of
 * the page tables is in use; half a megabyte at least behind it is mapped.
 */
#include "xen.h"

#define VIRT_BASE	((unsigned long)PVOPS_VIRT_BASE)
#define WINDOW		(1UL << 30)	/* the builder's range lies in the image's gigabyte */

extern u8 pvops_image_start[], pvops_image_end[];
extern const struct pvops_boot_proto xen_boot_proto;

const struct start_info *xen_start;

/* Is [va, va + size) in the range that the builder maps, and backed by our memory? */
static bool in_range(const struct start_info *si, unsigned long va, unsigned long size)
{
	unsigned long limit = si->nr_pages << PVOPS_PAGE_SHIFT;

	if (limit > WINDOW)
		limit = WINDOW;
	return va >= VIRT_BASE && va - VIRT_BASE < limit && size <= limit - (va - VIRT_BASE);
}

static void grow(u64 *end, unsigned long va, unsigned long size)
{
	u64 to = (va - VIRT_BASE + size + PVOPS_PAGE_SIZE - 1) & PVOPS_PAGE_MASK;

	if (to > *end)
		*end = to;
}

static const char *parse(struct pvops_boot *boot)
{
	const struct start_info *si = boot->info;
	unsigned long addr = (unsigned long)si;
	int i;

	if (addr < VIRT_BASE || addr - VIRT_BASE > WINDOW - PVOPS_PAGE_SIZE ||
	    addr % PVOPS_PAGE_SIZE)
		return "start_info lies outside of the image's range";
	for (i = 0; i < 5; i++)
		if (si->magic[i] != "xen-3"[i])
			return "start_info has the wrong magic string";
	if (!si->nr_pages || si->nr_pages > 1UL << 40)
		return "start_info says that there is no memory, or too much";
	if (!in_range(si, addr, PVOPS_PAGE_SIZE) ||
	    !in_range(si, (unsigned long)pvops_image_start,
		      (size_t)(pvops_image_end - pvops_image_start)))
		return "start_info or the image lies outside of memory";
	if (!si->nr_pt_frames || si->nr_pt_frames > WINDOW >> PVOPS_PAGE_SHIFT ||
	    si->pt_base % PVOPS_PAGE_SIZE ||
	    !in_range(si, si->pt_base, si->nr_pt_frames << PVOPS_PAGE_SHIFT))
		return "page tables lie outside of the image's range";
	if (si->mfn_list % 8 || si->nr_pages > WINDOW / 8 ||
	    !in_range(si, si->mfn_list, si->nr_pages * 8))
		return "p2m list lies outside of the image's range";
	if (si->mod_len && !(si->flags & SIF_MOD_START_PFN) &&
	    !in_range(si, si->mod_start, si->mod_len))
		return "module lies outside of the image's range";

	for (i = 0; i < PVOPS_BOOT_CMDLINE - 1 && i < MAX_GUEST_CMDLINE && si->cmd_line[i]; i++)
		boot->cmdline[i] = (char)si->cmd_line[i];
	boot->cmdline[i] = '\0';
	boot->nr_mem = 0;
	pvops_boot_add_mem(boot, 0, (u64)si->nr_pages << PVOPS_PAGE_SHIFT, PVOPS_MEM_RAM);
	boot->root = (__force pvops_gpa_t)(si->pt_base - VIRT_BASE);
	boot->virt_offset = VIRT_BASE;
	boot->used_start = (unsigned long)pvops_image_start - VIRT_BASE;
	boot->used_end = 0;
	grow(&boot->used_end, (unsigned long)pvops_image_end, 0);
	grow(&boot->used_end, addr, PVOPS_PAGE_SIZE);
	grow(&boot->used_end, si->mfn_list, si->nr_pages * 8);
	grow(&boot->used_end, si->pt_base, si->nr_pt_frames << PVOPS_PAGE_SHIFT);
	if (si->mod_len && !(si->flags & SIF_MOD_START_PFN))
		grow(&boot->used_end, si->mod_start, si->mod_len);
	xen_start = si;
	xen_dom0 = si->flags & SIF_INITDOMAIN;
	return NULL;
}

static unsigned long builder_pages(void)
{
	return ((xen_start->pt_base - VIRT_BASE) >> PVOPS_PAGE_SHIFT) + xen_start->nr_pt_frames;
}

void *xen_builder_page(unsigned long pfn)
{
	return pfn < builder_pages() ? (void *)(VIRT_BASE + (pfn << PVOPS_PAGE_SHIFT)) : NULL;
}

unsigned long xen_builder_pfn(unsigned long mfn)
{
	const unsigned long *list = (const unsigned long *)xen_start->mfn_list;

	for (unsigned long pfn = 0; pfn < builder_pages() && pfn < xen_start->nr_pages; pfn++)
		if (list[pfn] == mfn)
			return pfn;
	return ~0UL;
}

static void emulated_cpuid(u32 regs[4])
{
	/* Plain CPUID is not intercepted; after this prefix Xen emulates it for us. */
	asm volatile("ud2; .ascii \"xen\"; cpuid"
		     : "+a"(regs[0]), "=b"(regs[1]), "+c"(regs[2]), "=d"(regs[3]));
}

static void stop(void)
{
	struct sched_shutdown op = { .reason = SHUTDOWN_crash };

	xen_raw_call(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&op, 0, 0);
}

const struct pvops_boot_proto xen_boot_proto = {
	.name = "xen-pv",
	.parse = parse,
	.cpuid = emulated_cpuid,
	.emergency = xen_emergency,
	.stop = stop,
};
