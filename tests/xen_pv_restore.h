/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A PV guest is saved and restored: what the toolstack and the new Xen make of it. All frames are
 * others; who translates is the toolstack for what is live, the p2m list and start_info, and the
 * guest for its plain tables. Ports are closed, vCPUs but the first have never been.
 */
#ifndef TESTS_XEN_PV_RESTORE_H
#define TESTS_XEN_PV_RESTORE_H

#include "xen_pv_scenario.h"

#define NEW_TIME	7000U
#define STORE_PORT	100
#define CONSOLE_PORT	101
#define MAX_PLAIN	16
#define PAGES_BYTES	(NR_PAGES << PVOPS_PAGE_SHIFT)

/* Said of what cannot be saved, or will be wrong elsewhere. */
#define WANT(cond)								\
	do {									\
		if (!(cond)) {							\
			fprintf(stderr, "suspend: not so: %s\n", #cond);	\
			wrongs++;						\
		}								\
	} while (0)

static long suspend_says;		/* 0: restored */
static u64 new_time = NEW_TIME;
static unsigned int wrongs, new_first_port = 3;

/* Tables that are not live, and what they say in page numbers. */
static struct {
	unsigned long pfn;
	unsigned long entries[512];
} plain[MAX_PLAIN];
static unsigned int nr_plain;

static unsigned long frame_of(unsigned long entry)
{
	return (entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT;
}

static unsigned long with_frame(unsigned long entry, unsigned long frame)
{
	return (entry & ~PVOPS_PTE_FRAME) | frame << PVOPS_PAGE_SHIFT;
}

/* What Xen has put into a root, and what is not present, stays as it is. */
static void note_plain(const void *table)
{
	const unsigned long *entry = table;

	plain[nr_plain].pfn = (unsigned long)pfn_at(table);
	for (int i = 0; i < 512; i++) {
		unsigned long mfn = frame_of(entry[i]);

		plain[nr_plain].entries[i] = entry[i] & PVOPS_PTE_PRESENT && ours(mfn) ?
					     with_frame(entry[i], pfn_of(mfn)) : entry[i];
	}
	nr_plain++;
}

/* As they were, in numbers of this machine. */
static bool plain_is_well(void)
{
	for (unsigned int n = 0; n < nr_plain; n++)
		for (int i = 0; i < 512; i++) {
			unsigned long want = plain[n].entries[i], pfn = frame_of(want);

			if (want & PVOPS_PTE_PRESENT && pfn < NR_PAGES)
				want = with_frame(want, mfn_of(pfn));
			if (((unsigned long *)page_at(plain[n].pfn))[i] != want)
				return false;
		}
	return true;
}

static unsigned long behind(unsigned long mfn, unsigned long index)
{
	return ours(mfn) ? frame_of(frame_at(mfn)[index]) : 0;
}

/* Where the list of frames is, as a toolstack finds it. */
static void check_list(const struct arch_shared_info *arch)
{
	unsigned long root = arch->p2m_cr3 >> PVOPS_PAGE_SHIFT;
	unsigned long page = (arch->p2m_vaddr - PVOPS_VIRT_BASE) >> PVOPS_PAGE_SHIFT;

	WANT(arch->max_pfn == NR_PAGES);
	WANT(arch->p2m_vaddr == si->mfn_list);
	WANT(!(arch->p2m_generation & 1));
	WANT(ours(root) && frames[root].refs && frames[root].type == L4);
	WANT(behind(behind(behind(behind(root, 511), 510), 0), page % 512) == mfn_of(P2M));
}

static void check_saved(u64 start_info)
{
	check_list(&((struct shared_info *)frame_at(shared_mfn))->arch);
	WANT(start_info == mfn_of(START_INFO));
	WANT(si->store_mfn == STORE);
	WANT(si->console.domU.mfn == CONSOLE);
	WANT(vcpu_info(0)->evtchn_upcall_mask);
	for (unsigned long pfn = 0; pfn < NR_PAGES; pfn++)
		for (unsigned long i = 0; is_table(mfn_of(pfn)) && i < 512; i++)
			WANT(xens_slot(frames[mfn_of(pfn)].type, i) ||
			     !(frame_at(mfn_of(pfn))[i] & PVOPS_PTE_PRESENT) ||
			     ours(behind(mfn_of(pfn), i)));
	for (unsigned int n = 0; n < nr_plain; n++)
		WANT(!memcmp(page_at(plain[n].pfn), plain[n].entries, PVOPS_PAGE_SIZE));
}

/* What is known of a page while its frame changes. */
static struct {
	u8 type;
	bool table, pinned;
} page_was[NR_PAGES];

static u8 *take_memory(void)
{
	u8 *copy = malloc(PAGES_BYTES);

	for (unsigned long pfn = 0; pfn < NR_PAGES; pfn++) {
		unsigned long mfn = mfn_of(pfn);
		unsigned long *table = (void *)(copy + (pfn << PVOPS_PAGE_SHIFT));

		memcpy(table, frame_at(mfn), PVOPS_PAGE_SIZE);
		page_was[pfn].type = frames[mfn].type;
		page_was[pfn].pinned = frames[mfn].pinned;
		page_was[pfn].table = is_table(mfn);
		for (unsigned long i = 0; is_table(mfn) && i < 512; i++)
			if (table[i] & PVOPS_PTE_PRESENT && !xens_slot(frames[mfn].type, i))
				table[i] = with_frame(table[i], pfn_of(behind(mfn, i)));
	}
	return copy;
}

static void give_memory(u8 *copy)
{
	memset(m2p, 0xff, MFNS * 8);
	memset(machine, 0x5a, MFNS << PVOPS_PAGE_SHIFT);
	for (unsigned long pfn = 0; pfn < NR_PAGES; pfn++) {
		unsigned long *table = frame_at(mfn_of(pfn));

		memcpy(table, copy + (pfn << PVOPS_PAGE_SHIFT), PVOPS_PAGE_SIZE);
		for (unsigned long i = 0; page_was[pfn].table && i < 512; i++)
			if (table[i] & PVOPS_PTE_PRESENT && !xens_slot(page_was[pfn].type, i))
				table[i] = with_frame(table[i], mfn_of(frame_of(table[i])));
	}
	for (unsigned long i = 0; i < NR_PAGES; i++) {
		m2p[mfn_of(i)] = i;
		frame_at(mfn_of(P2M))[i] = mfn_of(i);
		map_page(i, frame_at(mfn_of(LEVEL1))[i]);
	}
	memset(frame_at(shared_mfn), 0, PVOPS_PAGE_SIZE);
	memset(((struct shared_info *)frame_at(shared_mfn))->evtchn_mask, 0xff, 512);
	free(copy);
}

/* Pins, and what the first vCPU has loaded. */
static void give_types(unsigned long *const of_vcpu[], const unsigned long *pfns, int nr)
{
	memset(frames, 0, sizeof(frames));
	for (unsigned long pfn = 0; pfn < NR_PAGES; pfn++)
		if (page_was[pfn].pinned)
			WANT(!pin(mfn_of(pfn), page_was[pfn].type));
	for (int i = 0; i < nr; i++) {
		*of_vcpu[i] = 0;
		if (pfns[i] < NR_PAGES)
			WANT(!replace(of_vcpu[i], mfn_of(pfns[i]), i < 2 ? L4 : DESCRIPTORS));
	}
	memset(roots + 1, 0, sizeof(roots) - sizeof(*roots));
	memset(user_roots + 1, 0, sizeof(roots) - sizeof(*roots));
	memset(gdt_frames + 1, 0, sizeof(gdt_frames) - sizeof(*gdt_frames));
	memset(ldt_frame + 1, 0, sizeof(ldt_frame) - sizeof(*ldt_frame));
}

static void give_frames(void)
{
	unsigned long *const of_vcpu[] = { roots, user_roots, ldt_frame, gdt_frames[0] };
	unsigned long pfns[4];
	u8 *copy = take_memory();

	for (int i = 0; i < 4; i++)
		pfns[i] = ours(*of_vcpu[i]) ? pfn_of(*of_vcpu[i]) : ~0UL;
	order_of_mfns ^= 0x0ff;
	first_mfn = first_mfn == 300 ? 450 : 300;
	shared_mfn ^= 3;
	grant_mfn ^= 8;
	last_mfn = MFNS - 1;
	give_memory(copy);
	give_types(of_vcpu, pfns, 4);
}

/* A Xen that has never seen this guest. */
static void new_xen(void)
{
	memset(vcpu_info_of, 0, sizeof(vcpu_info_of));
	memset(runstate_of, 0, sizeof(runstate_of));
	memset(virq_ports, 0, sizeof(virq_ports));
	memset(vcpus + 1, 0, sizeof(vcpus) - sizeof(*vcpus));
	memset(port_shut, true, sizeof(port_shut));
	memset(port_loops, false, sizeof(port_loops));
	port_shut[STORE_PORT] = port_shut[CONSOLE_PORT] = false;
	next_port = new_first_port;
	assists = 0;
	timer_at = 0;
	host_time = new_time;
}

static long save(const struct sched_shutdown *op, u64 start_info)
{
	shutdowns++;
	WANT(op->reason == SHUTDOWN_suspend);
	check_saved(start_info);
	if (suspend_says)
		return suspend_says;
	give_frames();
	new_xen();
	si->store_mfn = mfn_of(si->store_mfn);
	si->store_evtchn = STORE_PORT;
	si->console.domU.mfn = (u32)mfn_of(si->console.domU.mfn);
	si->console.domU.evtchn = CONSOLE_PORT;
	si->shared_info = shared_mfn << PVOPS_PAGE_SHIFT;
	si->flags = 0;
	return 0;
}

static int start_with_events(void)
{
	const struct pvops_entries entries = { .upcall = entry, .failsafe = entry,
					       .syscall_framed = entry };
	int err = start();

	return err ? err : pvops_cpu_set_entries(&entries);
}

/* On a machine with fewer frames than the next one. */
static int fresh_to_save(void **state)
{
	fresh(state);
	last_mfn = 900;
	on_suspend = save;
	return 0;
}

#endif /* TESTS_XEN_PV_RESTORE_H */
