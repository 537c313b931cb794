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
static u32 open;			/* CPUs that are in one */

static void set_mode(u32 mode)
{
	VMI_FN(VMI_SET_LAZY_MODE, void, u32)(mode);
}

/*
 * Whether this CPU is in one. With interrupts on it is in none, and may be another CPU by the time
 * that we look. Mostly nobody is in one, and the flag need not be asked for.
 */
static bool in_batch(void)
{
	return __atomic_load_n(&open, __ATOMIC_RELAXED) && !(pvops_irq_save() & PVOPS_FLAGS_IF) &&
	       batches[vmi_cpu()].depth;
}

bool vmi_lazy(u32 mode)
{
	u32 cpu;

	if (!in_batch())
		return false;
	cpu = vmi_cpu();
	if (batches[cpu].mode == mode)
		return true;
	if (batches[cpu].mode)
		set_mode(VMI_LAZY_NONE);
	batches[cpu].mode = (u8)mode;
	set_mode(mode);
	return true;
}

static void end_mode(u32 cpu)
{
	if (!batches[cpu].mode)
		return;
	batches[cpu].mode = VMI_LAZY_NONE;
	set_mode(VMI_LAZY_NONE);
}

void vmi_settle(void)
{
	if (in_batch())
		end_mode(vmi_cpu());
}

void vmi_batch_begin(void)
{
	if (!batches[vmi_cpu()].depth++)
		__atomic_fetch_add(&open, 1, __ATOMIC_RELAXED);
}

int vmi_batch_flush(void)
{
	u32 cpu = vmi_cpu();

	if (--batches[cpu].depth)
		return 0;
	end_mode(cpu);
	__atomic_fetch_sub(&open, 1, __ATOMIC_RELAXED);
	return 0;
}
