/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_SUSPEND_H
#define GUEST_SUSPEND_H

#define QUIET_NS	40000000000ULL	/* a toolstack waits for a minute */

/*
 * Let the host save this kernel; from a thread of CPU 0. As pvops_suspend(): 0: restored, 1: not
 * moved, -errno: not done.
 */
int suspend(void);

#endif /* GUEST_SUSPEND_H */
