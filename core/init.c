// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The order of things: detect, select, init, fill the table.
 */
#include <pvops/unmark.h>
#include "core.h"

struct pvops_state pvops_state PVOPS_SEALED;

void pvops_early_op(void);		/* entry64.S, entry32.S */

const void *pvops_table[PVOPS_NR_OPS] PVOPS_SEALED = {
	[0 ... PVOPS_NR_OPS - 1] = pvops_early_op,
};

#define PVOPS_ROW(op, bytes, fam, share, nop) \
	{ .name = op, .family = PVOPS_FAMILY_##fam, .room = bytes, .shared = share, .gate = nop },
const struct pvops_op_row pvops_op_rows[PVOPS_NR_OPS] = {
#include <pvops/ops-names.h>
};

const struct pvops_info *pvops_get_info(void)
{
	return &pvops_state.info;
}

const struct pvops_host *pvops_get_host(void)
{
	return pvops_state.host;
}

/* Where the base of GS is in a descriptor, there is one. */
static bool gs_complete(const struct pvops_host *host)
{
#ifdef __x86_64__
	return true;
#else
	return host->gs_selector;
#endif
}

static bool host_complete(const struct pvops_host *host)
{
	return host->abi == PVOPS_HOST_ABI && host->size == sizeof(*host) && host->log &&
	       host->panic && host->percpu && host->virt_to_gpa && host->gpa_to_virt &&
	       host->alloc_pages && host->free_pages && host->protect && host->alias_map &&
	       host->alias_unmap && host->map_mmio && host->on_cpus && host->percpu(0) &&
	       gs_complete(host);
}

const struct pvops_form *pvops_form_of(unsigned int op)
{
	return op < PVOPS_NR_OPS ? pvops_state.forms + op : NULL;
}

static void fill_table(const struct pvops_backend *backend, const struct pvops_backend *base)
{
	for (u32 op = 0; op < PVOPS_NR_OPS; op++) {
		const struct pvops_form *form = backend->forms + op;

		if (base && form->kind == PVOPS_FORM_EMPTY)
			form = base->forms + op;
		pvops_state.forms[op] = *form;
		pvops_table[op] = form->func;
	}
}

static void say_clock(const struct pvops_backend *backend, const struct pvops_backend *base)
{
	if (base && backend->forms[PVOPS_OP_time_clock].kind == PVOPS_FORM_EMPTY)
		backend = base;
	pvops_clock_say(backend->name);
}

static int late_init(const struct pvops_backend *backend)
{
	return backend && backend->late_init ? backend->late_init() : 0;
}

static int init_cpu(const struct pvops_backend *backend, unsigned int cpu)
{
	return backend && backend->init_cpu ? backend->init_cpu(cpu) : 0;
}

int pvops_init(struct pvops_boot *boot, const struct pvops_host *host)
{
	struct pvops_state *state = &pvops_state;
	static struct pvops_candidate list[PVOPS_MAX_CANDIDATES];
	const struct pvops_backend *backend;
	u32 n;
	int err;

	if (!host_complete(host)) {
		pvops_log("host record has the wrong ABI version or size, or misses a service");
		return -PVOPS_EINVAL;
	}
	state->boot = boot;
	state->host = host;
	pvops_log("boot %s", boot->proto->name);
	pvops_detect(boot, &state->info.probe);
	n = pvops_select(pvops_backends_start, pvops_backends_end, &state->info.probe, list);
	if (!n)
		return -PVOPS_ENODEV;
	host->percpu(0)->cpu = 0;
	pvops_clock_begin();
	err = pvops_start(pvops_backends_start, pvops_backends_end, list, n);
	if (err)
		return err;
	backend = state->info.backend;
	fill_table(backend, state->base);
	if (state->trace)
		pvops_clock_trace();
	pvops_unmark_settle();
	state->info.nr_sites = (u32)(pvops_sites_end - pvops_sites_start);
	pvops_log("backend %s (%s)", backend->name, state->info.verdict.reason);
	if (state->base)
		pvops_log("backend %s stands on %s", backend->name, state->base->name);
	say_clock(backend, state->base);
	return 0;
}

int pvops_late_init(void)
{
	const struct pvops_backend *backend = pvops_state.info.backend, *base = pvops_state.base;
	int err = late_init(base);

	if (!err)
		err = late_init(backend);
	if (!err)
		err = init_cpu(base, 0);
	if (!err)
		err = init_cpu(backend, 0);
	if (err)
		pvops_log("backend %s: late init failed: error %d", backend->name, err);
	pvops_trace("late init of %s and its base: error %d", backend->name, err);
	return err;
}

int pvops_prepare_cpu(unsigned int cpu)
{
	const struct pvops_backend *backend = pvops_state.info.backend;
	struct pvops_percpu *percpu;
	int err;

	if (!cpu || cpu >= PVOPS_MAX_CPUS || cpu >= pvops_smp_nr_cpus())
		return -PVOPS_EINVAL;
	percpu = pvops_state.host->percpu(cpu);
	if (!percpu)
		return -PVOPS_EINVAL;
	percpu->cpu = cpu;
	err = init_cpu(pvops_state.base, cpu);
	if (!err)
		err = init_cpu(backend, cpu);
	if (err)
		pvops_log("backend %s: CPU %u cannot be prepared: error %d", backend->name, cpu,
			  err);
	else if (!pvops_state.smp)
		pvops_state.smp = true;
	pvops_trace("CPU %u is prepared: error %d", cpu, err);
	return err;
}
