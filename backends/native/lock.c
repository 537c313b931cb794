// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Waiting for a lock: a CPU of one's own may as well look itself. */
#include "native.h"

#define LOOKS	1024

void native_lock_wait(const u32 *word, u32 val)
{
	for (int i = 0; i < LOOKS && __atomic_load_n(word, __ATOMIC_ACQUIRE) == val; i++)
		asm volatile("pause");
}
