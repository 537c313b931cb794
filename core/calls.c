// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Debug builds: how often each op was run. Written by the sites themselves, see PVOPS_COUNT(). */
#include "core.h"

u64 pvops_calls[PVOPS_NR_OPS];
