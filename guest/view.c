// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * `view` on the command line: all ops as they are in the running kernel, before it ends, for people
 * and programs.
 */
#include <pvops/view.h>
#include <pvops/xen.h>
#include "test.h"
#include "view.h"

static void show_op(const struct pvops_op_view *view)
{
	char calls[32] = "";

	if (PVOPS_COUNTS_CALLS)
		pvops_snprintf(calls, sizeof(calls), " calls=%llu", view->calls);
	kprintf("view: op=%s form=%s by=%s sites=%u bytes=%u patched=%u table=%u wrong=%u%s\n",
		view->name, view->form, view->by, view->sites.nr, view->sites.bytes,
		view->sites.patched, view->sites.unpatched, view->sites.wrong, calls);
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
	}
	kprintf("view: all sites=%u bytes=%u patched=%u table=%u wrong=%u us=%llu\n", sum.nr,
		sum.bytes, sum.patched, sum.unpatched, sum.wrong, info->patch_ns / 1000);
	if (on_xen())
		show_hypercalls();
}
