// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The grant table, both versions. Ending a grant is a matter of order: in version 1 flags and use
 * are one word, changed at once; in version 2 the use is in another page, looked at after the flags
 * are gone.
 */
#include <pvops/errno.h>
#include <pvops/pvops.h>
#include <pvops/xen-grant.h>
#include <pvops/xen.h>
#include "public.h"

#define FRAMES		4
#define FRAMES_ORDER	2
#define TABLE_BYTES	(FRAMES * PVOPS_PAGE_SIZE)
#define FIRST		GNTTAB_NR_RESERVED_ENTRIES
#define MAX_REFS	(TABLE_BYTES / sizeof(struct grant_entry_v1))

static void *table;
static grant_status_t *status;
static bool table_mapped, status_mapped;
static unsigned int in_use_version;
static bool used[MAX_REFS];
static u32 nr_used, lock;
static u32 generation;			/* of the domain, whose table it is */

static void take(void)
{
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		pvops_smp_yield();
}

static void give_lock(void)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

static u32 refs(void)
{
	return in_use_version == 2 ? TABLE_BYTES / sizeof(union grant_entry_v2) : MAX_REFS;
}

static int set_version(u32 version)
{
	struct gnttab_set_version op = { .version = version };
	long err = pvops_xen_hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_set_version,
				       (unsigned long)&op, 1);

	return err ? (int)err : op.version == version ? 0 : -PVOPS_ENOSYS;
}

static int map(void)
{
	const struct pvops_host *host = pvops_get_host();
	int err = 0;

	if (!table_mapped) {
		if (!table)
			table = host->alloc_pages(FRAMES_ORDER);
		err = table ? pvops_xen_map_grants(table, FRAMES, false) : -PVOPS_ENOMEM;
		table_mapped = !err;
	}
	if (!err && in_use_version == 2) {
		if (!status)
			status = host->alloc_pages(0);
		err = status ? pvops_xen_map_grants(status, 1, true) : -PVOPS_ENOMEM;
		status_mapped = !err;
	}
	return err;
}

/* After a restore there is another table, and nothing of ours in it. */
static void begin_again(void)
{
	for (u32 ref = 0; ref < MAX_REFS; ref++)
		used[ref] = false;
	nr_used = 0;
	table_mapped = false;
	status_mapped = false;
	generation = pvops_xen_generation();
}

static int init(unsigned int version)
{
	unsigned int old = in_use_version;
	bool again = generation != pvops_xen_generation();
	int err;

	if (again)
		begin_again();

	version = version ? version : old ? old : 1;
	if (version > 2)
		return -PVOPS_EINVAL;
	if (version == old && !again)
		return (int)old;
	if (nr_used)
		return -PVOPS_EBUSY;
	err = version == 1 && status_mapped ? pvops_xen_unmap_grants(status, 1) : 0;
	if (err)
		return err;
	status_mapped = false;
	err = set_version(version);
	/* An old Xen knows one version, and no question about it. */
	if (err == -PVOPS_ENOSYS && version == 1)
		err = 0;
	if (err)
		return err;
	in_use_version = version;
	err = map();
	if (err) {
		in_use_version = 0;
		pvops_log("grants: version %u: the table cannot be mapped: error %d", version, err);
		return err;
	}
	pvops_log("grants: version %u, %u references", version, refs());
	return (int)version;
}

int pvops_grant_init(unsigned int version)
{
	int err;

	take();
	err = init(version);
	give_lock();
	return err;
}

static u32 find_free(void)
{
	u32 ref = FIRST;

	while (ref < refs() && used[ref])
		ref++;
	return ref;
}

static int fill(u32 ref, u16 domid, u64 frame, u16 flags)
{
	struct grant_entry_v1 *v1 = (struct grant_entry_v1 *)table + ref;
	union grant_entry_v2 *v2 = (union grant_entry_v2 *)table + ref;

	if (in_use_version == 1 && frame > 0xffffffffUL)
		return -PVOPS_ERANGE;
	/* The flags last: with them it is valid. */
	if (in_use_version == 1) {
		v1->domid = domid;
		v1->frame = (u32)frame;
		__atomic_store_n(&v1->flags, flags, __ATOMIC_RELEASE);
	} else {
		v2->hdr.domid = domid;
		v2->full_page.frame = frame;
		__atomic_store_n(&v2->hdr.flags, flags, __ATOMIC_RELEASE);
	}
	return 0;
}

int pvops_grant_give(u16 domid, const void *page, bool readonly)
{
	pvops_gpa_t gpa = pvops_get_host()->virt_to_gpa(page);
	pvops_mfn_t frame = pvops_mmu_pfn_to_mfn(
		(__force pvops_pfn_t)((__force unsigned long)gpa >> PVOPS_PAGE_SHIFT));
	u32 ref;
	int err;

	take();
	err = init(0);
	ref = err < 0 ? 0 : find_free();
	if (err >= 0)
		err = ref < refs() ? fill(ref, domid, (__force u64)frame,
					  GTF_permit_access | (readonly ? GTF_readonly : 0))
				   : -PVOPS_ENOSPC;
	if (!err) {
		used[ref] = true;
		nr_used++;
		err = (int)ref;
	}
	give_lock();
	return err;
}

static int end_v1(u32 ref)
{
	struct grant_entry_v1 *entry = (struct grant_entry_v1 *)table + ref;
	u16 flags = __atomic_load_n(&entry->flags, __ATOMIC_ACQUIRE);

	do {
		if (flags & (GTF_reading | GTF_writing))
			return -PVOPS_EBUSY;
	} while (!__atomic_compare_exchange_n(&entry->flags, &flags, 0, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	return 0;
}

static int end_v2(u32 ref)
{
	union grant_entry_v2 *entry = (union grant_entry_v2 *)table + ref;
	u16 flags = entry->hdr.flags;

	__atomic_store_n(&entry->hdr.flags, 0, __ATOMIC_SEQ_CST);
	if (!(__atomic_load_n(status + ref, __ATOMIC_SEQ_CST) & (GTF_reading | GTF_writing)))
		return 0;
	__atomic_store_n(&entry->hdr.flags, flags, __ATOMIC_SEQ_CST);
	return -PVOPS_EBUSY;
}

int pvops_grant_end(int ref)
{
	int err = -PVOPS_EINVAL;

	take();
	if (table && generation == pvops_xen_generation() && ref >= FIRST && (u32)ref < refs() &&
	    used[ref])
		err = in_use_version == 1 ? end_v1((u32)ref) : end_v2((u32)ref);
	if (!err) {
		used[ref] = false;
		nr_used--;
	}
	give_lock();
	return err;
}
