// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The grant table's words change as mapping domains make them: no reference is given twice, what
 * is in use is not taken back, and what is taken back is no grant any more.
 */
#include "fuzz_dom0.h"

#define ENTRIES_V2	(4 * 4096 / sizeof(union grant_entry_v2))

static bool given[MAX_GRANTS];
static int version;

static u16 *flags_of(int ref)
{
	return version == 2 ? &((union grant_entry_v2 *)grant_table + ref)->hdr.flags
			    : &((struct grant_entry_v1 *)grant_table + ref)->flags;
}

static u16 *use_of(int ref)
{
	return version == 2 ? (u16 *)grant_status + ref : flags_of(ref);
}

static u32 entries(void)
{
	return version == 2 ? ENTRIES_V2 : MAX_GRANTS;
}

static bool in_use(int ref)
{
	return *use_of(ref) & (GTF_reading | GTF_writing);
}

static void give(void)
{
	bool readonly = byte() & 1;
	int ref = pvops_grant_give(word(), ARENA + byte() * 4096UL, readonly);

	check(ref == -PVOPS_ENOSPC || (ref >= 8 && ref < (int)entries() && !given[ref]));
	if (ref < 0)
		return;
	given[ref] = true;
	check((*flags_of(ref) & GTF_type_mask) == GTF_permit_access);
	check(!(*flags_of(ref) & GTF_readonly) == !readonly);
}

/* The other end has mapped it, or given it up. */
static void map_or_unmap(void)
{
	int ref = 8 + byte() % 32;

	/* Xen maps for nobody what is no grant. */
	if (given[ref])
		*use_of(ref) ^= byte() & 1 ? GTF_reading : GTF_writing;
}

static void end(void)
{
	int ref = (s8)byte() > 0 ? 8 + byte() % 32 : (int)(s16)word(), err;
	bool was = ref >= 8 && ref < (int)entries() && given[ref], busy = was && in_use(ref);

	err = pvops_grant_end(ref);
	check(err == (!was ? -PVOPS_EINVAL : busy ? -PVOPS_EBUSY : 0));
	if (busy)
		check((*flags_of(ref) & GTF_type_mask) == GTF_permit_access);
	else if (was)
		check(!*flags_of(ref));
	if (!err)
		given[ref] = false;
}

static void change_version(void)
{
	u32 wish = byte() % 4;
	bool any = memchr(given, true, sizeof(given));
	int err = pvops_grant_init(wish);

	if (wish > 2)
		check(err == -PVOPS_EINVAL);
	else if (!wish || (int)wish == version)
		check(err == version);
	else
		check(err == (any ? -PVOPS_EBUSY : (int)wish));
	if (err > 0)
		version = err;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	input(data, size);
	world(NULL);
	version = pvops_grant_init(1);
	check(version == 1);
	for (int i = 0; i < 5000 && left; i++) {
		switch (byte() % 8) {
		case 0 ... 2:
			give();
			break;
		case 3 ... 4:
			map_or_unmap();
			break;
		case 5 ... 6:
			end();
			break;
		case 7:
			change_version();
			break;
		}
	}
	for (int ref = 8; ref < (int)entries(); ref++) {
		if (!given[ref])
			continue;
		*use_of(ref) &= (u16)~(GTF_reading | GTF_writing);
		check(!pvops_grant_end(ref));
		given[ref] = false;
	}
	return 0;
}
