// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Waiting for a lock: a while in the CPU, then in the hypervisor. */
#include "lock.h"

void lock_slow(struct lock *lock, u32 ticket)
{
	u32 *slot = &lock->waiter[ticket % MAX_CPUS];
	u32 owner;

	for (int i = 0; i < LOCK_SPINS; i++) {
		if (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) == ticket)
			return;
		asm volatile("pause");
	}
	/* Say who waits before the last look: the holder looks after changing the word. */
	__atomic_store_n(slot, pvops_cpu() + 1, __ATOMIC_SEQ_CST);
	while ((owner = __atomic_load_n(&lock->owner, __ATOMIC_SEQ_CST)) != ticket)
		pvops_lock_wait(&lock->owner, owner);
	__atomic_store_n(slot, 0, __ATOMIC_RELAXED);
}
