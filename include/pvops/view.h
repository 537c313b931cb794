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
 * @sites: how many it has
 * @bytes: of text, all together
 * @patched: sites that have this form now
 * @shapes: these, by what that makes of them: a gate stays a jump where its op is something
 * @unpatched: sites that call through the table, or lead to such a call
 * @wrong: sites that are neither
 * @first: address of the lowest one; 0 if there is none
 * @last: of the highest one
 * @calls: how often it was run, in a debug build; else 0
 */
struct pvops_op_view {
	const char *name;
	const char *form;
	const char *by;
	u32 room;
	u32 sites;
	u32 bytes;
	u32 patched;
	u32 shapes[PVOPS_NR_SHAPES];
	u32 unpatched;
	u32 wrong;
	unsigned long first;
	unsigned long last;
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

#endif /* PVOPS_VIEW_H */
