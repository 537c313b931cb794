// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A hypervisor vendor's own backend: registration, detection, forms.
 *
 * The vendor of this example is QEMU's software emulation (TCG): its CPU is like hardware, so all
 * that is not said here is native's. It brings its own time (time.c) and its own way to yield.
 * Nothing in pvops knows this folder: the object file is linked in, and found.
 */
#include "vendor.h"

/*
 * smp.yield: TCG leaves the translated code at a pause, and if one thread runs all CPUs the next
 * one has its turn: here the instruction is no hint but the call to the hypervisor itself.
 */
PVOPS_TEMPLATE(vendor_yield, "pause");

/* What is empty is native's. */
static const struct pvops_form vendor_forms[PVOPS_NR_OPS] = {
	[PVOPS_OP_time_clock] = PVOPS_CALL(vendor_time_clock),
	[PVOPS_OP_time_wallclock] = PVOPS_CALL(vendor_time_wallclock),
	[PVOPS_OP_smp_yield] = PVOPS_INLINE(vendor_yield),
};

static bool is_ours(const struct pvops_match *match)
{
	static const char signature[] = "TCGTCGTCGTCG";

	for (int i = 0; i < 12; i++)
		if (match->signature[i] != signature[i])
			return false;
	return true;
}

/* Pure: it may be asked and then not be taken. */
static void vendor_detect(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	/* Native's forms need the CPU to themselves. */
	if (!probe->boot->proto->ring0)
		return;
	for (u32 i = 0; i < probe->nr_matches; i++) {
		const struct pvops_match *match = probe->matches + i;

		if (!is_ours(match))
			continue;
		/* One more than the leaf: the vendor knows the host better than the library. */
		verdict->score = match->base + 1;
		verdict->role = PVOPS_ROLE_GUEST;
		pvops_snprintf(verdict->reason, sizeof(verdict->reason),
			       "TCGTCGTCGTCG in leaf 0x%x", match->base);
	}
}

static int vendor_init(struct pvops_boot *boot)
{
	pvops_log("vendor: smp.yield is the vendor's own, one instruction in its site");
	return 0;
}

static int vendor_late_init(void)
{
	vendor_time_start();
	return 0;
}

static const struct pvops_backend vendor_backend = {
	.abi = PVOPS_BACKEND_ABI,
	.size = sizeof(struct pvops_backend),
	.name = "vendor",
	.nr_ops = PVOPS_NR_OPS,
	.base = "native",
	.forms = vendor_forms,
	.detect = vendor_detect,
	.init = vendor_init,
	.late_init = vendor_late_init,
};

PVOPS_BACKEND(vendor_backend);
