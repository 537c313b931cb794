// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Time as VMI's monitor keeps it: counters, alarms of two counters, the date; by a TSC of ours. */
#define VMI_MONITOR_IO_H		/* ports and TSC are the test's */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <pvops/types.h>

#define TSC_HZ		2000000000ULL
#define TIMER_HZ	62500000ULL	/* of the APIC's */
#define PIT_HZ_		1193182ULL
#define VECTOR		0x30

static u64 tsc, tsc_step;
static u64 pit_start;			/* the TSC when its count was written */
static u32 pit_latch, pit_reads;
static u8 cmos_regs[12], cmos_index;
static u32 cmos_reads;
static u64 count_set;			/* the TSC when the APIC's timer was set */
static u32 count;			/* to what; 0: it stands */
static bool owned, ended;
static u32 stack[4];			/* arguments of a call */

static u64 m_rdtsc(void)
{
	return tsc += tsc_step;
}

static void port_out8(u16 port, u8 val)
{
	if (port == 0x70)
		cmos_index = val;
	if (port == 0x43 && val == 0x80)
		pit_latch = 0xffff - (u32)((tsc - pit_start) * PIT_HZ_ / TSC_HZ);
	if (port == 0x42)
		pit_start = tsc;
}

static u8 port_in8(u16 port)
{
	if (port == 0x42)
		return (u8)(pit_reads++ & 1 ? pit_latch >> 8 : pit_latch);
	if (port == 0x71) {
		/* The second changes at the third look. */
		if (!cmos_index && ++cmos_reads == 3)
			cmos_regs[0]++;
		return cmos_regs[cmos_index];
	}
	return 0;
}

#include "vmi-rom/monitor/time.c"

struct mcpu m_cpus[M_MAX_CPUS];
static struct mregs regs;

void m_say(const char *fmt, ...)
{
}

u32 m_arg(const struct mregs *r, u32 nr)
{
	return stack[nr];
}

void m_lock(void)
{
}

void m_unlock(void)
{
}

void m_apic_own_timer(void)
{
	owned = true;
}

void m_apic_disown_timer(void)
{
	owned = false;
	count = 0;
}

bool m_apic_timer_is_own(void)
{
	return owned;
}

u32 m_apic_timer_vector(void)
{
	return VECTOR;
}

void m_apic_count(u32 val)
{
	count = val;
	count_set = tsc;
}

u32 m_apic_left(void)
{
	return count - (u32)((tsc - count_set) * TIMER_HZ / TSC_HZ);
}

void m_apic_end(void)
{
	ended = true;
}

/* ---- */

static void call_with(u32 eax, u64 expiry, u64 period)
{
	regs.eax = eax;
	regs.edx = (u32)expiry;
	regs.ecx = (u32)(expiry >> 32);
	stack[0] = (u32)period;
	stack[1] = (u32)(period >> 32);
}

static u64 now(u32 which)
{
	call_with(which, 0, 0);
	return call_cycle_counter(m_cpus, &regs);
}

static void set(u32 which, u32 flags, u64 expiry, u64 period)
{
	call_with(which | flags | VMI_ALARM_LVTT, expiry, period);
	call_set_alarm(m_cpus, &regs);
}

static bool cancel(u32 which)
{
	call_with(which, 0, 0);
	return call_cancel_alarm(m_cpus, &regs);
}

/* When the APIC's timer, set now, would interrupt. */
static u64 fires(void)
{
	assert_true(!!count);
	return count_set + (u64)count * TSC_HZ / TIMER_HZ;
}

static const struct {
	u8 regs[12];
	u64 seconds;
} dates[] = {
	/* Second, -, minute, -, hour, -, weekday, day, month, year, A, B: as the RTC has them. */
	{ { 0x29, 0, 0x59, 0, 0x23, 0, 0, 0x31, 0x12, 0x99, 0, 2 }, 4102444770ULL },
	{ { 0x00, 0, 0x00, 0, 0x00, 0, 0, 0x29, 0x02, 0x24, 0, 2 }, 1709164801ULL },
	{ { 0x00, 0, 0x00, 0, 0x00, 0, 0, 0x01, 0x03, 0x24, 0, 2 }, 1709251201ULL },
	{ { 0x00, 0, 0x00, 0, 0x00, 0, 0, 0x01, 0x03, 0x23, 0, 2 }, 1677628801ULL },
	{ { 29, 0, 53, 0, 14, 0, 0, 21, 11, 26, 0, 6 }, 1795272810ULL },	/* binary */
	{ { 0x29, 0, 0x53, 0, 0x82, 0, 0, 0x21, 0x11, 0x26, 0, 0 }, 1795272810ULL },	/* 2 pm */
	{ { 0x29, 0, 0x53, 0, 0x12, 0, 0, 0x21, 0x11, 0x26, 0, 0 }, 1795222410ULL },	/* 0:53 */
};

