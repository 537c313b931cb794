// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Batches as VMI's lazy modes: one for page tables, one for what a change of context writes. They
 * do not nest, and of a batch nobody knows at its beginning what will be in it: so the first
 * call that may wait enters its mode, and one of the other kind changes it.
 */
#include "vmi.h"

/* Each CPU's own, with interrupts off. */
static struct {
	u8 depth;
	u8 mode;
} batches[PVOPS_MAX_CPUS];

static void set_mode(u32 mode)
{
	VMI_FN(VMI_SET_LAZY_MODE, void, u32)(mode);
}

bool vmi_lazy(u32 mode)
{
	u32 cpu = vmi_cpu();

	if (!batches[cpu].depth)
		return false;
	if (batches[cpu].mode == mode)
		return true;
	if (batches[cpu].mode)
		set_mode(VMI_LAZY_NONE);
	batches[cpu].mode = (u8)mode;
	set_mode(mode);
	return true;
}

void vmi_batch_begin(void)
{
	batches[vmi_cpu()].depth++;
}

int vmi_batch_flush(void)
{
	u32 cpu = vmi_cpu();

	if (--batches[cpu].depth || !batches[cpu].mode)
		return 0;
	batches[cpu].mode = VMI_LAZY_NONE;
	set_mode(VMI_LAZY_NONE);
	return 0;
}
