/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The TSC as a clock, with a frequency that the hypervisor has told: for backends of hosts that
 * have no clock of their own to read but know how fast the TSC runs.
 */
#ifndef PVOPS_TSC_H
#define PVOPS_TSC_H

#include <pvops/types.h>

/**
 * pvops_tsc_start() - begin to count nanoseconds, from 0.
 * @khz: frequency, not 0; see pvops_clock_choose()
 *
 * The date is the base's at this moment.
 *
 * Context: a backend's init.
 */
void pvops_tsc_start(u32 khz);

/**
 * pvops_tsc_measure() - how fast the TSC runs, by the base's clock.
 *
 * What a host tells has to agree with that: see pvops_clock_khz_fact(). Takes a millisecond.
 *
 * Context: a backend's init.
 * Return: kHz; 0 if the base's clock stands still.
 */
u64 pvops_tsc_measure(void);

/** pvops_tsc_clock() - as time.clock. After pvops_tsc_start(). */
u64 pvops_tsc_clock(void);

/** pvops_tsc_wallclock() - as time.wallclock. After pvops_tsc_start(). */
void pvops_tsc_wallclock(struct pvops_timespec *ts);

/** pvops_tsc_ns() - nanoseconds of so many ticks; all ones if they do not fit. */
u64 pvops_tsc_ns(u64 ticks);

#endif /* PVOPS_TSC_H */
