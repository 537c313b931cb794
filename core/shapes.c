// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What the boot line says of the sites. */
#include <pvops/view.h>

const char *pvops_by_shape(const struct pvops_patch_stats *stats, u64 ns, char *text)
{
	const u32 *count = stats->count;

	pvops_snprintf(text, PVOPS_BY_SHAPE, "%u inline, %u call, %u nop, in %llu us; "
		       "gates: %u jump, %u lead, %u unused", count[PVOPS_SHAPE_INLINE],
		       count[PVOPS_SHAPE_CALL], count[PVOPS_SHAPE_NOP], ns / 1000,
		       count[PVOPS_SHAPE_JUMP], count[PVOPS_SHAPE_LEAD], count[PVOPS_SHAPE_UNUSED]);
	return text;
}
