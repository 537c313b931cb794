/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The TSC as a clock, with a frequency that the hypervisor has told: for backends of hosts that
 * have no clock of their own to read but know how fast the TSC runs.
 */
#ifndef PVOPS_TSC_H
#define PVOPS_TSC_H

#include <pvops/types.h>

/* What is believed: a TSC of 100 MHz to 100 GHz. */
#define PVOPS_TSC_MIN_KHZ	100000ULL
#define PVOPS_TSC_MAX_KHZ	100000000ULL

/* CPUID, above a hypervisor's base: eax TSC in kHz. VMware's first, then everybody's. */
#define PVOPS_LEAF_TIMING	0x10

/** pvops_tsc_plausible() - may this be a frequency? */
static inline bool pvops_tsc_plausible(u64 khz)
{
	return khz >= PVOPS_TSC_MIN_KHZ && khz <= PVOPS_TSC_MAX_KHZ;
}

/**
 * pvops_tsc_start() - begin to count nanoseconds, from 0.
 * @khz: frequency
 *
 * The date is the base's at this moment.
 *
 * Context: a backend's init.
 * Return: 0, or -EINVAL if @khz is not plausible.
 */
int pvops_tsc_start(u64 khz);

/** pvops_tsc_clock() - as time.clock. After pvops_tsc_start(). */
u64 pvops_tsc_clock(void);

/** pvops_tsc_wallclock() - as time.wallclock. After pvops_tsc_start(). */
void pvops_tsc_wallclock(struct pvops_timespec *ts);

/** pvops_tsc_ns() - nanoseconds of so many ticks; all ones if they do not fit. */
u64 pvops_tsc_ns(u64 ticks);

#endif /* PVOPS_TSC_H */
