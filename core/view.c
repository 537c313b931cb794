// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What became of the ops. */
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

bool pvops_view_op(unsigned int op, struct pvops_op_view *view)
{
	const struct pvops_form *form = pvops_state.patched ? pvops_state.forms + op : NULL;
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
			pvops_look_at(&set, nr, form, &view->sites);
	return true;
}
