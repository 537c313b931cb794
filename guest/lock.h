/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A fair ticket lock on lock.wait and lock.kick. */
#ifndef GUEST_LOCK_H
#define GUEST_LOCK_H

#include "guest.h"

#define LOCK_SPINS	256

/**
 * struct lock - @next: ticket to be drawn. @owner: ticket that holds it. @waiter: CPU + 1 that
 * sleeps for ticket n, at n % MAX_CPUS.
 */
struct lock {
	u32 next;
	u32 owner;
	u32 waiter[MAX_CPUS];
};

void lock_slow(struct lock *lock, u32 ticket);

static inline unsigned long lock_irqsave(struct lock *lock)
{
	unsigned long flags = pvops_irq_save();
	u32 ticket;

	pvops_irq_disable();
	ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_ACQUIRE);
	if (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket)
		lock_slow(lock, ticket);
	return flags;
}

/* Interrupts are off. */
static inline bool lock_try(struct lock *lock)
{
	u32 owner = __atomic_load_n(&lock->owner, __ATOMIC_RELAXED);

	return __atomic_compare_exchange_n(&lock->next, &owner, owner + 1, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static inline void unlock_irqrestore(struct lock *lock, unsigned long flags)
{
	u32 next = lock->owner + 1, waiter;

	__atomic_store_n(&lock->owner, next, __ATOMIC_SEQ_CST);
	waiter = __atomic_load_n(&lock->waiter[next % MAX_CPUS], __ATOMIC_SEQ_CST);
	if (waiter)
		pvops_lock_kick(waiter - 1);
	pvops_irq_restore(flags);
}

#endif /* GUEST_LOCK_H */
