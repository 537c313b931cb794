// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The Xen PV boot convention: start_info, checked before anything is made of it.
 *
 * The builder lays everything out from the image on: module, p2m list, start_info, the rings,
 * page tables, a stack that we do not use. All of it is mapped at PVOPS_VIRT_BASE plus its
 * guest-physical address, and lies between used_start and used_end when we are done.
 */
#include "xen.h"
#include <xen/sched.h>

#define MAX_PAGES	(1UL << 34)	/* 64 TiB: beyond is nonsense, and sums do not wrap */

extern u8 pvops_image_start[], pvops_image_end[];

const struct start_info *xen_start_info;

/* Is [va, va + len) mapped by the builder, as far as nr_pages says? Takes it as used. */
static bool take(struct pvops_boot *boot, unsigned long nr_pages, unsigned long va, u64 len)
{
	u64 size = (u64)nr_pages << PVOPS_PAGE_SHIFT, gpa = va - PVOPS_VIRT_BASE, end;

	if (va < PVOPS_VIRT_BASE || gpa >= size || len > size - gpa)
		return false;
	end = (gpa + len + PVOPS_PAGE_SIZE - 1) & PVOPS_PAGE_MASK;
	if (end > boot->used_end)
		boot->used_end = end;
	return true;
}

static const char *check_module(struct pvops_boot *boot, const struct start_info *si)
{
	unsigned long start = si->mod_start;

	if (!si->mod_len)
		return NULL;
	if (si->flags & SIF_MOD_START_PFN) {
		if (start >= si->nr_pages)
			return "start_info: module lies outside of memory";
		start = PVOPS_VIRT_BASE + (start << PVOPS_PAGE_SHIFT);
	}
	return take(boot, si->nr_pages, start, si->mod_len) ? NULL :
	       "start_info: module lies outside of memory";
}

static void copy_cmdline(struct pvops_boot *boot, const struct start_info *si)
{
	size_t n;

	for (n = 0; n + 1 < PVOPS_BOOT_CMDLINE && n < MAX_GUEST_CMDLINE && si->cmd_line[n]; n++)
		boot->cmdline[n] = (char)si->cmd_line[n];
	boot->cmdline[n] = '\0';
}

const char *xen_parse_start_info(struct pvops_boot *boot, const struct start_info *si,
				 unsigned long va)
{
	static const char magic[] = "xen-3";

	for (size_t i = 0; i < sizeof(magic) - 1; i++)
		if (si->magic[i] != magic[i])
			return "start_info: magic does not begin with xen-3";
	if (!si->nr_pages || si->nr_pages > MAX_PAGES)
		return "start_info: number of pages makes no sense";

	boot->used_start = (unsigned long)pvops_image_start - PVOPS_VIRT_BASE;
	boot->used_end = 0;
	if (!take(boot, si->nr_pages, (unsigned long)pvops_image_start,
		  (u64)(pvops_image_end - pvops_image_start)))
		return "start_info: fewer pages than the image has";
	if (va % PVOPS_PAGE_SIZE || !take(boot, si->nr_pages, va, PVOPS_PAGE_SIZE))
		return "start_info: lies outside of memory";
	if (si->pt_base % PVOPS_PAGE_SIZE || si->nr_pt_frames < 4 ||
	    si->nr_pt_frames > si->nr_pages ||
	    !take(boot, si->nr_pages, si->pt_base, (u64)si->nr_pt_frames << PVOPS_PAGE_SHIFT))
		return "start_info: page tables lie outside of memory";
	if (si->mfn_list % sizeof(unsigned long) ||
	    !take(boot, si->nr_pages, si->mfn_list, (u64)si->nr_pages * sizeof(unsigned long)))
		return "start_info: frame list lies outside of memory";
	if (si->shared_info % PVOPS_PAGE_SIZE || !si->shared_info)
		return "start_info: shared_info is not at a page's start";

	copy_cmdline(boot, si);
	boot->nr_mem = 0;
	if (!pvops_boot_add_mem(boot, 0, (u64)si->nr_pages << PVOPS_PAGE_SHIFT, PVOPS_MEM_RAM))
		return "start_info: memory map does not fit";
	boot->root = (__force pvops_gpa_t)(si->pt_base - PVOPS_VIRT_BASE);
	boot->virt_offset = PVOPS_VIRT_BASE;
	boot->rsdp = 0;
	return check_module(boot, si);
}

static const char *parse(struct pvops_boot *boot)
{
	const struct start_info *si = boot->info;

	xen_start_info = si;
	xen_dom0 = si->flags & SIF_INITDOMAIN;
	return xen_parse_start_info(boot, si, (unsigned long)si);
}

static void forced_cpuid(u32 regs[4])
{
	/* The plain instruction shows the host; Xen emulates it behind this prefix. */
	asm volatile("ud2; .ascii \"xen\"; cpuid"
		     : "+a"(regs[0]), "=b"(regs[1]), "+c"(regs[2]), "=d"(regs[3]));
}

static void emergency(const char *text, size_t len)
{
	xen_emergency_write(xen_start_info, text, len);
}

static void stop(void)
{
	struct sched_shutdown shutdown = { .reason = SHUTDOWN_crash };

	/* A dom0 that crashes takes the host down after a delay; a reboot is quicker. */
	if (xen_dom0)
		shutdown.reason = SHUTDOWN_reboot;
	xen_hypercall_raw(__HYPERVISOR_sched_op, SCHEDOP_shutdown, XEN_ARG(&shutdown), 0, 0);
}

const struct pvops_boot_proto pvops_boot_xen = {
	.name = "xen-pv",
	.ring0 = false,
	.parse = parse,
	.cpuid = forced_cpuid,
	.emergency = emergency,
	.stop = stop,
};
