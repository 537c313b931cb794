/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The machine under a scripted PV guest: frames in one file, of which the guest's are mapped at
 * the image's addresses as the guest's own page tables say, read-only where those do; and Xen's
 * table of frames with a hole behind it. A store to what Xen holds is a real fault.
 */
#ifndef TESTS_XEN_PV_MEMORY_H
#define TESTS_XEN_PV_MEMORY_H

#include <sys/mman.h>
#include "xen_script.h"

#define NR_PAGES	512UL			/* one table of level 1 maps them */
#define SHARED_MFN	5UL			/* Xen's own */
#define FOREIGN_MFN	7UL
#define MFNS		1024UL
#define GRANT_FRAMES	4UL
#define M2P_ENTRIES	4096UL			/* three quarters of them are a hole */
#define XEN_ENTRY	(0x123456000UL | PVOPS_PTE_PRESENT)	/* in Xen's part of a root */

/* What the builder puts where. */
enum {
	IMAGE = 16, BLOCKS = 31, P2M, START_INFO, STORE, CONSOLE, ROOT, LEVEL3, LEVEL2, LEVEL1,
	BEHIND, HEAP = 64,
};

/* Xen's own pages that a guest may map, and which frames the guest has; others after a restore. */
static unsigned long shared_mfn = SHARED_MFN, grant_mfn = 16, first_mfn = 300;
static unsigned long order_of_mfns = 0x155;
static int file = -1;
static u8 *machine;			/* Xen's own view of all frames */
static u64 *const m2p = (u64 *)HYPERVISOR_VIRT_START;
static struct start_info *si;

static unsigned long mfn_of(unsigned long pfn)
{
	return first_mfn + (pfn ^ order_of_mfns);
}

static unsigned long pfn_of(unsigned long mfn)
{
	return (mfn - first_mfn) ^ order_of_mfns;
}

static bool ours(unsigned long mfn)
{
	return mfn >= first_mfn && mfn < first_mfn + NR_PAGES;
}

static void *page_at(unsigned long pfn)
{
	return (void *)(PVOPS_VIRT_BASE + (pfn << PVOPS_PAGE_SHIFT));
}

static unsigned long *frame_at(unsigned long mfn)
{
	return (unsigned long *)(machine + (mfn << PVOPS_PAGE_SHIFT));
}

/* The guest's page number @index is mapped as an entry of level 1 says. */
static void map_page(unsigned long index, unsigned long entry)
{
	int prot = !(entry & PVOPS_PTE_PRESENT) ? PROT_NONE :
		   entry & PVOPS_PTE_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
	off_t at = entry & PVOPS_PTE_PRESENT ? (off_t)(entry & PVOPS_PTE_FRAME) : 0;

	if (mmap(page_at(index), PVOPS_PAGE_SIZE, prot, MAP_SHARED | MAP_FIXED, file, at) ==
	    MAP_FAILED)
		abort();
}

static void put_entry_at(unsigned long table, unsigned long index, unsigned long pfn, bool write)
{
	frame_at(mfn_of(table))[index] = mfn_of(pfn) << PVOPS_PAGE_SHIFT | PVOPS_PTE_PRESENT |
					 PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY |
					 (write ? PVOPS_PTE_WRITE : 0);
}

static bool xens_page(unsigned long mfn)
{
	return mfn == shared_mfn || (mfn >= grant_mfn && mfn < grant_mfn + GRANT_FRAMES);
}

/* As a builder leaves it. */
static void build_domain(void)
{
	u64 *p2m;

	for (unsigned long i = 0; i < 16; i++)
		frame_at(mfn_of(ROOT))[256 + i] = XEN_ENTRY;
	put_entry_at(ROOT, 511, LEVEL3, true);
	put_entry_at(LEVEL3, 510, LEVEL2, true);
	put_entry_at(LEVEL2, 0, LEVEL1, true);
	for (unsigned long pfn = 0; pfn < NR_PAGES; pfn++) {
		put_entry_at(LEVEL1, pfn, pfn, pfn < ROOT || pfn > LEVEL1);
		map_page(pfn, frame_at(mfn_of(LEVEL1))[pfn]);
		m2p[mfn_of(pfn)] = pfn;
	}
	p2m = page_at(P2M);
	for (unsigned long pfn = 0; pfn < NR_PAGES; pfn++)
		p2m[pfn] = mfn_of(pfn);
	si = page_at(START_INFO);
	strcpy(si->magic, "xen-3.0-x86_64");
	si->nr_pages = NR_PAGES;
	si->shared_info = SHARED_MFN << PVOPS_PAGE_SHIFT;
	si->store_mfn = mfn_of(STORE);
	si->store_evtchn = 1;
	si->console.domU.mfn = mfn_of(CONSOLE);
	si->console.domU.evtchn = 2;
	si->pt_base = (unsigned long)page_at(ROOT);
	si->nr_pt_frames = LEVEL1 - ROOT + 1;
	si->mfn_list = (unsigned long)p2m;
	strcpy((char *)si->cmd_line, "test");
	ring = page_at(CONSOLE);
	percpu = page_at(BLOCKS);
	percpu[1].cpu = 1;
}

static void build_machine(void)
{
	const size_t bytes = MFNS << PVOPS_PAGE_SHIFT;
	/* A forked process shares its parent's: it takes a machine of its own. */
	const int how = MAP_PRIVATE | MAP_ANONYMOUS | (file < 0 ? MAP_FIXED_NOREPLACE : MAP_FIXED);

	file = memfd_create("machine", 0);
	if (file < 0 || ftruncate(file, (off_t)bytes))
		abort();
	machine = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (machine == MAP_FAILED ||
	    mmap(page_at(0), NR_PAGES << PVOPS_PAGE_SHIFT, PROT_NONE, how,
		 -1, 0) == MAP_FAILED ||
	    mmap(m2p, M2P_ENTRIES * 8, PROT_NONE, how,
		 -1, 0) == MAP_FAILED ||
	    mprotect(m2p, MFNS * 8, PROT_READ | PROT_WRITE))
		abort();
	memset(m2p, 0xff, MFNS * 8);
	build_domain();
}

#endif /* TESTS_XEN_PV_MEMORY_H */
