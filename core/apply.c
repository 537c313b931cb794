// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The image's own sites and the patch engine: patch, take back, seal.
 */
#include <pvops/view.h>
#include "core.h"

/* Which sites a run of the engine is about. @ops: NULL: all. */
struct selection {
	unsigned long start;
	unsigned long end;
	bool live;
	const bool *ops;
};

/* Which sites of a live run can go: not the entries, nor a CPU's place in several instructions. */
static bool can_go_live(const struct pvops_site *site)
{
	/* A record of no op we know is for the engine to complain of. */
	return site->op >= PVOPS_NR_OPS ||
	       (site->kind != PVOPS_SITE_ENTRY &&
		!(pvops_state.forms[site->op].flags & PVOPS_FORM_MULTI));
}

static bool selected(const struct pvops_site *site, const void *arg)
{
	unsigned long addr = (unsigned long)pvops_site_addr(site);
	const struct selection *sel = arg;

	if (sel->ops && (site->op >= PVOPS_NR_OPS || !sel->ops[site->op]))
		return false;
	return addr >= sel->start && addr < sel->end && !(sel->live && !can_go_live(site));
}

/*
 * The alias window is one CPU's, with interrupts off; a live patcher has them on but for this.
 */
static unsigned long alias_flags;

static void *live_alias_map(const void *text, size_t len)
{
	unsigned long flags = pvops_irq_save();
	void *alias;

	pvops_irq_disable();
	alias_flags = flags;
	alias = pvops_state.host->alias_map(text, len);
	if (!alias)
		pvops_irq_restore(flags);
	return alias;
}

static void live_alias_unmap(void *alias, size_t len)
{
	pvops_state.host->alias_unmap(alias, len);
	pvops_irq_restore(alias_flags);
}

void pvops_image_sites(struct pvops_patch_set *set)
{
	*set = (struct pvops_patch_set){
		.sites = pvops_sites_start, .nr_sites = pvops_state.info.nr_sites,
		.saved = pvops_state.saved,
		.table = pvops_table, .ops = pvops_op_rows, .nr_ops = PVOPS_NR_OPS,
		.text = pvops_text_start, .text_end = pvops_text_end,
		.log = pvops_state.host->log,
	};
}

static int apply(const struct selection *sel, const struct pvops_form *from,
		 const struct pvops_form *to, struct pvops_patch_stats *stats)
{
	const struct pvops_host *host = pvops_state.host;
	struct pvops_patch_set set;

	pvops_image_sites(&set);
	set.wanted = selected;
	set.wanted_arg = sel;
	set.alias_map = sel->live ? live_alias_map : host->alias_map;
	set.alias_unmap = sel->live ? live_alias_unmap : host->alias_unmap;
	set.sync_cores = sel->live ? host->sync_cores : NULL;
	return pvops_patch_sites(&set, from, to, stats);
}

int pvops_may_patch(void)
{
	if (pvops_state.final)
		return -PVOPS_EPERM;
	return pvops_state.smp && !pvops_state.host->sync_cores ? -PVOPS_EBUSY : 0;
}

/* Common to patching and taking back; 0 if it may be done now. */
static int begin(void)
{
	struct pvops_state *state = &pvops_state;
	int err = pvops_may_patch();
	u32 order = 0;

	if (err || state->patched)
		return err;

	while ((PVOPS_PAGE_SIZE << order) < state->info.nr_sites * sizeof(*state->saved))
		order++;
	state->saved = state->host->alloc_pages(order);
	if (!state->saved)
		pvops_log("no memory to remember gates: they cannot be unpatched");
	state->patched = true;
	return 0;
}

static int run(const struct selection *sel, bool on, struct pvops_patch_stats *stats)
{
	const struct pvops_form *forms = pvops_state.forms;
	unsigned long flags;
	int err;

	/* Live patching waits for other CPUs; without them nothing may come in between. */
	if (pvops_state.smp)
		return apply(sel, on ? NULL : forms, on ? forms : NULL, stats);
	flags = pvops_irq_save();
	pvops_irq_disable();
	err = apply(sel, on ? NULL : forms, on ? forms : NULL, stats);
	pvops_irq_restore(flags);
	return err;
}

