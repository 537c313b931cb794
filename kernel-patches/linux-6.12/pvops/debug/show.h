/* SPDX-License-Identifier: GPL-2.0 */
/* What was found and done, for who shows it: the kernel's records are freed when it has started. */
#ifndef _PVOPS_SHOW_H
#define _PVOPS_SHOW_H

#include <linux/types.h>
#include <pvops/ops.h>
#include <pvops/view.h>

/* Sites as their text was just after. */
struct pvops_report {
	const char *backend;
	char reason[40];
	unsigned int nr_sites;
	struct pvops_patch_stats stats;
	u64 ns;
	struct pvops_sites_seen of_kernel[PVOPS_NR_OPS], of_modules[PVOPS_NR_OPS];
};

extern struct pvops_report pvops_report;

/* `pvops=debug` */
extern bool pvops_tracing;
void pvops_trace_kernel(void);

#define pvops_tell(fmt, ...)							\
do {										\
	if (pvops_tracing)							\
		pvops_log("debug: " fmt, ##__VA_ARGS__);			\
} while (0)

#endif /* _PVOPS_SHOW_H */
