/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What became of the ops: read from the running text, for a kernel to show. */
#ifndef PVOPS_VIEW_H
#define PVOPS_VIEW_H

#include <pvops/pvops.h>

/** PVOPS_COUNTS_CALLS - a debug build, whose sites count how often they are run. */
#ifdef CONFIG_PVOPS_DEBUG
#define PVOPS_COUNTS_CALLS	1
#else
#define PVOPS_COUNTS_CALLS	0
#endif

/**
 * struct pvops_op_view - one op, as it is now.
 * @name: "irq.disable"
 * @form: the name of its form here: "nop", "inline" or "call"
 * @by: who does it: the backend, the one it stands on, or "another" (pvops_override())
 * @room: bytes of each of its sites that is no gate
 * @sites: what is in the text of its sites
 * @calls: how often it was run, in a debug build; else 0
 */
struct pvops_op_view {
	const char *name;
	const char *form;
	const char *by;
	u32 room;
	struct pvops_sites_seen sites;
	u64 calls;
};

/**
 * pvops_view_op() - look at all sites of an op.
 * @op: PVOPS_OP_...
 * @view: where the answer goes
 *
 * A gate whose op is something here stays what it was, and counts as patched once patching has
 * begun. Context: task, after pvops_init(), nobody patches meanwhile. Return: false for no op.
 */
bool pvops_view_op(unsigned int op, struct pvops_op_view *view);

#define PVOPS_BY_SHAPE	192	/* bytes that take any such text */

/**
 * pvops_by_shape() - "3 inline, 2 call, 1 nop, in 9 us; gates: 1 jump, 0 lead, 1 unused".
 * @stats: of patching
 * @ns: what it took
 * @text: where it goes, PVOPS_BY_SHAPE bytes
 *
 * Context: any. Return: @text.
 */
const char *pvops_by_shape(const struct pvops_patch_stats *stats, u64 ns, char *text);

#endif /* PVOPS_VIEW_H */
