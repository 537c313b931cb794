// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Verify and write: each site from its old bytes to its new ones, or left alone.
 */
#include <pvops/errno.h>
#include "engine.h"

#define LIVE_BATCH	512		/* sites that share one round of serialising */

static char *put_text(char *at, const char *text)
{
	while (*text)
		*at++ = *text++;
	return at;
}

static char *put_hex(char *at, unsigned long value, int digits)
{
	while (digits--)
		*at++ = "0123456789abcdef"[value >> (4 * digits) & 15];
	return at;
}

static char *put_bytes(char *at, const u8 *bytes, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		*at++ = ' ';
		at = put_hex(at, bytes[i], 2);
	}
	return at;
}

/* "pvops: site ADDRESS of OP: WHY", with expected and found bytes if there are some. */
static void complain(const struct pvops_patch_set *set, const struct pvops_site *site,
		     const char *why, const u8 *expected)
{
	char line[256], *at = put_text(line, "pvops: site ");
	const char *name = site->op < set->nr_ops ? set->ops[site->op].name : "an unknown op";

	at = put_hex(at, (unsigned long)pvops_site_addr(site), 2 * sizeof(long));
	at = put_text(at, " of ");
	for (int i = 0; i < 64 && name[i]; i++)
		*at++ = name[i];
	at = put_text(at, ": ");
	at = put_text(at, why);
	if (expected) {
		at = put_text(at, ": expected");
		at = put_bytes(at, expected, site->len);
		at = put_text(at, ", found");
		at = put_bytes(at, pvops_site_addr(site), site->len);
	}
	*at++ = '\n';
	*at = '\0';
	set->log(line, (size_t)(at - line));
}

int pvops_write_text(const struct pvops_patch_set *set, u8 *at, const u8 *bytes, u32 len)
{
	volatile u8 *alias = set->alias_map(at, len);

	if (!alias)
		return -PVOPS_ENOMEM;
	for (u32 i = 0; i < len; i++)
		alias[i] = bytes[i];
	set->alias_unmap((void *)(unsigned long)alias, len);
	/* The text is what counts, not what we think the alias is. */
	return same(at, bytes, len) ? 0 : -PVOPS_EIO;
}

/* What a gate's displacement was before patching: in the text still, or saved. */
static u32 gate_way(const struct pvops_patch_set *set, u32 nr)
{
	const u8 *addr = pvops_site_addr(set->sites + nr);

	if (addr[0] == OP_JMP)
		return gate_displacement(addr);
	return set->saved ? set->saved[nr] : 0;
}

bool pvops_site_is(const struct pvops_patch_set *set, u32 nr, const struct pvops_form *form)
{
	const struct pvops_site *site = set->sites + nr;
	u8 bytes[PVOPS_SITE_MAX_LEN];

	return pvops_site_valid(set, site) &&
	       !pvops_plan(set, site, form, is_gate(site) ? gate_way(set, nr) : 0, bytes) &&
	       same(pvops_site_addr(site), bytes, site->len);
}

/*
 * Plan site number @nr. Returns 1 if @poke is to be carried out, 0 if there is nothing to do,
 * or an error after a line in the log.
 */
