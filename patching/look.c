// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What became of sites. Nothing is kept for this: they are planned once more, and the bytes in the
 * text compared with the plan.
 */
#include "engine.h"

void pvops_look_at(const struct pvops_patch_set *set, u32 nr, const struct pvops_form *form,
		   struct pvops_sites_seen *seen)
{
	const struct pvops_site *site = set->sites + nr;
	unsigned long addr = (unsigned long)pvops_site_addr(site);

	if (!seen->nr++ || addr < seen->first)
		seen->first = addr;
	if (addr > seen->last)
		seen->last = addr;
	seen->gates += is_gate(site);
	seen->bytes += site->len;
	if (form && pvops_site_is(set, nr, form)) {
		seen->patched++;
		seen->shapes[pvops_site_shape(set, site, form)]++;
	} else if (pvops_site_is(set, nr, NULL)) {
		seen->unpatched++;
	} else {
		seen->wrong++;
	}
}
