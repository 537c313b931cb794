// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The calls of time: three counters a CPU, alarms by the local APIC's timer, the date.
 *
 * The counters are the TSC, whose speed is measured once. Nothing is stolen but what a test asks
 * for: then the CPU is held in here for so long.
 */
#include <pvops/insn.h>
#include "monitor.h"
#include "io.h"

#define NS		1000000000ULL
#define PIT_HZ		1193182U
#define PIT_CH2		0x42
#define PIT_MODE	0x43
#define PIT_GATE	0x61
#define WINDOW		(PIT_HZ / 33)		/* 30 ms */
#define LOOKS		5
#define ALARMS		2			/* of the real and the available counter */
#define PATIENCE	200000			/* looks */
#define LONGEST		0xffffffffU		/* count of the APIC's timer */

/**
 * struct alarm - of one counter.
 * @expiry: its value
 * @period: in its cycles; 0: once
 */
struct alarm {
	bool armed;
	u64 expiry;
	u64 period;
};

/* Of each CPU. */
static struct {
	u64 stolen;
	struct alarm alarms[ALARMS];
} times[M_MAX_CPUS];

static u64 hz;
static u64 start;				/* the TSC at the real counter's 0 */
static u64 count_per_cycle;			/* of the APIC's timer, 32 bits of fraction */
static u64 ns_per_cycle;
static u64 date;				/* at the real counter's 0, ns since 1970 */
static bool stepped;				/* ... it has been changed since it was asked for */

/* One moment on the PIT's channel 2 and the TSC, which were @width cycles apart. */
struct moment {
	u64 tsc;
	u32 width;
	u32 count;
};

/* Of several the closest: our own host takes the CPU away at times. */
static struct moment look(void)
{
	struct moment best = { .width = ~0U }, now;

	for (u32 i = 0; i < LOOKS; i++) {
		now.tsc = m_rdtsc();
		port_out8(PIT_MODE, 0x80);			/* latch */
		now.width = (u32)(m_rdtsc() - now.tsc);
		now.count = port_in8(PIT_CH2);
		now.count |= (u32)port_in8(PIT_CH2) << 8;
		if (now.width < best.width)
			best = now;
	}
	return best;
}

static void measure_tsc(void)
{
	struct moment from, to;
	u32 i = 0;

	port_out8(PIT_GATE, (port_in8(PIT_GATE) & ~2U) | 1);
	port_out8(PIT_MODE, 0xb0);				/* channel 2, counts down once */
	port_out8(PIT_CH2, 0xff);
	port_out8(PIT_CH2, 0xff);
	from = look();
	do
		to = look();
	while (from.count - to.count < WINDOW && ++i < PATIENCE);
	hz = (to.tsc - from.tsc) * PIT_HZ / (from.count - to.count);
	ns_per_cycle = (NS << 32) / hz;
}

/* The APIC's timer by the TSC. */
static void measure_timer(void)
{
	u64 began, cycles;
	u32 left;

	m_apic_own_timer();
	m_apic_count(LONGEST);
	began = m_rdtsc();
	do
		cycles = m_rdtsc() - began;
	while (cycles < hz / 100);
	left = m_apic_left();
	cycles = m_rdtsc() - began;
	m_apic_disown_timer();
	count_per_cycle = ((u64)(LONGEST - left) << 32) / cycles;
}

static u32 cmos(u8 reg)
{
	port_out8(0x70, reg);
	return port_in8(0x71);
}

/* As its register B says: in BCD or not. */
static u32 cmos_number(u8 reg, u32 status)
{
	u32 val = cmos(reg) & (reg == 4 ? 0x7f : 0xff);

	return status & 4 ? val : (val >> 4) * 10 + (val & 15);
}

