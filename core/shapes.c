// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What the boot line says of the sites. */
#include <pvops/view.h>

const char *pvops_by_shape(const struct pvops_patch_stats *stats, char *text)
{
	int at = 0;

	for (unsigned int shape = PVOPS_SHAPE_NOP; shape < PVOPS_NR_SHAPES; shape++)
		at += pvops_snprintf(text + at, PVOPS_BY_SHAPE - (size_t)at, "%u %s, ",
				     stats->count[shape], pvops_shape_name(shape));
	return text;
}
