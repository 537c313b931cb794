// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Debug builds: how often each op was run. Written by the sites themselves, see PVOPS_COUNT(). */
#include "core.h"

u64 pvops_calls[PVOPS_NR_OPS];

#ifdef __x86_64__
u64 pvops_calls_of(unsigned int op)
{
	return *(const volatile u64 *)(pvops_calls + op);
}
#else
#define JUST_ROUND	0x10000U
#define LOOKS		100

/*
 * Two words, and a site that has brought the low one round to 0 adds to the high one an instruction
 * later. A low word belongs to the high one that is there before and behind it; one that may have
 * come round just now is looked at until that instruction is long done.
 */
u64 pvops_calls_of(unsigned int op)
{
	const volatile u32 *words = (const volatile u32 *)(pvops_calls + op);
	u32 low, high;
	int looks = 0;

	do {
		high = words[1];
		low = words[0];
	} while (high != words[1] || (low < JUST_ROUND && looks++ < LOOKS));
	return (u64)high << 32 | low;
}
#endif
