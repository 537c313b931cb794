// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * VMI's time: three counters a CPU of one frequency (real, available, stolen), an alarm that comes
 * as the local APIC's timer, and the date.
 *
 * The counters are their CPU's own affair, to be read by it alone.
 */
#include <pvops/clock.h>
#include <pvops/insn.h>
#include "vmi.h"

#define NS		1000000000ULL
#define HZ_MIN		1000000ULL
#define HZ_MAX		40000000000ULL
#define PATIENCE	100000		/* readings, until a counter must have moved */
#define ALARM_FLAGS	(VMI_CYCLES_REAL | VMI_ALARM_LVTT)

static u64 ns_per_cycle;		/* 32 bits of fraction, as the next */
static u64 cycles_per_ns;
static u64 real_base;			/* the real counter at time.clock's 0 */
static u64 clock_last;			/* no CPU ever shows less */
static u64 wall_base;			/* date at time.clock's 0, ns since 1970 */

/* Of each CPU: what its counter of stolen cycles showed last, and what has come together. */
static struct {
	u64 seen;
	u64 total;
} stolen[PVOPS_MAX_CPUS];

static u64 counter(u32 which)
{
	return VMI_FN(VMI_CYCLE_COUNTER, u64, u32)(which);
}

u64 vmi_clock(void)
{
	u64 cycles = counter(VMI_CYCLES_REAL) - real_base;

	/* One that is behind: no time has passed. */
	return pvops_clock_newest(&clock_last,
				  (s64)cycles < 0 ? 0 : pvops_scale(cycles, ns_per_cycle));
}

/* The real counter stops while we are suspended, the date does not: then it is asked for anew. */
static void set_wall_base(void)
{
	u64 date = VMI_FN(VMI_WALLCLOCK, u64, void)();

	pvops_store64(&wall_base, date - vmi_clock());
}

void vmi_wallclock(struct pvops_timespec *ts)
{
	u64 now;

	if (VMI_FN(VMI_WALLCLOCK_UPDATED, u32, void)())
		set_wall_base();
	now = pvops_load64(&wall_base) + vmi_clock();
	ts->sec = now / NS;
	ts->nsec = (u32)(now % NS);
}

/* What has been stolen from this CPU since it looked last; an interrupt may come in between. */
static void note_stolen(void)
{
	u32 cpu = vmi_cpu();
	u64 was = pvops_load64(&stolen[cpu].seen), now = counter(VMI_CYCLES_STOLEN), total;

	/* Less than before: another life of the CPU's, that begins with it. */
	if (!pvops_cas64(&stolen[cpu].seen, &was, now) || now <= was)
		return;
	total = pvops_load64(&stolen[cpu].total);
	while (!pvops_cas64(&stolen[cpu].total, &total, total + (now - was)))
		;
}

/* Another CPU's is what it knew when it last set its timer, or was asked. */
u64 vmi_steal(unsigned int cpu)
{
	u64 ns, now = vmi_clock();

	if (cpu >= PVOPS_MAX_CPUS)
		return 0;
	if (cpu == vmi_cpu())
		note_stolen();
	ns = pvops_scale(pvops_load64(&stolen[cpu].total), ns_per_cycle);
	return ns < now ? ns : now;
}

static void set_alarm(u64 expiry)
{
	VMI_FN(VMI_SET_ALARM, void, u32, u64, u64)(ALARM_FLAGS, expiry, 0);
}

static bool cancel_alarm(void)
{
	return VMI_FN(VMI_CANCEL_ALARM, u32, u32)(ALARM_FLAGS);
}

void vmi_set_alarm(u64 deadline)
{
	/* In this order, for an interrupt in between makes it early: then it is set again. */
	u64 cycles = counter(VMI_CYCLES_REAL), now = vmi_clock(), after = 0, expiry;

	note_stolen();
	if (deadline > now)
		after = pvops_scale(deadline - now, cycles_per_ns) + 1;
	expiry = cycles + after;
	/* Centuries away: as far as the counter goes. */
	set_alarm(expiry < cycles || after >> 63 ? ~0ULL : expiry);
}

void vmi_cancel_alarm(void)
{
	cancel_alarm();
}

/* A ROM whose real counter stands would stop each wait of ours. */
static bool goes(void)
{
	u64 start = counter(VMI_CYCLES_REAL);

	for (u32 i = 0; i < PATIENCE; i++)
		if ((s64)(counter(VMI_CYCLES_REAL) - start) > 0)
			return true;
	return false;
}

/* SetAlarm has no answer; but what can be cancelled has been taken. */
static bool alarms_work(u64 hz)
{
	bool was;

	set_alarm(counter(VMI_CYCLES_REAL) + 3600 * hz);
	was = cancel_alarm();
	return was && !cancel_alarm();
}

static bool offer_clock(void)
{
	struct pvops_clock_facts facts = { .has = PVOPS_CLOCK_VMI_COUNTER };
	struct pvops_clock_choice choice;

	return pvops_clock_offer("vmi", &facts, &choice);
}

enum vmi_time vmi_time_init(void)
{
	u64 hz;

	if (!vmi_targets[VMI_CYCLE_FREQUENCY]) {
		pvops_log("vmi: no GetCycleFrequency: time is native");
		return VMI_TIME_NONE;
	}
	hz = VMI_FN(VMI_CYCLE_FREQUENCY, u64, void)();
	if (hz < HZ_MIN || hz > HZ_MAX) {
		pvops_log("vmi: counters of %llu Hz cannot be: time is native", hz);
		return VMI_TIME_NONE;
	}
	if (!goes()) {
		pvops_log("vmi: the real counter stands: time is native");
		return VMI_TIME_NONE;
	}
	ns_per_cycle = (NS << 32) / hz;
	cycles_per_ns = (hz / NS << 32) + ((hz % NS) << 32) / NS;
	clock_last = 0;
	stolen[0].seen = counter(VMI_CYCLES_STOLEN);
	real_base = counter(VMI_CYCLES_REAL);
	if (!offer_clock())
		return VMI_TIME_NONE;
	set_wall_base();
	if (!alarms_work(hz)) {
		pvops_log("vmi: alarms are not taken: the timer is native");
		return VMI_TIME_CLOCK;
	}
	pvops_log("vmi: counters of %u kHz; alarms as the local APIC's timer", (u32)(hz / 1000));
	return VMI_TIME_ALARM;
}
