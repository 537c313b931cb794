// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What is told of the machine and of the ops, by whoever decides: core, or a kernel that has chosen
 * by itself.
 */
#include <pvops/view.h>
#include "core.h"

static const char *yes(bool is)
{
	return is ? "yes" : "no";
}

void pvops_trace_probe(const struct pvops_probe *probe)
{
	const struct pvops_boot *boot = probe->boot;

	pvops_log("debug: command line: %s", boot->cmdline);
	pvops_log("debug: entered by %s, in ring 0: %s, hypervisor bit: %s, %u faces",
		  boot->proto->name, yes(boot->proto->ring0), yes(probe->hypervisor_bit),
		  probe->nr_matches);
}

void pvops_say_faces(const struct pvops_probe *probe)
{
	for (u32 i = 0; i < probe->nr_matches; i++) {
		char text[13] = "";

		for (int j = 0; j < 12; j++)
			text[j] = probe->matches[i].signature[j];
		pvops_log("cpuid 0x%x: %s, leaves to 0x%x", probe->matches[i].base, text,
			  probe->matches[i].max);
	}
}

void pvops_trace_op(const struct pvops_op_view *view)
{
	const struct pvops_sites_seen *sites = &view->sites;

	if (!sites->nr) {
		pvops_log("debug: op %s: %s by %s, no sites", view->name, view->form, view->by);
		return;
	}
	pvops_log("debug: op %s: %s by %s, %u sites (%u gates) from %lx to %lx, %u not patched",
		  view->name, view->form, view->by, sites->nr, sites->gates, sites->first,
		  sites->last, sites->unpatched + sites->wrong);
}
