// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Time by the HPET that QEMU's PCs have (IA-PC HPET Specification 1.0a, 2.3): it says its own
 * frequency, so nothing is measured, and there is one for all CPUs. Until it is found, and where
 * there is none, the clock is native's.
 */
#include "vendor.h"

#define HPET_ADDRESS	0xfed00000UL
#define HPET_SIZE	0x400
#define HPET_CAP	0x000		/* bit 13: a counter of 64 bits */
#define HPET_CAP_64	(1U << 13)
#define HPET_PERIOD	0x004		/* of a tick, in femtoseconds */
#define HPET_PERIOD_MAX	100000000U
#define HPET_CONFIG	0x010
#define HPET_ENABLE	1U
#define HPET_LOW	0x0f0
#define HPET_HIGH	0x0f4

#define NS		1000000000ULL
#define FS_IN_NS	1000000ULL
#define READS		4		/* of the counter, while its halves do not agree */
#define START_NS	10000000ULL	/* in which a counter that counts is seen to */

static volatile u8 *hpet;		/* NULL: the clock is native's */
static u64 mult;			/* ns in a tick, 32 bits of fraction */
static u64 first_tick, first_ns;	/* the counter and the clock when they were made one */
static u64 wall_base;			/* of the clock's 0, ns since 1970 */

static u32 get(const volatile u8 *regs, u32 reg)
{
	return *(const volatile u32 *)(regs + reg);
}

static void set(volatile u8 *regs, u32 reg, u32 value)
{
	*(volatile u32 *)(regs + reg) = value;
}

/* By halves, for a device may answer no more than that at once. */
static u64 ticks(const volatile u8 *regs)
{
	u32 high = get(regs, HPET_HIGH), low = 0;

	for (int i = 0; i < READS; i++) {
		u32 before = high;

		low = get(regs, HPET_LOW);
		high = get(regs, HPET_HIGH);
		if (high == before)
			break;
	}
	return (u64)high << 32 | low;
}

static u64 native_clock(void)
{
	pvops_fn_time_clock_t *clock = pvops_base_func(PVOPS_OP_time_clock);

	return clock();
}

u64 vendor_time_clock(void)
{
	const volatile u8 *regs = __atomic_load_n(&hpet, __ATOMIC_ACQUIRE);

	if (!regs)
		return native_clock();
	return first_ns + (u64)((unsigned __int128)(ticks(regs) - first_tick) * mult >> 32);
}

void vendor_time_wallclock(struct pvops_timespec *ts)
{
	pvops_fn_time_wallclock_t *wallclock = pvops_base_func(PVOPS_OP_time_wallclock);
	u64 now;

	if (!__atomic_load_n(&hpet, __ATOMIC_ACQUIRE)) {
		wallclock(ts);
		return;
	}
	now = wall_base + vendor_time_clock();
	ts->sec = now / NS;
	ts->nsec = (u32)(now % NS);
}

/* NULL, or what is wrong with the device. */
static const char *defect(volatile u8 *regs)
{
	u32 period = get(regs, HPET_PERIOD);
	u64 start, end;

	/* Where nobody is, all reads are ones. */
	if (!period || period > HPET_PERIOD_MAX)
		return "is not there";
	if (!(get(regs, HPET_CAP) & HPET_CAP_64))
		return "has 32 bits only";
	set(regs, HPET_CONFIG, get(regs, HPET_CONFIG) | HPET_ENABLE);
	start = ticks(regs);
	end = native_clock() + START_NS;
	while (ticks(regs) == start)
		if (native_clock() >= end)
			return "does not count";
	return NULL;
}

void vendor_time_start(void)
{
	volatile u8 *regs = pvops_get_host()->map_mmio((__force pvops_gpa_t)HPET_ADDRESS,
						       HPET_SIZE);
	const char *why = regs ? defect(regs) : "cannot be mapped";
	struct pvops_timespec ts;
	u32 period;

	if (why) {
		pvops_log("vendor: the HPET %s: time stays native's", why);
		return;
	}
	vendor_time_wallclock(&ts);
	period = get(regs, HPET_PERIOD);
	mult = ((u64)period << 32) / FS_IN_NS;
	/* In this order the clock does not go back when it changes hands. */
	first_ns = native_clock();
	first_tick = ticks(regs);
	wall_base = ts.sec * NS + ts.nsec - first_ns;
	__atomic_store_n(&hpet, regs, __ATOMIC_RELEASE);
	pvops_log("vendor: time.clock is the HPET, %llu kHz", NS * FS_IN_NS / 1000 / period);
}
