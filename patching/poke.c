// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Patching while other CPUs run: the int3 protocol.
 *
 *	1. int3 in the first byte of each site; all CPUs serialise
 *	2. the other bytes; all CPUs serialise
 *	3. the first byte; all CPUs serialise
 *
 * No CPU ever executes a mixture: until 3 it meets the int3, and what it had fetched before is
 * gone after each serialising. In the trap it does what the unpatched site does, a call through
 * the table: every form of an op is equivalent to that, so nobody waits for the patcher. Sites are
 * one instruction before and after, so none stands in the middle of one, and a function that was
 * called from the old form returns to the end of the new one.
 */
#include <pvops/errno.h>
#include "engine.h"

/* What the trap handler looks at. Readers count themselves, so that it is not reused under them. */
static struct {
	const struct pvops_patch_set *set;
	const struct pvops_poke *pokes;
	u32 nr;
	u32 readers;
} live;

/*
 * The sites that were patched live last. A CPU may trap on an int3 that is gone by the time its
 * handler looks, or may even hold on to it: QEMU before 8.1 can miss a write to code that another
 * of its CPUs is just translating. Running the site again would then never end, so the trap goes on
 * doing what the unpatched site does. Nothing of the patch set itself is kept, for its caller may
 * have it on the stack.
 */
static struct {
	const struct pvops_site *sites;
	const void *const *table;
	const u32 *saved;
	u32 nr;
} seen;

/* Who comes from now on sees what has been stored before. */
static void wait_for_readers(void)
{
	while (__atomic_load_n(&live.readers, __ATOMIC_SEQ_CST))
		asm volatile("pause");
}

static void forget(void)
{
	__atomic_store_n(&seen.nr, 0, __ATOMIC_SEQ_CST);
	wait_for_readers();
}

void pvops_patch_forget(const struct pvops_patch_set *set)
{
	if (seen.sites == set->sites)
		forget();
}

static void remember(const struct pvops_patch_set *set)
{
	if (seen.sites == set->sites && seen.nr == set->nr_sites && seen.table == set->table &&
	    seen.saved == set->saved)
		return;
	forget();
	seen.sites = set->sites;
	seen.table = set->table;
	seen.saved = set->saved;
	__atomic_store_n(&seen.nr, set->nr_sites, __ATOMIC_SEQ_CST);
}

static void publish(const struct pvops_patch_set *set, const struct pvops_poke *pokes, u32 nr)
{
	remember(set);
	live.set = set;
	live.nr = nr;
	__atomic_store_n(&live.pokes, pokes, __ATOMIC_SEQ_CST);
}

static void unpublish(void)
{
	__atomic_store_n(&live.pokes, NULL, __ATOMIC_SEQ_CST);
	wait_for_readers();
}

/* The first byte for the tail that stands there now; NULL: a mixture that must not run. */
static const u8 *first_byte(const struct pvops_poke *poke)
{
	const u8 *tail = pvops_site_addr(poke->site) + 1;
	u32 len = poke->site->len - 1U;

	if (same(tail, poke->new + 1, len))
		return poke->new;
	return same(tail, poke->old + 1, len) ? poke->old : NULL;
}

/* A write that fails ends a site's way at that step; the text says how far it has come. */
void pvops_poke_sites(const struct pvops_patch_set *set, struct pvops_poke *pokes, u32 nr)
{
	const u8 int3 = OP_INT3;
	u32 i;

	publish(set, pokes, nr);
	for (i = 0; i < nr; i++)
		pokes[i].err = pvops_write_text(set, pvops_site_addr(pokes[i].site), &int3, 1);
	set->sync_cores();
	for (i = 0; i < nr; i++) {
		u8 *addr = pvops_site_addr(pokes[i].site);

		if (*addr == OP_INT3)
			pokes[i].err = pvops_write_text(set, addr + 1, pokes[i].new + 1,
							pokes[i].site->len - 1U);
	}
	set->sync_cores();
	for (i = 0; i < nr; i++) {
		u8 *addr = pvops_site_addr(pokes[i].site);
		const u8 *first = first_byte(pokes + i);
		int err;

		if (*addr != OP_INT3 || !first)
			continue;
		err = pvops_write_text(set, addr, first, 1);
		pokes[i].err = pokes[i].err ? pokes[i].err : err;
	}
	set->sync_cores();
	unpublish();
}

static const struct pvops_poke *find(unsigned long addr)
{
	const struct pvops_poke *pokes = __atomic_load_n(&live.pokes, __ATOMIC_SEQ_CST);

	for (u32 i = 0; pokes && i < live.nr; i++)
		if ((unsigned long)pvops_site_addr(pokes[i].site) == addr)
			return pokes + i;
	return NULL;
}

/* What the site at @addr did before patching. */
static void emulate(const struct pvops_site *site, const void *const *table, u32 saved,
		    unsigned long *ip, unsigned long *sp)
{
	unsigned long behind = (unsigned long)pvops_site_addr(site) + site->len;

	if (is_gate(site)) {
		*ip = behind + (unsigned long)(long)(s32)saved;
		return;
	}
	*sp -= sizeof(*sp);
	*(unsigned long *)*sp = behind;
	*ip = (unsigned long)table[site->op];
}

/* A trap at a site where the int3 is gone. */
static bool emulate_seen(unsigned long addr, unsigned long *ip, unsigned long *sp)
{
	u32 nr = __atomic_load_n(&seen.nr, __ATOMIC_SEQ_CST);

	for (u32 i = 0; i < nr; i++) {
		const struct pvops_site *site = seen.sites + i;

		if ((unsigned long)pvops_site_addr(site) != addr)
			continue;
		if (is_gate(site) && !seen.saved)
			*ip = addr;		/* where it leads is in the text alone */
		else
			emulate(site, seen.table, seen.saved ? seen.saved[i] : 0, ip, sp);
		return true;
	}
	return false;
}

/* A site under patching, or one whose patching is over. */
static bool take_trap(unsigned long addr, unsigned long *ip, unsigned long *sp)
{
	const struct pvops_poke *poke = find(addr);

	if (!poke && *(volatile u8 *)addr != OP_INT3)
		return emulate_seen(addr, ip, sp);
	/* An int3 that is there has been published by now, or is not ours. */
	if (!poke)
		poke = find(addr);
	if (!poke)
		return false;
	emulate(poke->site, live.set->table, poke->saved, ip, sp);
	return true;
}

bool pvops_poke_trap(unsigned long *ip, unsigned long *sp)
{
	bool ours;

	__atomic_fetch_add(&live.readers, 1, __ATOMIC_SEQ_CST);
	ours = take_trap(*ip - 1, ip, sp);
	__atomic_fetch_sub(&live.readers, 1, __ATOMIC_SEQ_CST);
	return ours;
}