static u64 cmos_date(void)
{
	static const u16 before[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	u32 status = cmos(11), year, month, hour, days;
	bool pm;
	u8 second;

	/* Read right behind a change: the next one is far. */
	second = (u8)cmos(0);
	for (u32 i = 0; i < 2000000 && (u8)cmos(0) == second; i++)
		;
	pm = !(status & 2) && cmos(4) & 0x80;
	hour = cmos_number(4, status);
	if (!(status & 2))
		hour = hour % 12 + (pm ? 12 : 0);
	month = cmos_number(8, status);
	if (!month || month > 12)
		return 0;
	year = 30 + cmos_number(9, status);	/* since 1970 */
	days = year * 365 + (year + 1) / 4 + before[month - 1] + cmos_number(7, status) - 1;
	/* 1972 was the first leap year of these, and 2000 one as well. */
	days += month > 2 && (year + 2) % 4 == 0;
	return (((u64)days * 24 + hour) * 60 + cmos_number(2, status)) * 60 +
	       cmos_number(0, status);
}

void m_time_init(struct mcpu *cpu)
{
	measure_tsc();
	measure_timer();
	date = cmos_date() * NS;
	start = m_rdtsc();
	m_say("TSC at %u kHz, the local APIC's timer at %u", (u32)(hz / 1000),
	      (u32)(pvops_scale(hz, count_per_cycle) / 1000));
}

/* A CPU that has been started, perhaps not for the first time: what was stolen stays so. */
void m_time_begin(struct mcpu *cpu)
{
	for (u32 i = 0; i < ALARMS; i++)
		times[cpu->index].alarms[i].armed = false;
	m_apic_disown_timer();
}

static u64 counter(const struct mcpu *cpu, u32 which)
{
	u64 real = m_rdtsc() - start, stolen = times[cpu->index].stolen;

	switch (which) {
	case VMI_CYCLES_REAL:
		return real;
	case VMI_CYCLES_AVAILABLE:
		return real - stolen;
	case VMI_CYCLES_STOLEN:
		return stolen;
	}
	return 0;
}

/* The timer to the next alarm; what is farther than it counts comes early, and is set again. */
static void program(const struct mcpu *cpu)
{
	u64 next = ~0ULL, count;

	for (u32 i = 0; i < ALARMS; i++) {
		const struct alarm *alarm = &times[cpu->index].alarms[i];
		u64 now = counter(cpu, i);

		if (!alarm->armed)
			continue;
		if (alarm->expiry <= now)
			next = 0;
		else if (alarm->expiry - now < next)
			next = alarm->expiry - now;
	}
	if (next == ~0ULL) {
		m_apic_count(0);
		return;
	}
	count = next >> 40 ? LONGEST : pvops_scale(next, count_per_cycle) + 1;
	m_apic_count(count > LONGEST ? LONGEST : (u32)count);
}

/* Whether one has come. Several missed ones of a period are one. */
static bool expired(const struct mcpu *cpu, u32 which)
{
	struct alarm *alarm = &times[cpu->index].alarms[which];
	u64 now = counter(cpu, which);

	if (!alarm->armed || now < alarm->expiry)
		return false;
	if (alarm->period)
		alarm->expiry += ((now - alarm->expiry) / alarm->period + 1) * alarm->period;
	else
		alarm->armed = false;
	return true;
}

/* Once alarms are in use the timer's interrupt is theirs: others of it are left over, or early. */
bool m_time_interrupt(struct mcpu *cpu, u32 vector)
{
	bool came;

	if (!m_apic_timer_is_own() || vector != m_apic_timer_vector())
		return false;
	came = expired(cpu, VMI_CYCLES_REAL);
	came |= expired(cpu, VMI_CYCLES_AVAILABLE);
	program(cpu);
	if (!came)
		m_apic_end();
	return !came;
}

u64 call_cycle_frequency(struct mcpu *cpu, struct mregs *regs)
{
	return hz;
}

u64 call_cycle_counter(struct mcpu *cpu, struct mregs *regs)
{
	return counter(cpu, regs->eax);
}

/* eax: flags, ecx:edx: expiry, stack: period. IRQ 0 has no wire here: such a one is not taken. */
u64 call_set_alarm(struct mcpu *cpu, struct mregs *regs)
{
	u32 which = regs->eax & VMI_ALARM_COUNTER;
	struct alarm *alarm;

	if (which >= ALARMS || !(regs->eax & VMI_ALARM_LVTT))
		return 0;
	alarm = &times[cpu->index].alarms[which];
	m_apic_own_timer();
	alarm->expiry = (u64)regs->ecx << 32 | regs->edx;
	alarm->period = 0;
	if (regs->eax & VMI_ALARM_PERIODIC)
		alarm->period = (u64)m_arg(regs, 1) << 32 | m_arg(regs, 0);
	alarm->armed = true;
	program(cpu);
	return 0;
}

u64 call_cancel_alarm(struct mcpu *cpu, struct mregs *regs)
{
	u32 which = regs->eax & VMI_ALARM_COUNTER;
	struct alarm *alarm;
	bool was;

	if (which >= ALARMS)
		return 0;
	alarm = &times[cpu->index].alarms[which];
	was = alarm->armed;
	alarm->armed = false;
	if (m_apic_timer_is_own())
		program(cpu);
	return was;
}

u64 call_wallclock(struct mcpu *cpu, struct mregs *regs)
{
	return date + pvops_scale(counter(cpu, VMI_CYCLES_REAL), ns_per_cycle);
}

u64 call_wallclock_updated(struct mcpu *cpu, struct mregs *regs)
{
	bool was = stepped;

	stepped = false;
	return was;
}

void m_time_steal(struct mcpu *cpu, u32 ms)
{
	u64 from = m_rdtsc(), wanted = hz / 1000 * ms;

	/* The others go on. */
	m_unlock();
	while (m_rdtsc() - from < wanted)
		;
	m_lock();
	times[cpu->index].stolen += m_rdtsc() - from;
	/* What goes by the available counter comes later now. */
	if (m_apic_timer_is_own())
		program(cpu);
}

void m_time_step(u32 seconds)
{
	date += seconds * NS;
	stepped = true;
}
