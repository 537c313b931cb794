// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Time of bare hardware: the TSC, its frequency as CPUID says it or as measured against the
 * PIT; the APIC's timer, measured against the TSC; the real-time clock for the date.
 */
#include <pvops/clock.h>
#include <pvops/insn.h>
#include "apic.h"
#include "native.h"

#define PIT_HZ		1193182U
#define PIT_CH2		0x42
#define PIT_MODE	0x43
#define PIT_GATE	0x61
#define CALIBRATE_MS	20
#define MEASUREMENTS	10
#define LOOKS		5
#define EXACT		512		/* to 0.2% */
#define PATIENCE	10000000	/* reads of a port or of a clock */
#define LOOKS_MOST	(PATIENCE / 20)	/* each some twenty of these; short ones under -icount */
#define LOOKS_STILL	2000		/* after so many it must have moved, or it stands */
#define NS		1000000000ULL

static u64 tsc_mult;			/* ns per tick, 32 bits of fraction */
static u64 tsc_base;
static u64 clock_last;			/* no CPU ever shows less */
static u64 apic_mult;			/* APIC ticks per ns, 32 bits of fraction */
static u64 deadlines[PVOPS_MAX_CPUS];
static void (*alarm)(u64 deadline);	/* a hypervisor's, in the place of the APIC's count */

static u8 inb(u16 port)
{
	u8 val;

	asm volatile("inb %1, %0" : "=a"(val) : "Nd"(port));
	return val;
}

static void outb(u16 port, u8 val)
{
	asm volatile("outb %0, %1" : : "a"(val), "Nd"(port));
}

/* One moment on both clocks: PIT's channel 2 and TSC. @width: ticks that it may be wrong by. */
struct moment {
	u64 tsc;
	u64 width;
	u32 count;
};

static struct moment look(void)
{
	struct moment best = { .width = ~0ULL };

	/* What comes in between, an interrupt of our host's, makes the window wider. */
	for (int i = 0; i < LOOKS; i++) {
		struct moment now;

		now.tsc = pvops_insn_rdtsc();
		outb(PIT_MODE, 0x80);			/* latch channel 2 */
		now.width = pvops_insn_rdtsc() - now.tsc;
		now.count = inb(PIT_CH2);
		now.count |= (u32)inb(PIT_CH2) << 8;
		if (now.width < best.width)
			best = now;
	}
	return best;
}

/* TSC in kHz by the PIT; 0 if it does not count, @again if it was not seen well enough. */
static u64 khz_by_pit(bool *again)
{
	struct moment from, to;
	u32 i = 0;

	*again = false;
	outb(PIT_GATE, (inb(PIT_GATE) & ~2U) | 1);	/* gate on, speaker off */
	outb(PIT_MODE, 0xb0);				/* channel 2, both bytes, mode 0 */
	outb(PIT_CH2, 0xff);
	outb(PIT_CH2, 0xff);
	/* Its output goes low by this and high at the end; where nobody is, all ports read ones. */
	if (inb(PIT_GATE) & 0x20)
		return 0;
	from = look();
	do
		to = look();
	while (from.count - to.count < PIT_HZ / 1000 * CALIBRATE_MS && ++i < LOOKS_MOST &&
	       (i < LOOKS_STILL || to.count != from.count));
	if (from.count - to.count < PIT_HZ / 1000 * CALIBRATE_MS)
		return 0;
	/* Once around, or seen through a window as wide as it may be wrong. */
	*again = inb(PIT_GATE) & 0x20 || from.width + to.width > (to.tsc - from.tsc) / EXACT;
	return (to.tsc - from.tsc) * PIT_HZ / (from.count - to.count) / 1000;
}

static u64 measure(void)
{
	u64 khz = 0, best = 0;
	bool again = true;

	for (int i = 0; again && i < MEASUREMENTS; i++) {
		khz = khz_by_pit(&again);
		/* What disturbs makes it longer, so of bad ones the shortest is the best. */
		if (khz && (!best || !again || khz < best))
			best = khz;
	}
	return best;
}

static void wallclock_init(void);

void native_time_init(void)
{
	struct pvops_clock_facts facts;
	struct pvops_clock_choice choice;

	pvops_clock_cpuid_facts(&pvops_get_info()->probe, &facts);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_MEASURED, measure());
	if (!pvops_clock_offer("native", &facts, &choice))
		return;
	/* None of its rows but the TSC's has facts that we gave. */
	tsc_mult = (NS / 1000 << 32) / choice.khz;
	tsc_base = pvops_insn_rdtsc();
	wallclock_init();
}

/* Is there a clock? Nobody minds where another backend has brought one. */
int native_time_check(void)
{
	if (tsc_mult || pvops_form_of(PVOPS_OP_time_clock)->func != (const void *)native_time_clock)
		return 0;
	pvops_log("native: no clock: the PIT does not count, CPUID has no frequency of the TSC");
	return -PVOPS_EIO;
}

u64 native_time_clock(void)
{
	u64 ticks = pvops_insn_rdtsc() - tsc_base;

	/* A TSC behind the first CPU's start would be a leap ahead that all others must follow. */
	return pvops_clock_newest(&clock_last, (s64)ticks < 0 ? 0 : pvops_scale(ticks, tsc_mult));
}

