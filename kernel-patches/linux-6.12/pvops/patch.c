// SPDX-License-Identifier: GPL-2.0
/*
 * Where Linux calls the patcher of lib/patching: once for the kernel, once for each module.
 */
#define pr_fmt(fmt) "pvops: " fmt

#include <linux/build_bug.h>
#include <linux/init.h>
#include <linux/memory.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sched/clock.h>
#include <linux/sync_core.h>
#include <asm/hypervisor.h>
#include <asm/paravirt.h>
#include <asm/sections.h>
#include <pvops/backend.h>
#include <pvops/patch.h>
#include "debug/show.h"

/* What tools/objtool reads of these, and module.c. */
static_assert(sizeof(struct pvops_form) == 40 && !offsetof(struct pvops_form, func));
static_assert(sizeof(struct pvops_site) == 8 && offsetof(struct pvops_site, kind) == 7);

/* Longer names the patcher would cut. */
#define PVOPS_ROW(op, bytes, fam, share, gates)				\
	{								\
		.name	= op,						\
		.family	= PVOPS_FAMILY_##fam,				\
		.room	= (bytes) + BUILD_BUG_ON_ZERO(sizeof(op) > 64),	\
		.shared	= share,					\
		.gate	= gates,					\
	},
const struct pvops_op_row pvops_op_rows[PVOPS_NR_OPS] = {
#include <pvops/ops-names.h>
};

#undef PVOPS_ROW

/* Ops whose calls are behind leading gates, by the records that have been seen. */
static bool led[PVOPS_NR_OPS];

/* Text is writable while sites are patched: the kernel's until mark_rodata_ro(), a module's too. */
static void *alias_map(const void *text, size_t len)
{
	return (void *)text;
}

static void alias_unmap(void *alias, size_t len)
{
}

static void log_line(const char *text, size_t len)
{
	/* The library's lines have their "pvops: " already. */
	_printk(KERN_ERR "%.*s", (int)len, text);
}

void pvops_log(const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	pr_info("%pV\n", &vaf);
	va_end(args);
}

struct span {
	unsigned long start, end;
};

static bool site_in_range(const struct pvops_site *site, const void *arg)
{
	const struct span *span = arg;
	unsigned long addr = (unsigned long)pvops_site_addr(site);

	return addr >= span->start && addr < span->end;
}

/* @wanted, if these records are of some more text: those of others are left for it. In ns. */
static u64 patch(const struct pvops_site *sites, unsigned int nr, void *text, size_t size,
		 bool (*wanted)(const struct pvops_site *site, const void *arg),
		 struct pvops_patch_stats *stats, struct pvops_sites_seen *seen)
{
	const struct span span = { (unsigned long)text, (unsigned long)text + size };
	const struct pvops_patch_set set = {
		.sites		= sites,
		.nr_sites	= nr,
		.wanted		= wanted,
		.wanted_arg	= &span,
		.table		= pvops_table,
		.ops		= pvops_op_rows,
		.led		= led,
		.nr_ops		= PVOPS_NR_OPS,
		.text		= text,
		.text_end	= text + size,
		.alias_map	= alias_map,
		.alias_unmap	= alias_unmap,
		.log		= log_line,
	};
	u64 ns = sched_clock();

	for (unsigned int i = 0; i < nr; i++)
		if (sites[i].op < PVOPS_NR_OPS && sites[i].kind == PVOPS_SITE_LEAD)
			led[sites[i].op] = true;
	pvops_patch_sites(&set, NULL, pvops_forms, stats);
	ns = sched_clock() - ns;
	/* For those alone who show it: it is as much work again. */
	for (unsigned int i = 0; i < nr && (IS_ENABLED(CONFIG_DEBUG_FS) || pvops_tracing); i++)
		if (sites[i].op < PVOPS_NR_OPS && (!wanted || wanted(sites + i, &span)))
			pvops_look_at(&set, i, pvops_forms + sites[i].op, seen + sites[i].op);
	return ns;
}

