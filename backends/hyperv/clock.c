// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The clock: the partition's reference time, by its TSC page or its counter (TLFS, "Timers").
 */
#include <pvops/clock.h>
#include "hyperv.h"

#define TRIES		16		/* the page changes at a migration, not all the time */
#define REF_NS		100		/* a unit of reference time */
#define NS		1000000000ULL
#define HZ_MIN		1000000ULL	/* a TSC outside of these is a lie */
#define HZ_MAX		100000000000ULL

/* One a partition; the hypervisor lays its own over it. */
static union {
	struct hv_ref_tsc tsc;
	u8 page[PVOPS_PAGE_SIZE];
} ref __attribute__((aligned(4096)));

static u64 tsc_mult;			/* ns per tick, 32 bits of fraction */
static u64 tsc_base;
static u64 clock_last;			/* no CPU ever shows less */

static bool counter_start(void)
{
	u64 count;

	return !hyperv_rdmsr(HV_MSR_REF_COUNTER, &count) && count;
}

/* Where it cannot be read any more this is 0, and time, which never goes back, stands still. */
static u64 counter_read(void)
{
	u64 count;

	return hyperv_rdmsr(HV_MSR_REF_COUNTER, &count) ? 0 : count * REF_NS;
}

/* With the counter only: the page may lose its validity at any time. */
static bool page_start(void)
{
	return counter_start() && !hyperv_place(HV_MSR_REF_TSC, &ref);
}

static u64 page_read(void)
{
	const volatile struct hv_ref_tsc *page = &ref.tsc;

	for (int i = 0; i < TRIES; i++) {
		u32 sequence = __atomic_load_n(&page->sequence, __ATOMIC_ACQUIRE);
		unsigned __int128 product;
		u64 scale, tsc;
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
		product = (unsigned __int128)tsc * scale;
		return ((u64)(product >> 64) + (u64)offset) * REF_NS +
		       (u64)((unsigned __int128)(u64)product * REF_NS >> 64);
	}
	return counter_read();
}

/* Asked before there is anybody to catch a fault, so the host must have said it twice. */
static bool frequency_start(void)
{
	u64 hz;

	if (hyperv_rdmsr(HV_MSR_TSC_FREQUENCY, &hz) || hz < HZ_MIN || hz > HZ_MAX)
		return false;
	tsc_mult = (NS << 32) / hz;
	tsc_base = hv_tsc();
	return true;
}

static u64 frequency_read(void)
{
	u64 ticks = hv_tsc() - tsc_base;

	return (s64)ticks < 0 ? 0 : (u64)((unsigned __int128)ticks * tsc_mult >> 32);
}

/* Best first. */
static const struct source {
	const char *name;
	u32 features;
	u32 has;
	u32 use;
	bool (*start)(void);
	u64 (*read)(void);
} sources[] = {
	{ "the reference TSC page", HV_MAY_REF_TSC | HV_MAY_REF_COUNTER, 0,
	  HYPERV_TSC_PAGE | HYPERV_COUNTER, page_start, page_read },
	{ "the reference counter", HV_MAY_REF_COUNTER, 0, HYPERV_COUNTER, counter_start,
	  counter_read },
	{ "the TSC at the host's frequency", HV_MAY_FREQUENCIES, HV_HAS_FREQUENCIES, 0,
	  frequency_start, frequency_read },
};

static const struct source *source;

static u64 wall_base;			/* of the clock's 0, ns since 1970 */

void hyperv_time_wallclock(struct pvops_timespec *ts)
{
	u64 now = wall_base + hyperv_time_clock();

	ts->sec = now / NS;
	ts->nsec = (u32)(now % NS);
}

/* The base knows the date, but counts on by its own clock, which is not ours. */
static void take_date(void)
{
	pvops_fn_time_wallclock_t *base = pvops_base_func(PVOPS_OP_time_wallclock);
	struct pvops_timespec date;

	base(&date);
	wall_base = date.sec * NS + date.nsec - hyperv_time_clock();
}

/* For the reader of the log: what it needs the base measures itself, against the PIT. */
void hyperv_clock_late_init(void)
{
	u64 tsc, apic;

	if (source)
		take_date();
	if (!(hyperv.features & HV_MAY_FREQUENCIES) || hyperv_rdmsr(HV_MSR_TSC_FREQUENCY, &tsc) ||
	    hyperv_rdmsr(HV_MSR_APIC_FREQUENCY, &apic))
		return;
	hyperv.used |= HYPERV_FREQUENCIES;
	pvops_log("hyperv: the host says: TSC at %llu kHz, APIC timer at %llu kHz", tsc / 1000,
		  apic / 1000);
}

bool hyperv_clock_init(void)
{
	clock_last = 0;
	for (source = sources; source < sources + sizeof(sources) / sizeof(*sources); source++) {
		if ((hyperv.features & source->features) != source->features ||
		    (hyperv.has & source->has) != source->has)
			continue;
		if (source->start()) {
			hyperv.used |= source->use;
			pvops_log("hyperv: clock: %s%s", source->name,
				  source->use & HYPERV_TSC_PAGE && !ref.tsc.sequence ?
				  ", not valid yet: until then the counter" : "");
			return true;
		}
		pvops_log("hyperv: clock: %s is offered and does not work", source->name);
	}
	source = NULL;
	return false;
}

u64 hyperv_time_clock(void)
{
	/* Page and counter may differ a little, too. */
	return pvops_clock_newest(&clock_last, source->read());
}
