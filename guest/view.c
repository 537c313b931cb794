// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * `view` on the command line: all ops as they are in the running kernel, before it ends, for people
 * and programs.
 */
#include <pvops/view.h>
#include <pvops/xen.h>
#include "test.h"
#include "view.h"

/* "sites=3 bytes=22 patched=3 table=0 wrong=0", and what they are: " inline=2 jump=1". */
static void put_sites(char *text, size_t size, const struct pvops_sites_seen *seen)
{
	int at = pvops_snprintf(text, size, "sites=%u bytes=%u patched=%u table=%u wrong=%u",
				seen->nr, seen->bytes, seen->patched, seen->unpatched,
				seen->wrong);

	for (unsigned int shape = 0; shape < PVOPS_NR_SHAPES; shape++)
		if (seen->shapes[shape])
			at += pvops_snprintf(text + at, size - (size_t)at, " %s=%u",
					     pvops_shape_name(shape), seen->shapes[shape]);
}

static void show_op(const struct pvops_op_view *view)
{
	char sites[200], calls[32] = "";

	if (PVOPS_COUNTS_CALLS)
		pvops_snprintf(calls, sizeof(calls), " calls=%llu", view->calls);
	put_sites(sites, sizeof(sites), &view->sites);
	kprintf("view: op=%s form=%s by=%s %s%s\n", view->name, view->form, view->by, sites,
		calls);
}

static void show_hypercalls(void)
{
	for (unsigned int nr = 0; nr < PVOPS_XEN_NR_HYPERCALLS; nr++) {
		u64 calls = pvops_xen_hypercalls(nr);

		if (calls)
			kprintf("view: hypercall=%s nr=%u calls=%llu\n",
				pvops_xen_hypercall_name(nr), nr, calls);
	}
}

void view_by_cmdline(const char *cmdline)
{
	const struct pvops_info *info = pvops_get_info();
	struct pvops_sites_seen sum = { 0 };
	struct pvops_op_view view;
	char sites[200];

	if (!pvops_boot_option(cmdline, "view", NULL, 0))
		return;
	kprintf("view: backend=%s reason: %s\n", info->backend->name, info->verdict.reason);
	for (unsigned int op = 0; pvops_view_op(op, &view); op++) {
		show_op(&view);
		sum.nr += view.sites.nr;
		sum.bytes += view.sites.bytes;
		sum.patched += view.sites.patched;
		sum.unpatched += view.sites.unpatched;
		sum.wrong += view.sites.wrong;
		for (unsigned int shape = 0; shape < PVOPS_NR_SHAPES; shape++)
			sum.shapes[shape] += view.sites.shapes[shape];
	}
	put_sites(sites, sizeof(sites), &sum);
	kprintf("view: all %s us=%llu\n", sites, info->patch_ns / 1000);
	if (on_xen())
		show_hypercalls();
}
