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
 * The last text that was patched live. A CPU may trap on an int3 that is gone by the time its
 * handler looks: then it just runs the site again.
 */
static const u8 *seen_start, *seen_end;

static void publish(const struct pvops_patch_set *set, const struct pvops_poke *pokes, u32 nr)
{
	seen_start = set->text;
	seen_end = set->text_end;
	live.set = set;
	live.nr = nr;
	__atomic_store_n(&live.pokes, pokes, __ATOMIC_SEQ_CST);
}

static void unpublish(void)
{
	__atomic_store_n(&live.pokes, NULL, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&live.readers, __ATOMIC_SEQ_CST))
		asm volatile("pause");
}

int pvops_poke_sites(const struct pvops_patch_set *set, const struct pvops_poke *pokes, u32 nr)
{
	const u8 int3 = OP_INT3;
	int result = 0, err;
	u32 i;

	publish(set, pokes, nr);
	for (i = 0; i < nr; i++) {
		err = pvops_write_text(set, pvops_site_addr(pokes[i].site), &int3, 1);
		result = result ? result : err;
	}
	set->sync_cores();
	for (i = 0; i < nr; i++) {
		err = pvops_write_text(set, pvops_site_addr(pokes[i].site) + 1, pokes[i].new + 1,
				       pokes[i].site->len - 1U);
		result = result ? result : err;
	}
	set->sync_cores();
	for (i = 0; i < nr; i++) {
		err = pvops_write_text(set, pvops_site_addr(pokes[i].site), pokes[i].new, 1);
		result = result ? result : err;
	}
	set->sync_cores();
	unpublish();
	return result;
}

static const struct pvops_poke *find(unsigned long addr)
{
	const struct pvops_poke *pokes = __atomic_load_n(&live.pokes, __ATOMIC_SEQ_CST);

	for (u32 i = 0; pokes && i < live.nr; i++)
		if ((unsigned long)pvops_site_addr(pokes[i].site) == addr)
			return pokes + i;
	return NULL;
}

bool pvops_poke_trap(unsigned long *ip, unsigned long *sp)
{
	unsigned long addr = *ip - 1;
	const struct pvops_poke *poke;
	bool ours = true;

	__atomic_fetch_add(&live.readers, 1, __ATOMIC_SEQ_CST);
	poke = find(addr);
	if (poke && poke->site->kind == PVOPS_SITE_GATE) {
		*ip = addr + PVOPS_SITE_GATE_LEN + (unsigned long)(long)(s32)poke->saved;
	} else if (poke) {
		*sp -= sizeof(*sp);
		*(unsigned long *)*sp = addr + poke->site->len;
		*ip = (unsigned long)live.set->table[poke->site->op];
	} else if (addr >= (unsigned long)seen_start && addr < (unsigned long)seen_end &&
		   *(volatile u8 *)addr != OP_INT3) {
		*ip = addr;
	} else {
		ours = false;
	}
	__atomic_fetch_sub(&live.readers, 1, __ATOMIC_SEQ_CST);
	return ours;
}
