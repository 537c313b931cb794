// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Other CPUs: not offered yet. */
#include "monitor.h"

u64 call_set_ap_state(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}
