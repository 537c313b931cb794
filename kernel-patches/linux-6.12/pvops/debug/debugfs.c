// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/pvops: who was found, what became of each op's sites, what is asked of Xen.
 */
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/memory.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/static_call.h>
#include <xen/xen.h>
#include <asm/paravirt.h>
#include <asm/xen/hypercall.h>
#include "../../xen/xen-ops.h"
#include "count.h"
#include "show.h"

static int backend_show(struct seq_file *m, void *v)
{
	const struct pvops_report *found = &pvops_report;
	u32 of_modules = 0;

	mutex_lock(&text_mutex);
	for (unsigned int op = 0; op < PVOPS_NR_OPS; op++)
		of_modules += found->of_modules[op].nr;
	mutex_unlock(&text_mutex);
	seq_printf(m, "backend: %s\n", found->backend);
	seq_printf(m, "reason: %s\n", found->reason);
	seq_printf(m, "sites: %u\n", found->nr_sites);
	for (unsigned int shape = PVOPS_SHAPE_NOP; shape < PVOPS_NR_SHAPES; shape++)
		seq_printf(m, "%s: %u\n", pvops_shape_name(shape), found->stats.count[shape]);
	seq_printf(m, "not patched: %u\n", found->stats.failed);
	seq_printf(m, "microseconds: %llu\n", found->ns / NSEC_PER_USEC);
	seq_printf(m, "sites of modules: %u\n", of_modules);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(backend);

#ifdef CONFIG_PVOPS_DEBUG
/* Counted by the sites themselves: PVOPS_COUNT(). */
u64 pvops_calls[PVOPS_NR_OPS];
EXPORT_SYMBOL(pvops_calls);
#endif

/* As they were when they were patched; of modules all so far, also those that are gone. */
static int ops_show(struct seq_file *m, void *v)
{
	seq_puts(m, "op form sites bytes patched table wrong");
	for (unsigned int shape = PVOPS_SHAPE_NOP; shape < PVOPS_NR_SHAPES; shape++)
		seq_printf(m, " %s", pvops_shape_name(shape));
	seq_puts(m, " modules modules-left function");
	seq_puts(m, IS_ENABLED(CONFIG_PVOPS_DEBUG) ? " calls\n" : "\n");
	/* Sites of a module that is loaded meanwhile are all in it, or none. */
	mutex_lock(&text_mutex);
	for (unsigned int op = 0; op < PVOPS_NR_OPS; op++) {
		const struct pvops_sites_seen *seen = pvops_report.of_kernel + op;
		const struct pvops_sites_seen *more = pvops_report.of_modules + op;

		/* Of the library's, what Linux does not use. */
		if (pvops_forms[op].kind == PVOPS_FORM_EMPTY)
			continue;
		seq_printf(m, "%s %s %u %u %u %u %u", pvops_op_rows[op].name,
			   pvops_form_name(pvops_forms[op].kind), seen->nr, seen->bytes,
			   seen->patched, seen->unpatched, seen->wrong);
		for (unsigned int shape = PVOPS_SHAPE_NOP; shape < PVOPS_NR_SHAPES; shape++)
			seq_printf(m, " %u", seen->shapes[shape]);
		seq_printf(m, " %u %u %ps", more->nr, more->nr - more->patched,
			   pvops_forms[op].func);
#ifdef CONFIG_PVOPS_DEBUG
		seq_printf(m, " %llu", READ_ONCE(pvops_calls[op]));
#endif
		seq_putc(m, '\n');
	}
	mutex_unlock(&text_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ops);

DEFINE_PER_CPU(u64[PVOPS_XEN_NR_HYPERCALLS], pvops_hypercalls);

/* All but those of early boot, and returns by the iret hypercall. */
static int __init count_hypercalls(void)
{
	void *way = static_call_query(xen_hypercall);

	if (way == xen_hypercall_pv)
		static_call_update(xen_hypercall, pvops_count_pv);
	else if (way == xen_hypercall_amd)
		static_call_update(xen_hypercall, pvops_count_amd);
	else if (way == xen_hypercall_intel)
		static_call_update(xen_hypercall, pvops_count_intel);
	return 0;
}
early_initcall(count_hypercalls);

static int hypercalls_show(struct seq_file *m, void *v)
{
	/* They go on meanwhile: what is summed up is what is shown. */
	u64 *calls = kcalloc(nr_cpu_ids, sizeof(*calls), GFP_KERNEL);
	int cpu;

	if (!calls)
		return -ENOMEM;
	seq_puts(m, "hypercall calls by-cpu\n");
	for (unsigned int nr = 0; nr < PVOPS_XEN_NR_HYPERCALLS; nr++) {
		u64 sum = 0;

		for_each_possible_cpu(cpu) {
			calls[cpu] = READ_ONCE(per_cpu(pvops_hypercalls, cpu)[nr]);
			sum += calls[cpu];
		}
		if (!sum)
			continue;
		seq_printf(m, "%s %llu", pvops_xen_hypercall_name(nr), sum);
		for_each_possible_cpu(cpu)
			seq_printf(m, " %llu", calls[cpu]);
		seq_putc(m, '\n');
	}
	kfree(calls);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(hypercalls);

static int __init show(void)
{
	struct dentry *folder = debugfs_create_dir("pvops", NULL);

	debugfs_create_file("backend", 0444, folder, NULL, &backend_fops);
	debugfs_create_file("ops", 0444, folder, NULL, &ops_fops);
	if (xen_domain())
		debugfs_create_file("hypercalls", 0444, folder, NULL, &hypercalls_fops);
	return 0;
}
late_initcall(show);
