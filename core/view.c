// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What became of the ops. Nothing is kept for this: sites are planned once more, and the bytes in
 * the text compared with the plan.
 */
#include <pvops/view.h>
#include "core.h"

static const char *who(unsigned int op)
{
	const struct pvops_backend *backend = pvops_state.info.backend, *base = pvops_state.base;
	const void *func = pvops_state.forms[op].func;

	if (backend->forms[op].kind != PVOPS_FORM_EMPTY && backend->forms[op].func == func)
		return backend->name;
	return base && base->forms[op].func == func ? base->name : "another";
}

static void look_at(const struct pvops_patch_set *set, u32 nr, struct pvops_op_view *view)
{
	const struct pvops_site *site = set->sites + nr;
	const struct pvops_form *form = pvops_state.forms + site->op;
	unsigned long addr = (unsigned long)pvops_site_addr(site);

	if (!view->sites++ || addr < view->first)
		view->first = addr;
	if (addr > view->last)
		view->last = addr;
	view->bytes += site->len;
	if (pvops_state.patched && pvops_site_is(set, nr, form)) {
		view->patched++;
		view->shapes[pvops_site_shape(set, site, form)]++;
	} else if (pvops_site_is(set, nr, NULL)) {
		view->unpatched++;
	} else {
		view->wrong++;
	}
}

bool pvops_view_op(unsigned int op, struct pvops_op_view *view)
{
	struct pvops_patch_set set;

	if (op >= PVOPS_NR_OPS)
		return false;
	*view = (struct pvops_op_view){
		.name = pvops_op_name(op),
		.form = pvops_form_name(pvops_state.forms[op].kind),
		.by = who(op),
		.room = pvops_op_rows[op].room,
		.calls = pvops_calls_of(op),
	};
	pvops_image_sites(&set);
	for (u32 nr = 0; nr < set.nr_sites; nr++)
		if (set.sites[nr].op == op)
			look_at(&set, nr, view);
	return true;
}
