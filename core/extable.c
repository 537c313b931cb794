// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Faults that the library expects.
 */
#include "core.h"

bool pvops_fixup_exception(unsigned long *ip)
{
	const struct pvops_extable_entry *entry;

	for (entry = pvops_extable_start; entry < pvops_extable_end; entry++) {
		if ((unsigned long)&entry->from + entry->from != *ip)
			continue;
		*ip = (unsigned long)&entry->to + entry->to;
		return true;
	}
	return false;
}