void __init pvops_set_forms(const struct pvops_form *forms)
{
	for (unsigned int op = 0; op < PVOPS_NR_OPS; op++) {
		if (forms[op].kind == PVOPS_FORM_EMPTY)
			continue;
		pvops_forms[op] = forms[op];
		pvops_table[op] = forms[op].func;
	}
}

/* The table has the last word: what was put there alone is called. */
static void __init settle(void)
{
	for (unsigned int op = 0; op < PVOPS_NR_OPS; op++) {
		const void *func = pvops_table[op];

		if (func == pvops_forms[op].func)
			continue;
		pvops_forms[op] = (struct pvops_form) {
			.func = func,
			.kind = func == nop_func ? PVOPS_FORM_NOP : PVOPS_FORM_CALL,
		};
	}
}

#define PVOPS_HOST(name, type, face)	\
	[type] = { name, face },
static const char *const hosts[][2] __initconst = {
#include "hosts.h"
};

/* Whom Linux has found: one CPUID may show several. */
static const char *__init backend(char *reason, size_t size)
{
	const char *name = x86_hyper_type < ARRAY_SIZE(hosts) ? hosts[x86_hyper_type][0] : NULL;
	const char *face = name ? hosts[x86_hyper_type][1] : "";
	u32 base = *face ? hypervisor_cpuid_base(face, 0) : 0, sig[3];

	if (base) {
		snprintf(reason, size, "%.12s at 0x%x in CPUID", face, base);
	} else if (*face) {
		strscpy(reason, "by its firmware", size);
	} else if (x86_hyper_type == X86_HYPER_XEN_PV) {
		strscpy(reason, "entered as a PV guest", size);
	} else if (boot_cpu_has(X86_FEATURE_HYPERVISOR)) {
		cpuid(0x40000000, &base, &sig[0], &sig[1], &sig[2]);
		snprintf(reason, size, "%.12s in CPUID", (char *)sig);
	} else {
		strscpy(reason, "no hypervisor in CPUID", size);
	}
	return name ?: hosts[X86_HYPER_NATIVE][0];
}

struct pvops_report pvops_report;

void __init pvops_patch_kernel(void)
{
	struct pvops_report *found = &pvops_report;
	struct pvops_patch_stats *stats = &found->stats;
	unsigned long flags;
	char shapes[PVOPS_BY_SHAPE];

	found->nr_sites = __pvops_sites_end - __pvops_sites;
	found->backend = backend(found->reason, sizeof(found->reason));
	settle();
	local_irq_save(flags);
	found->ns = patch(__pvops_sites, found->nr_sites, _text, _end - _text, NULL, stats,
			  found->of_kernel);
	sync_core();
	local_irq_restore(flags);
	callthunks_patch_pvops(__pvops_sites, found->nr_sites, NULL);
	pr_info("backend %s (%s); %u sites: %s\n", found->backend, found->reason,
		found->nr_sites, pvops_by_shape(stats, found->ns, shapes));
	if (stats->failed)
		pr_err("%u sites not patched: they go on through the table\n", stats->failed);
	if (pvops_tracing)
		pvops_trace_kernel();
}

#ifdef CONFIG_MODULES
void pvops_patch_module(struct module *mod, struct pvops_site *sites, unsigned int nr)
{
	struct pvops_patch_stats stats = { };
	unsigned int left = nr;
	char shapes[PVOPS_BY_SHAPE];
	u64 ns = 0;

	mutex_lock(&text_mutex);
	for_class_mod_mem_type(type, text) {
		if (mod->mem[type].size)
			ns += patch(sites, nr, mod->mem[type].base, mod->mem[type].size,
				    site_in_range, &stats, pvops_report.of_modules);
	}
	callthunks_patch_pvops(sites, nr, mod);
	mutex_unlock(&text_mutex);
	pvops_tell("%s: %u sites: %s; %u failed", mod->name, nr,
		   pvops_by_shape(&stats, ns, shapes), stats.failed);
	for (unsigned int shape = 0; shape < PVOPS_NR_SHAPES; shape++)
		left -= stats.count[shape];
	if (left)
		pr_err("%s: %u sites not patched, %u of them not in its text\n", mod->name, left,
		       left - stats.failed);
}
#endif