static int fresh(void **state)
{
	tsc_step = 1000;
	memset(times, 0, sizeof(times));
	stepped = owned = ended = false;
	memcpy(cmos_regs, dates[4].regs, sizeof(cmos_regs));
	cmos_reads = 0;
	m_time_init(m_cpus);
	m_apic_disown_timer();
	tsc_step = 0;
	return 0;
}

static void measured(void **state)
{
	u64 hz_said = call_cycle_frequency(m_cpus, &regs), ticks;

	assert_in_range(hz_said, TSC_HZ - TSC_HZ / 2000, TSC_HZ + TSC_HZ / 2000);
	ticks = pvops_scale(hz_said, count_per_cycle);
	assert_in_range(ticks, TIMER_HZ - TIMER_HZ / 1000, TIMER_HZ + TIMER_HZ / 1000);
	assert_int_equal(owned, false);
}

static void counters(void **state)
{
	u64 real = now(VMI_CYCLES_REAL);

	assert_int_equal(now(VMI_CYCLES_STOLEN), 0);
	assert_int_equal(now(3), 0);
	tsc += 1000000;
	assert_int_equal(now(VMI_CYCLES_REAL) - real, 1000000);
	assert_int_equal(now(VMI_CYCLES_AVAILABLE) - real, 1000000);
	tsc_step = 1000;
	m_time_steal(m_cpus, 5);
	tsc_step = 0;
	assert_true(now(VMI_CYCLES_STOLEN) >= hz / 200);
	assert_true(now(VMI_CYCLES_STOLEN) < hz / 200 + 10000);
	assert_int_equal(now(VMI_CYCLES_AVAILABLE) + now(VMI_CYCLES_STOLEN), now(VMI_CYCLES_REAL));
}

static void once(void **state)
{
	u64 expiry = now(VMI_CYCLES_REAL) + TSC_HZ / 100;

	set(VMI_CYCLES_REAL, 0, expiry, 0);
	assert_true(owned);
	/* Not early; not much later. */
	assert_in_range(fires(), start + expiry, start + expiry + 20000 + TSC_HZ / 100000);
	tsc = fires();
	assert_int_equal(m_time_interrupt(m_cpus, VECTOR), false);
	assert_true(!ended && !count);
	/* Nothing is left to come: one more is not for the kernel. */
	assert_true(m_time_interrupt(m_cpus, VECTOR) && ended);
	assert_int_equal(m_time_interrupt(m_cpus, VECTOR + 1), false);
}

static void past_and_far(void **state)
{
	set(VMI_CYCLES_REAL, 0, 0, 0);
	assert_int_equal(count, 1);
	/* Farther than it counts: early, and set again without the kernel. */
	set(VMI_CYCLES_REAL, 0, now(VMI_CYCLES_REAL) + 200 * TSC_HZ, 0);
	assert_int_equal(count, LONGEST);
	for (int i = 0; i < 2; i++) {
		tsc = fires();
		ended = false;
		assert_true(m_time_interrupt(m_cpus, VECTOR) && ended && count);
	}
	set(VMI_CYCLES_REAL, 0, ~0ULL, 0);
	assert_int_equal(count, LONGEST);
	/* An earlier one takes its place. */
	set(VMI_CYCLES_REAL, 0, now(VMI_CYCLES_REAL) + 3200, 0);
	assert_in_range(count, 100, 102);
}

static void cancelled(void **state)
{
	assert_int_equal(cancel(VMI_CYCLES_REAL), false);
	set(VMI_CYCLES_REAL, 0, 0, 0);
	/* It is on its way already. */
	assert_int_equal(cancel(VMI_CYCLES_REAL), true);
	assert_int_equal(count, 0);
	assert_true(m_time_interrupt(m_cpus, VECTOR) && ended);
	assert_int_equal(cancel(VMI_CYCLES_REAL), false);
}

