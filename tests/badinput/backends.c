// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Backends as they should not be. Linked into a guest besides the real ones, each wants to be
 * chosen above all others; each must be passed over with one line.
 */
#include <pvops/pvops.h>

static void detect(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	verdict->score = ~0U;
	pvops_snprintf(verdict->reason, sizeof(verdict->reason), "wants everything");
}

static int init(struct pvops_boot *boot)
{
	pvops_panic("a bad backend was started");
}

static const struct pvops_form no_forms[PVOPS_NR_OPS];

static const struct pvops_backend bad_abi = {
	.abi = PVOPS_BACKEND_ABI + 1, .size = sizeof(struct pvops_backend), .name = "bad-abi",
	.nr_ops = PVOPS_NR_OPS, .forms = no_forms, .detect = detect, .init = init,
};
PVOPS_BACKEND(bad_abi);

static const struct pvops_backend bad_size = {
	.abi = PVOPS_BACKEND_ABI, .size = sizeof(struct pvops_backend) - 8, .name = "bad-size",
	.nr_ops = PVOPS_NR_OPS, .forms = no_forms, .detect = detect, .init = init,
};
PVOPS_BACKEND(bad_size);

static const struct pvops_backend bad_ops = {
	.abi = PVOPS_BACKEND_ABI, .size = sizeof(struct pvops_backend), .name = "bad-ops",
	.nr_ops = PVOPS_NR_OPS + 1, .forms = no_forms, .detect = detect, .init = init,
};
PVOPS_BACKEND(bad_ops);

/* All forms are empty; the first op is named. */
static const struct pvops_backend bad_empty = {
	.abi = PVOPS_BACKEND_ABI, .size = sizeof(struct pvops_backend), .name = "bad-empty",
	.nr_ops = PVOPS_NR_OPS, .forms = no_forms, .detect = detect, .init = init,
};
PVOPS_BACKEND(bad_empty);
