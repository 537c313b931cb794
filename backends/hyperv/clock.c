// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The clock: the partition's reference time, by its TSC page or its counter (TLFS, "Timers").
 */
#include <pvops/clock.h>
#include <pvops/tsc.h>
#include "hyperv.h"

#define TRIES		16		/* the page changes at a migration, not all the time */
#define REF_NS		100		/* a unit of reference time */
#define NS		1000000000ULL

/* One a partition; the hypervisor lays its own over it. */
static union {
	struct hv_ref_tsc tsc;
	u8 page[PVOPS_PAGE_SIZE];
} ref __attribute__((aligned(4096)));

static bool placed;			/* it has */
static u64 clock_last;			/* no CPU ever shows less */
static u64 wall_base;			/* of the clock's 0, ns since 1970 */

/* Where it cannot be read any more this is 0, and time, which never goes back, stands still. */
static u64 counter_read(void)
{
	u64 count;

	return hyperv_rdmsr(HV_MSR_REF_COUNTER, &count) ? 0 : count * REF_NS;
}

/* The product's upper half, and the lower. */
static u64 multiply(u64 a, u64 b, u64 *low)
{
#ifdef __x86_64__
	unsigned __int128 product = (unsigned __int128)a * b;

	*low = (u64)product;
	return (u64)(product >> 64);
#else
	u64 least = (u64)(u32)a * (u32)b;
	u64 middle = (a >> 32) * (u32)b + (least >> 32);
	u64 other = (u64)(u32)a * (b >> 32) + (u32)middle;

	*low = other << 32 | (u32)least;
	return (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32);
#endif
}

/* By the page while it is valid, which it may become or cease to be at a migration. */
static u64 reference_read(void)
{
	const volatile struct hv_ref_tsc *page = &ref.tsc;

	for (int i = 0; placed && i < TRIES; i++) {
		u32 sequence = __atomic_load_n(&page->sequence, __ATOMIC_ACQUIRE);
		u64 scale, tsc, whole, fraction, rest;
		s64 offset;

		if (!sequence)
			break;
		tsc = hv_tsc();
		scale = page->scale;
		offset = page->offset;
		/* Loads stay in order on x86; keep the compiler to it. */
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (page->sequence != sequence)
			continue;
		/* The fraction of a unit is good for the last two digits. */
		whole = multiply(tsc, scale, &fraction);
		return (whole + (u64)offset) * REF_NS + multiply(fraction, REF_NS, &rest);
	}
	return counter_read();
}

u64 hyperv_time_clock(void)
{
	/* Page and counter may differ a little, too. */
	return pvops_clock_newest(&clock_last, reference_read());
}

u64 hyperv_to_reference(u64 deadline)
{
	u64 now;

	if (hyperv.clock == hyperv_time_clock)
		return deadline;
	/* In this order it is late rather than early. */
	now = hyperv.clock();
	return hyperv_time_clock() + (deadline > now ? deadline - now : 0);
}

static void reference_facts(struct pvops_clock_facts *facts)
{
	u64 count;

	if (!(hyperv.features & HV_MAY_REF_COUNTER))
		return;
	if (hyperv_rdmsr(HV_MSR_REF_COUNTER, &count) || !count) {
		pvops_log("hyperv: the reference counter is offered and does not work");
		return;
	}
	hyperv.used |= HYPERV_COUNTER;
	facts->has |= PVOPS_CLOCK_HV_COUNTER;
	/* With the counter only: the page may lose its validity at any time. */
	if (!(hyperv.features & HV_MAY_REF_TSC) || !(facts->has & PVOPS_CLOCK_TSC))
		return;
	if (hyperv_place(HV_MSR_REF_TSC, &ref)) {
		pvops_log("hyperv: the reference TSC page is offered and does not work");
		return;
	}
	placed = true;
	hyperv.used |= HYPERV_TSC_PAGE;
	if (__atomic_load_n(&ref.tsc.sequence, __ATOMIC_RELAXED))
		facts->has |= PVOPS_CLOCK_HV_PAGE;
	else
		pvops_log("hyperv: the reference TSC page is not valid yet");
}

/* Asked before there is anybody to catch a fault, so the host must have said it twice. */
static void frequency_facts(struct pvops_clock_facts *facts)
{
	u64 hz;

	if (hyperv.features & HV_MAY_FREQUENCIES && hyperv.has & HV_HAS_FREQUENCIES &&
	    !hyperv_rdmsr(HV_MSR_TSC_FREQUENCY, &hz))
		pvops_clock_khz_fact(facts, PVOPS_KHZ_CALL, hz / 1000);
}

bool hyperv_clock_init(void)
{
	struct pvops_clock_choice choice;
	struct pvops_clock_facts facts;

	clock_last = 0;
	placed = false;
	/* Until this is asked for, a host hides that the TSC is invariant (Hyper-V does). */
	if (hyperv.features & HV_MAY_TSC_INVARIANT &&
	    hyperv_wrmsr(HV_MSR_TSC_INVARIANT, HV_TSC_INVARIANT_SHOWN))
		pvops_log("hyperv: an invariant TSC is offered and refused");
	pvops_clock_cpuid_facts(&pvops_get_info()->probe, &facts);
	frequency_facts(&facts);
	reference_facts(&facts);
	if (!pvops_clock_offer("hyperv", &facts, &choice)) {
		hyperv.clock = pvops_base_func(PVOPS_OP_time_clock);
		return false;
	}
	hyperv.clock = hyperv_time_clock;
	if (choice.row->kind == PVOPS_CLOCK_KIND_TSC) {
		pvops_tsc_start(choice.khz);
		hyperv.clock = pvops_tsc_clock;
	}
	return true;
}

void hyperv_time_wallclock(struct pvops_timespec *ts)
{
	u64 now = wall_base + hyperv.clock();

	ts->sec = now / NS;
	ts->nsec = (u32)(now % NS);
}

/* The base knows the date, but counts on by its own clock, which is not ours. */
static void take_date(void)
{
	pvops_fn_time_wallclock_t *base = pvops_base_func(PVOPS_OP_time_wallclock);
	struct pvops_timespec date;

	base(&date);
	wall_base = date.sec * NS + date.nsec - hyperv.clock();
}

/* For the reader of the log: what it needs the base measures itself, against the PIT. */
void hyperv_clock_late_init(void)
{
	u64 tsc, apic;

	take_date();
	if (!(hyperv.features & HV_MAY_FREQUENCIES) || hyperv_rdmsr(HV_MSR_TSC_FREQUENCY, &tsc) ||
	    hyperv_rdmsr(HV_MSR_APIC_FREQUENCY, &apic))
		return;
	hyperv.used |= HYPERV_FREQUENCIES;
	pvops_log("hyperv: the host says: TSC at %llu kHz, APIC timer at %llu kHz", tsc / 1000,
		  apic / 1000);
}