static void not_taken(void **state)
{
	call_with(VMI_CYCLES_REAL, 0, 0);	/* IRQ 0 */
	call_set_alarm(m_cpus, &regs);
	set(VMI_CYCLES_STOLEN, 0, 0, 0);
	set(77, 0, 0, 0);
	assert_true(!owned && !cancel(VMI_CYCLES_REAL) && !cancel(VMI_CYCLES_STOLEN));
	assert_true(!cancel(77));
	/* Then the timer is the kernel's. */
	assert_int_equal(m_time_interrupt(m_cpus, VECTOR), false);
}

static void periods(void **state)
{
	u64 first = now(VMI_CYCLES_REAL) + 1000000, period = 3000000;

	set(VMI_CYCLES_REAL, VMI_ALARM_PERIODIC, first, period);
	for (u32 i = 0; i < 5; i++) {
		assert_in_range(fires(), start + first + i * period,
				start + first + i * period + 40000);
		tsc = fires();
		assert_int_equal(m_time_interrupt(m_cpus, VECTOR), false);
	}
	/* Missed ones are one, and the raster stays. */
	tsc = start + first + 9 * period + period / 2;
	assert_int_equal(m_time_interrupt(m_cpus, VECTOR), false);
	assert_in_range(fires(), start + first + 10 * period, start + first + 10 * period + 40000);
	assert_true(m_time_interrupt(m_cpus, VECTOR) && ended);
	assert_int_equal(cancel(VMI_CYCLES_REAL), true);
}

static void by_available_time(void **state)
{
	u64 ms = hz / 1000, from = tsc;

	set(VMI_CYCLES_AVAILABLE, 0, now(VMI_CYCLES_AVAILABLE) + 10 * ms, 0);
	tsc_step = 1000;
	m_time_steal(m_cpus, 5);
	tsc_step = 0;
	assert_in_range(fires(), from + 15 * ms, from + 15 * ms + ms / 10);
	tsc = from + 10 * ms + ms / 2;
	assert_int_equal(m_time_interrupt(m_cpus, VECTOR), true);
	/* Both at once: the first of them. */
	set(VMI_CYCLES_REAL, 0, now(VMI_CYCLES_REAL) + ms, 0);
	assert_in_range(fires(), tsc + ms, tsc + ms + ms / 10);
	tsc = fires();
	assert_int_equal(m_time_interrupt(m_cpus, VECTOR), false);
	assert_in_range(fires(), from + 15 * ms, from + 15 * ms + ms / 10);
	tsc = fires();
	assert_int_equal(m_time_interrupt(m_cpus, VECTOR), false);
	assert_int_equal(count, 0);
}

static void a_cpu_that_starts(void **state)
{
	set(VMI_CYCLES_REAL, 0, now(VMI_CYCLES_REAL) + 1000000, 0);
	times[0].stolen = 5;
	m_time_begin(m_cpus);
	assert_true(!cancel(VMI_CYCLES_REAL) && !owned);
	assert_int_equal(now(VMI_CYCLES_STOLEN), 5);
}

static void the_date(void **state)
{
	for (u32 i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		memcpy(cmos_regs, dates[i].regs, sizeof(cmos_regs));
		cmos_reads = 0;
		assert_int_equal(cmos_date(), dates[i].seconds);
	}
	cmos_regs[8] = 0xff;
	assert_int_equal(cmos_date(), 0);
	tsc = start + 3 * hz;
	assert_in_range(call_wallclock(m_cpus, &regs), dates[4].seconds * NS + 3 * NS - 10,
			dates[4].seconds * NS + 3 * NS);
	assert_int_equal(call_wallclock_updated(m_cpus, &regs), false);
	m_time_step(100);
	assert_int_equal(call_wallclock_updated(m_cpus, &regs), true);
	assert_int_equal(call_wallclock_updated(m_cpus, &regs), false);
	assert_true(call_wallclock(m_cpus, &regs) / NS >= dates[4].seconds + 102);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(measured),
		T(counters),
		T(once),
		T(past_and_far),
		T(cancelled),
		T(not_taken),
		T(periods),
		T(by_available_time),
		T(a_cpu_that_starts),
		T(the_date),
	};

	return cmocka_run_group_tests_name("vmi_monitor_time", tests, NULL, NULL);
}
