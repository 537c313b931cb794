// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The TSC as a clock, with a frequency that the hypervisor has told. */
#include <pvops/insn.h>
#include <pvops/pvops.h>
#include <pvops/tsc.h>

#define NS		1000000000ULL
#define NS_PER_MS	1000000ULL	/* and a kHz is a tick a ms */
#define PATIENCE	1000000		/* reads of a clock */

static u64 mult;			/* ns per tick, 32 bits of fraction */
static u64 base;
static u64 clock_last;			/* no CPU ever shows less */
static u64 wall_base;			/* of the clock's 0, ns since 1970 */

#ifdef PVOPS_HOSTED
u64 pvops_tsc_read(void);
#else
static u64 pvops_tsc_read(void)
{
	return pvops_insn_rdtsc();
}
#endif

u64 pvops_tsc_ns(u64 ticks)
{
#ifdef __x86_64__
	unsigned __int128 ns = (unsigned __int128)ticks * mult >> 32;

	return ns >> 64 ? ~0ULL : (u64)ns;
#else
	u32 whole = (u32)(mult >> 32);
	u64 ns = ticks * whole, part = pvops_mul_shift32(ticks, (u32)mult);
	bool beyond = pvops_mul_shift32(ticks, whole) >> 32;

	return beyond || ns + part < part ? ~0ULL : ns + part;
#endif
}

void pvops_tsc_start(u32 khz)
{
	pvops_fn_time_wallclock_t *date = pvops_base_func(PVOPS_OP_time_wallclock);
	struct pvops_timespec ts = { 0 };

	mult = (NS_PER_MS << 32) / khz;
	clock_last = 0;
	base = pvops_tsc_read();
	if (date)
		date(&ts);
	wall_base = ts.sec * NS + ts.nsec - pvops_tsc_clock();
}

u64 pvops_tsc_measure(void)
{
	pvops_fn_time_clock_t *clock = pvops_base_func(PVOPS_OP_time_clock);
	u64 start, ticks, ns;

	if (!clock)
		return 0;
	start = clock();
	ticks = pvops_tsc_read();
	for (u32 i = 0; i < PATIENCE; i++) {
		ns = clock() - start;
		if (ns >= NS_PER_MS && ns < NS)
			return (pvops_tsc_read() - ticks) * NS_PER_MS / ns;
	}
	return 0;
}

u64 pvops_tsc_clock(void)
{
	u64 ticks = pvops_tsc_read() - base;
	/* A TSC behind the first CPU's start would be a leap ahead that all others must follow. */
	u64 now = (s64)ticks < 0 ? 0 : pvops_tsc_ns(ticks);
	u64 last = pvops_load64(&clock_last);

	/* TSCs of several CPUs may differ a little: whoever is behind shows the last answer. */
	do {
		if (now <= last)
			return last;
	} while (!pvops_cas64(&clock_last, &last, now));
	return now;
}

void pvops_tsc_wallclock(struct pvops_timespec *ts)
{
	u64 now = wall_base + pvops_tsc_clock();

	ts->sec = now / NS;
	ts->nsec = (u32)(now % NS);
}