static void trace_ops(void)
{
	struct pvops_op_view view;

	for (unsigned int op = 0; pvops_view_op(op, &view); op++)
		pvops_trace_op(&view);
}

int pvops_patch(void)
{
	const struct selection all = { 0, ~0UL, pvops_state.smp, NULL };
	struct pvops_patch_stats stats = { 0 };
	bool first = !pvops_state.patched;
	char shapes[PVOPS_BY_SHAPE];
	u64 start;
	int err = begin();

	if (err)
		return err;
	start = pvops_time_clock();
	err = run(&all, true, &stats);
	if (first) {
		pvops_state.info.stats = stats;
		pvops_state.info.patch_ns = pvops_time_clock() - start;
		pvops_log("%u sites: %s", pvops_state.info.nr_sites,
			  pvops_by_shape(&stats, pvops_state.info.patch_ns, shapes));
		if (pvops_state.trace)
			trace_ops();
	}
	if (stats.failed)
		pvops_log("%u sites not patched: they go on through the table", stats.failed);
	return err;
}

int pvops_unpatch(void)
{
	const struct selection all = { 0, ~0UL, pvops_state.smp, NULL };
	struct pvops_patch_stats stats = { 0 };
	int err = begin();

	if (!err)
		err = run(&all, false, &stats);
	pvops_trace("sites taken back: error %d, %u failed", err, stats.failed);
	return err;
}

int pvops_patch_ops(const bool *ops, bool on)
{
	const struct selection sel = { 0, ~0UL, pvops_state.smp, ops };

	return run(&sel, on, NULL);
}

int pvops_patch_range(const void *start, const void *end, bool on)
{
	const struct selection sel = {
		(unsigned long)start, (unsigned long)end, pvops_state.smp, NULL
	};
	struct pvops_patch_stats stats = { 0 };
	int err = begin();

	if (!err)
		err = run(&sel, on, &stats);
	pvops_trace("sites from %lx to %lx %s: error %d, %u failed", sel.start, sel.end,
		    on ? "patched" : "taken back", err, stats.failed);
	return err;
}

int pvops_override(unsigned int op, const struct pvops_form *form)
{
	if (op >= PVOPS_NR_OPS || form->kind == PVOPS_FORM_EMPTY || form->kind >= PVOPS_NR_FORMS ||
	    !form->func)
		return -PVOPS_EINVAL;
	if (pvops_state.patched)
		return -PVOPS_EBUSY;
	pvops_state.forms[op] = *form;
	pvops_table[op] = form->func;
	pvops_trace("op %s: overridden, %s", pvops_op_name(op), pvops_form_name(form->kind));
	return 0;
}

static int protect(enum pvops_prot prot)
{
	return pvops_state.host->protect(pvops_table_start,
					 (size_t)(pvops_table_end - pvops_table_start), prot);
}

int pvops_unseal(void)
{
	return pvops_state.sealed ? protect(PVOPS_PROT_RW) : 0;
}

int pvops_reseal(void)
{
	return pvops_state.sealed ? protect(PVOPS_PROT_R) : 0;
}

int pvops_seal(enum pvops_seal_level level)
{
	bool final = pvops_state.final || level == PVOPS_SEAL_FINAL;
	int err;

	/* What is decided here is in those pages, too. */
	if (!pvops_state.sealed || final != pvops_state.final) {
		err = pvops_unseal();
		if (err)
			return err;
		pvops_state.sealed = true;
		pvops_state.final = final;
	}
	err = pvops_reseal();
	pvops_trace("seal, %s: error %d",
		    level == PVOPS_SEAL_FINAL ? "for good" : "of the table", err);
	return err;
}