static int prepare(const struct pvops_patch_set *set, u32 nr, const struct pvops_form *from,
		   const struct pvops_form *to, struct pvops_poke *poke)
{
	const struct pvops_site *site = set->sites + nr;
	const u8 *addr = pvops_site_addr(site);
	bool gate = is_gate(site);
	int err;

	if (!pvops_site_valid(set, site)) {
		complain(set, site, "the record makes no sense", NULL);
		return -PVOPS_EINVAL;
	}
	poke->site = site;
	poke->saved = gate ? gate_way(set, nr) : 0;
	if (gate && set->saved)
		set->saved[nr] = poke->saved;
	err = pvops_plan(set, site, to ? to + site->op : NULL, poke->saved, poke->new);
	if (err) {
		complain(set, site,
			 err == -PVOPS_ERANGE	? "target out of reach"
			 : err == -PVOPS_ENOSPC ? "no room for the template"
			 : gate			? "the gate's way back is not known"
						: "the form makes no sense",
			 NULL);
		return err;
	}
	if (same(addr, poke->new, site->len))
		return 0;
	err = pvops_plan(set, site, from ? from + site->op : NULL, poke->saved, poke->old);
	if (err || !same(addr, poke->old, site->len)) {
		complain(set, site, "not patched", err ? NULL : poke->old);
		return -PVOPS_EINVAL;
	}
	if (set->sync_cores &&
	    (site->kind == PVOPS_SITE_ENTRY ||
	     !pvops_form_single(site, from ? from + site->op : NULL) ||
	     !pvops_form_single(site, to ? to + site->op : NULL))) {
		complain(set, site, site->kind == PVOPS_SITE_ENTRY ?
			 "an entry cannot be patched while other CPUs run" :
			 "several instructions cannot be patched while other CPUs run", NULL);
		return -PVOPS_EBUSY;
	}
	return 1;
}

/* A site that has its new form, or that has failed and been complained of. */
static int account(const struct pvops_patch_set *set, const struct pvops_site *site, int err,
		   const struct pvops_form *to, struct pvops_patch_stats *stats)
{
	if (err)
		stats->failed++;
	else
		stats->count[pvops_site_shape(set, site, to ? to + site->op : NULL)]++;
	return err;
}

/* Carry out what has been gathered. */
static int flush(const struct pvops_patch_set *set, struct pvops_poke *pokes, u32 nr,
		 const struct pvops_form *to, struct pvops_patch_stats *stats)
{
	int result = 0, err;

	if (nr && set->sync_cores)
		pvops_poke_sites(set, pokes, nr);
	for (u32 i = 0; i < nr; i++) {
		if (!set->sync_cores)
			pokes[i].err = pvops_write_text(set, pvops_site_addr(pokes[i].site),
							pokes[i].new, pokes[i].site->len);
		if (pokes[i].err)
			complain(set, pokes[i].site, "cannot be written", NULL);
		err = account(set, pokes[i].site, pokes[i].err, to, stats);
		result = result ? result : err;
	}
	return result;
}

/* Two sites in one batch would both be verified before either is written. */
static bool overlaps(const struct pvops_poke *pokes, u32 nr, const struct pvops_site *site)
{
	unsigned long addr = (unsigned long)pvops_site_addr(site);

	for (u32 i = 0; i < nr; i++) {
		unsigned long other = (unsigned long)pvops_site_addr(pokes[i].site);

		if (addr - other < pokes[i].site->len || other - addr < site->len)
			return true;
	}
	return false;
}

int pvops_patch_sites(const struct pvops_patch_set *set, const struct pvops_form *from,
		      const struct pvops_form *to, struct pvops_patch_stats *stats)
{
	/* One patcher at a time is the caller's duty, so this need not lie on a small stack. */
	static struct pvops_poke pokes[LIVE_BATCH];
	struct pvops_patch_stats unwanted = { 0 };
	/* Without other CPUs there is nothing to share, and each is written once verified. */
	u32 batch = set->sync_cores ? LIVE_BATCH : 1, gathered = 0;
	int result = 0, err;

	if (!stats)
		stats = &unwanted;
	for (u32 nr = 0; nr < set->nr_sites; nr++) {
		const struct pvops_site *site = set->sites + nr;

		if (set->wanted && !set->wanted(site, set->wanted_arg))
			continue;
		if (gathered == batch || overlaps(pokes, gathered, site)) {
			err = flush(set, pokes, gathered, to, stats);
			result = result ? result : err;
			gathered = 0;
		}
		err = prepare(set, nr, from, to, pokes + gathered);
		if (err > 0) {
			gathered++;
		} else {
			err = account(set, site, err, to, stats);
			result = result ? result : err;
		}
	}
	err = flush(set, pokes, gathered, to, stats);
	return result ? result : err;
}