#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71
#define RTC_TRIES	10

static u8 cmos(u8 reg)
{
	outb(CMOS_INDEX, reg);
	return inb(CMOS_DATA);
}

struct rtc {
	u8 sec, min, hour, day, month, year;
};

static void rtc_read(struct rtc *rtc)
{
	for (int i = 0; i < 100000 && cmos(0x0a) & 0x80; i++)
		;			/* update in progress */
	*rtc = (struct rtc){ cmos(0), cmos(2), cmos(4), cmos(7), cmos(8), cmos(9) };
}

static u8 from_bcd(u8 val)
{
	return (u8)((val & 15) + (val >> 4) * 10);
}

/* Seconds since 1970 of what the RTC's registers say; status: its register B. */
static u64 rtc_seconds(struct rtc rtc, u8 status)
{
	bool pm = !(status & 2) && rtc.hour & 0x80;
	u32 year, month;
	u64 days;

	rtc.hour &= 0x7f;
	if (!(status & 4))
		rtc = (struct rtc){ from_bcd(rtc.sec), from_bcd(rtc.min), from_bcd(rtc.hour),
				    from_bcd(rtc.day), from_bcd(rtc.month), from_bcd(rtc.year) };
	if (!(status & 2))
		rtc.hour = (u8)(rtc.hour % 12 + (pm ? 12 : 0));
	/* Days of a calendar whose years begin in March (H. Zeller's way). */
	year = 2000U + rtc.year;
	month = rtc.month;
	if (month <= 2) {
		month += 12;
		year--;
	}
	days = 365ULL * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 +
	       rtc.day - 1 - 719468;
	return ((days * 24 + rtc.hour) * 60 + rtc.min) * 60 + rtc.sec;
}

static u64 wall_base;			/* of the clock's 0, ns since 1970 */

/* While there is one CPU: index and data of the RTC are two ports. */
static void wallclock_init(void)
{
	struct rtc one, two;

	if (cmos(0x0b) == 0xff)
		return;				/* nobody there: time begins in 1970 */
	/* Twice the same, or a carry went through while we read. */
	for (int i = 0; i < RTC_TRIES; i++) {
		rtc_read(&one);
		rtc_read(&two);
		if (one.sec == two.sec && one.min == two.min && one.hour == two.hour)
			break;
	}
	wall_base = rtc_seconds(two, cmos(0x0b)) * NS - native_time_clock();
}

void native_time_wallclock(struct pvops_timespec *ts)
{
	u64 now = wall_base + native_time_clock();

	ts->sec = now / NS;
	ts->nsec = (u32)(now % NS);
}

int native_timer_init(void)
{
	u64 start = pvops_time_clock(), end = start;
	u32 left;

	if (PVOPS_BASE_HAS_WAYS && pvops_base_ways()->set_alarm) {
		alarm = pvops_base_ways()->set_alarm;
		return 0;
	}
	native_apic_write(APIC_LVT_TIMER, APIC_MASKED | VECTOR_TIMER);
	native_apic_write(APIC_TIMER_INIT, 0xffffffff);
	for (u32 i = 0; end - start < 2000000 && i < PATIENCE; i++) {
		asm volatile("pause");
		end = pvops_time_clock();
	}
	left = native_apic_read(APIC_TIMER_NOW);
	native_apic_write(APIC_TIMER_INIT, 0);
	native_apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
	if (end - start < 2000000) {
		pvops_log("native: time.clock stands");		/* it may be another backend's */
		return -PVOPS_EIO;
	}
	if (left == 0xffffffff || !left) {
		pvops_log("native: the local APIC's timer does not count");
		return -PVOPS_EIO;
	}
	apic_mult = ((u64)(0xffffffff - left) << 32) / (end - start);
	return 0;
}

static void arm(u64 deadline)
{
	u64 now, ticks;

	if (alarm) {
		alarm(deadline);
		return;
	}
	now = pvops_time_clock();
	ticks = deadline > now ? pvops_scale(deadline - now, apic_mult) + 1 : 1;
	/* Too far for the counter: it comes early, is found not due, and set again. */
	native_apic_write(APIC_TIMER_INIT, ticks > 0xffffffff ? 0xffffffff : (u32)ticks);
}

/* At once, for on i386 it is two words: the timer's interrupt would take half of one for due. */
static void note(u64 deadline)
{
	pvops_store64(&deadlines[pvops_cpu()], deadline);
}

int native_time_set_timer(u64 deadline)
{
	note(deadline ? deadline : 1);
	arm(deadline);
	return 0;
}

int native_time_stop_timer(void)
{
	note(0);
	if (alarm)
		pvops_base_ways()->cancel_alarm();
	else
		native_apic_write(APIC_TIMER_INIT, 0);
	return 0;
}

bool native_timer_due(void)
{
	u64 deadline = deadlines[pvops_cpu()];

	if (!deadline)
		return false;
	if (pvops_time_clock() >= deadline) {
		deadlines[pvops_cpu()] = 0;
		return true;
	}
	arm(deadline);
	return false;
}

u64 native_time_steal(unsigned int cpu)
{
	return 0;
}
