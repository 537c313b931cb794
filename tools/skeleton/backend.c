// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * skeleton: a backend for pvops. It stands on native: an op that is empty here is native's.
 *
 * See Documentation/adding-a-backend.rst of pvops, and <pvops/backend.h>.
 */
#include <pvops/pvops.h>

/* Your hypervisor's 12 bytes in CPUID, ebx, ecx, edx of its leaf; zeroes count. */
static const char skeleton_signature[] = "TCGTCGTCGTCG";

/* An op that is an instruction or two: bytes for the op's sites. Keep to the op's registers. */
PVOPS_TEMPLATE(skeleton_smp_yield, "pause");

static const struct pvops_form skeleton_forms[PVOPS_NR_OPS] = {
	[PVOPS_OP_smp_yield] = PVOPS_INLINE(skeleton_smp_yield),
	/* An op that is a function: [PVOPS_OP_time_steal] = PVOPS_CALL(skeleton_time_steal), */
};

/* Pure: looks at what was found in CPUID, changes nothing. */
static void skeleton_detect(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	/* Native's forms need the CPU to themselves. */
	if (!probe->boot->proto->ring0)
		return;
	for (u32 i = 0; i < probe->nr_matches; i++) {
		const struct pvops_match *match = probe->matches + i;
		int same = 0;

		while (same < 12 && match->signature[same] == skeleton_signature[same])
			same++;
		if (same < 12)
			continue;
		/* One more than the leaf: above what the library itself may have for it. */
		verdict->score = match->base + 1;
		verdict->role = PVOPS_ROLE_GUEST;
		pvops_snprintf(verdict->reason, sizeof(verdict->reason), "signature in leaf 0x%x",
			       match->base);
	}
}

/* The chosen one, after native's init: 0, or a negative errno after a line in the log. */
static int skeleton_init(struct pvops_boot *boot)
{
	pvops_log("skeleton: the host's own smp.yield, the rest is native's");
	return 0;
}

static const struct pvops_backend skeleton_backend = {
	.abi = PVOPS_BACKEND_ABI,
	.size = sizeof(struct pvops_backend),
	.name = "skeleton",
	.nr_ops = PVOPS_NR_OPS,
	.base = "native",
	.forms = skeleton_forms,
	.detect = skeleton_detect,
	.init = skeleton_init,
};

PVOPS_BACKEND(skeleton_backend);
