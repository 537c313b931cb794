// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A family of ops goes over to another backend while the kernel runs.
 *
 * Its sites are taken back to the table, the slots are exchanged one by one, and the sites are
 * patched again. Two forms never meet in a site, each call is one of the old function or of the new
 * one, and that both may run at a time is what the backend has declared.
 */
#include <pvops/text.h>
#include "core.h"

/* The ops whose forms are others then. One patcher at a time. */
static bool changes[PVOPS_NR_OPS];

const struct pvops_backend *pvops_done_by(enum pvops_family family)
{
	const struct pvops_state *state = &pvops_state;

	if (family >= PVOPS_NR_FAMILIES)
		return NULL;
	return state->at_base & 1U << family ? state->base : state->info.backend;
}

/* Of the two that have been started, the one of this name. */
static const struct pvops_backend *started(const char *name)
{
	const struct pvops_backend *backend = pvops_state.info.backend, *base = pvops_state.base;

	if (pvops_text_equal(backend->name, name))
		return backend;
	return base && pvops_text_equal(base->name, name) ? base : NULL;
}

static bool equal(const struct pvops_form *a, const struct pvops_form *b)
{
	return a->func == b->func && a->code == b->code && a->end == b->end &&
	       a->reloc == b->reloc && a->kind == b->kind && a->flags == b->flags;
}

/* What the op becomes: it goes to the base, or comes back. */
static const struct pvops_form *next_form(u32 op)
{
	const struct pvops_state *state = &pvops_state;

	return state->at_base & 1U << pvops_op_rows[op].family ? state->kept + op :
								  state->base->forms + op;
}

/* Fills changes[]; whether the family's state may be another backend's. */
static bool survives(enum pvops_family family)
{
	bool shared = pvops_state.info.backend->shares & 1U << family;

	for (u32 op = 0; op < PVOPS_NR_OPS; op++) {
		changes[op] = pvops_op_rows[op].family == family &&
			      !equal(pvops_state.forms + op, next_form(op));
		if (pvops_op_rows[op].family == family && !pvops_op_rows[op].shared)
			shared = false;
	}
	return shared;
}

/* An op that changes at a site where a CPU may stand in the middle; NULL: none. */
static const char *in_the_way(void)
{
	const struct pvops_site *site;

	for (site = pvops_sites_start; site < pvops_sites_end; site++)
		if (site->op < PVOPS_NR_OPS && changes[site->op] &&
		    (site->kind == PVOPS_SITE_ENTRY ||
		     !pvops_form_single(site, pvops_state.forms + site->op) ||
		     !pvops_form_single(site, next_form(site->op))))
			return pvops_op_name(site->op);
	return NULL;
}

static int refuse(int err, const struct pvops_backend *to, const char *why, const char *what)
{
	pvops_log("not switched to %s: %s%s", to->name, why, what);
	return err;
}

/* 0, or a negative errno after a line with the reason. */
static int may_switch(enum pvops_family family, const struct pvops_backend *to)
{
	int err = pvops_may_patch();
	const char *op;

	if (err)
		return refuse(err, to, err == -PVOPS_EPERM ? "sealed for good" :
			      "other CPUs run, and cannot be made to serialise", "");
	if (!survives(family))
		return refuse(-PVOPS_EACCES, to, "what the family has set up is bound to ",
			      pvops_done_by(family)->name);
	op = pvops_state.smp && pvops_state.patched ? in_the_way() : NULL;
	if (op)
		return refuse(-PVOPS_EBUSY, to, "other CPUs may stand in the middle of ", op);
	return 0;
}

/* The slots, and who keeps what for the way back. */
static int exchange(enum pvops_family family)
{
	struct pvops_state *state = &pvops_state;
	int err = pvops_unseal();

	if (err) {
		pvops_log("the table cannot be made writable: error %d", err);
		return err;
	}
	for (u32 op = 0; op < PVOPS_NR_OPS; op++) {
		struct pvops_form next = *next_form(op);

		if (pvops_op_rows[op].family != family)
			continue;
		state->kept[op] = state->forms[op];
		state->forms[op] = next;
		__atomic_store_n(&pvops_table[op], next.func, __ATOMIC_SEQ_CST);
	}
	state->at_base ^= 1U << family;
	err = pvops_reseal();
	if (err)
		pvops_log("the table stays writable: error %d", err);
	return err;
}

int pvops_switch(enum pvops_family family, const char *name)
{
	const struct pvops_backend *to = started(name);
	bool patched = pvops_state.patched;
	int err, worst;

	if (family >= PVOPS_NR_FAMILIES)
		return -PVOPS_EINVAL;
	if (!to) {
		pvops_log("not switched to %s: it has not been started here", name);
		return -PVOPS_ENODEV;
	}
	if (to == pvops_done_by(family))
		return 0;
	err = may_switch(family, to);
	if (err)
		return err;
	if (patched)
		err = pvops_patch_ops(changes, false);
	if (!err)
		err = exchange(family);
	/* Taken back in part, or not exchanged: as it was, as far as that goes. */
	worst = patched ? pvops_patch_ops(changes, true) : 0;
	pvops_trace("family %u is done by %s: error %d", family, pvops_done_by(family)->name,
		    err ? err : worst);
	return err ? err : worst;
}
