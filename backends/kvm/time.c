// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Time under KVM: pvclock areas (each vCPU's time at some TSC value, scaled on), the date at their
 * zero, and stolen time.
 *
 * The host writes an area on its own vCPU, so an odd version that stays is a broken host: then
 * the base's clock goes on where this one was last.
 */
#include <pvops/clock.h>
#include <pvops/tsc.h>
#include "kvm.h"

#define NS		1000000000ULL
#define PATIENCE	(1U << 16)	/* looks at a version that never gets even */
#define MAX_SHIFT	31		/* beyond, no TSC is so slow or so fast */
#define MAX_FAST_SHIFT	11		/* the same, to the right: 4 THz */

static u64 clock_last;			/* where areas of different CPUs do not compare */
static u64 lost;			/* 0: clock is sound; else what the base's clock lacks */
static u64 wall_base;			/* date at the 0 of kvm.clock, ns since 1970 */
static struct kvm_wall_area wall_area;

struct look {
	u64 ns;
	bool stable;
};

/* One consistent look at a vCPU's area, from that vCPU; false if it makes no sense. */
static bool look_once(const volatile struct kvm_clock_area *area, struct look *look)
{
	u32 version = __atomic_load_n(&area->version, __ATOMIC_ACQUIRE);
	u64 tsc = area->tsc;		/* not atomic: the version tells */
	u64 ns = area->ns;
	u32 mul = __atomic_load_n(&area->mul, __ATOMIC_RELAXED);
	s8 shift = __atomic_load_n(&area->shift, __ATOMIC_RELAXED);
	u8 flags = __atomic_load_n(&area->flags, __ATOMIC_RELAXED);
	u64 delta = kvm_hv_rdtsc() - tsc;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (version & 1 || !version ||
	    version != __atomic_load_n(&area->version, __ATOMIC_RELAXED))
		return false;
	if (!mul || shift > MAX_SHIFT || shift < -MAX_SHIFT)
		return false;
	/* A TSC that lags behind: no time has passed. */
	if ((s64)delta < 0)
		delta = 0;
	delta = shift < 0 ? delta >> -shift : delta << shift;
	look->ns = ns + pvops_mul_shift32(delta, mul);
	look->stable = kvm.offered & KVM_F_CLOCK_STABLE && flags & KVM_CLOCK_STABLE;
	return true;
}

static bool look_at(const struct kvm_clock_area *area, struct look *look)
{
	for (u32 i = 0; i < PATIENCE; i++)
		if (look_once(area, look))
			return true;
	return false;
}

/* The same for whichever CPU we are on: looked at and scaled on the same one. */
static bool look_here(struct look *look)
{
	for (u32 i = 0; i < PATIENCE; i++) {
		u32 cpu = kvm_hv_cpu();
		struct kvm_cpu *c = kvm_cpu_of(cpu);

		/* One that could not share its own has the first one's, at equal TSCs. */
		if (!c || !c->clock_on)
			c = kvm.cpus[0];
		if (look_once(&c->clock, look) && cpu == kvm_hv_cpu()) {
			pvops_store64(&c->last, look->ns);
			return true;
		}
	}
	return false;
}

static u64 base_clock(void)
{
	pvops_fn_time_clock_t *base = pvops_base_func(PVOPS_OP_time_clock);

	return base ? base() : 0;
}

static bool base_clock_goes(void)
{
	u64 start = base_clock();

	for (u32 i = 0; i < PATIENCE; i++)
		if (base_clock() != start)
			return true;
	return false;
}

/* Go on by the base's clock, from the latest that any CPU has shown. */
static void lose(void)
{
	u64 shown = pvops_load64(&clock_last), none = 0, lacks;

	if (!base_clock_goes())
		pvops_panic("kvm: CPU %u's clock is never consistent, and there is no other",
			    kvm_hv_cpu());
	for (u32 cpu = 0; cpu < PVOPS_MAX_CPUS; cpu++) {
		u64 last = kvm.cpus[cpu] ? pvops_load64(&kvm.cpus[cpu]->last) : 0;

		if (last > shown)
			shown = last;
	}
	lacks = shown - base_clock();
	if (!lacks)
		lacks = 1;
	if (pvops_cas64(&lost, &none, lacks))
		pvops_log("kvm: CPU %u's clock is never consistent: native's goes on for it",
			  kvm_hv_cpu());
}

u64 kvm_clock(void)
{
	u64 lacks = pvops_load64(&lost);
	struct look look;

	if (!lacks) {
		if (look_here(&look))
			return look.stable ? look.ns : pvops_clock_newest(&clock_last, look.ns);
		lose();
		lacks = pvops_load64(&lost);
	}
	return pvops_clock_newest(&clock_last, base_clock() + lacks);
}

static bool share(struct kvm_cpu *c, struct look *look)
{
	c->clock_on = kvm_share(kvm.clock_msr, &c->clock, "clock");
	if (!c->clock_on || look_at(&c->clock, look))
		return c->clock_on;
	c->clock_on = false;
	kvm_hv_write_msr(kvm.clock_msr, 0);
	pvops_log("kvm: CPU %u: the host says nothing of use in the clock's area", kvm_hv_cpu());
	return false;
}

void kvm_clock_on(struct kvm_cpu *c)
{
	struct look look;

	share(c, &look);
}

static bool read_wall(u64 *ns)
{
	const struct kvm_wall_area *area = &wall_area;

	for (u32 i = 0; i < PATIENCE; i++) {
		u32 version = __atomic_load_n(&area->version, __ATOMIC_ACQUIRE);
		u32 sec = __atomic_load_n(&area->sec, __ATOMIC_RELAXED);
		u32 nsec = __atomic_load_n(&area->nsec, __ATOMIC_RELAXED);

		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (version && !(version & 1) && sec && nsec < NS &&
		    version == __atomic_load_n(&area->version, __ATOMIC_RELAXED)) {
			*ns = sec * NS + nsec;
			return true;
		}
	}
	return false;
}

/* The host writes the date when it is asked, and it is that of the zero of its own clock. */
static bool ask_date(u64 *ns)
{
	unsigned long gpa =
		(__force unsigned long)pvops_get_host()->virt_to_gpa(&wall_area);

	if (kvm.clock_msr && !(gpa & 3) && !kvm_hv_write_msr(kvm.wall_msr, gpa) && read_wall(ns))
		return true;
	pvops_log("kvm: the host does not say the date: native's");
	return false;
}

/* Once. */
static void wall_init(void)
{
	pvops_fn_time_wallclock_t *base = pvops_base_func(PVOPS_OP_time_wallclock);
	struct pvops_timespec ts = { 0 };

	if (ask_date(&wall_base)) {
		if (kvm.clock != kvm_clock)
			wall_base += kvm_clock() - kvm.clock();
		return;
	}
	if (base)
		base(&ts);
	wall_base = ts.sec * NS + ts.nsec - kvm.clock();
}

void kvm_wallclock(struct pvops_timespec *ts)
{
	u64 now = wall_base + kvm.clock();

	ts->sec = now / NS;
	ts->nsec = (u32)(now % NS);
}

/* MSRs by which areas are shared; those of old hosts are gone from many a new one. */
static const struct interface {
	u32 feature;
	u32 fact;
	u32 clock_msr;
	u32 wall_msr;
} interfaces[] = {
	{ KVM_F_CLOCK, PVOPS_CLOCK_PVCLOCK, KVM_MSR_CLOCK, KVM_MSR_WALL_CLOCK },
	{ KVM_F_CLOCK_OLD, PVOPS_CLOCK_PVCLOCK_OLD, KVM_MSR_CLOCK_OLD, KVM_MSR_WALL_CLOCK_OLD },
};

/* An area's factor is the TSC's frequency turned over; 0 if none runs at that. */
static u64 area_khz(const struct kvm_clock_area *area)
{
	u32 mul = __atomic_load_n(&area->mul, __ATOMIC_RELAXED);
	s8 shift = __atomic_load_n(&area->shift, __ATOMIC_RELAXED);
	u64 khz = NS / 1000 << 32;

	if (!mul || shift > MAX_SHIFT || shift < -MAX_FAST_SHIFT)
		return 0;
	return shift < 0 ? (khz << -shift) / mul : khz / mul >> shift;
}

/* Share CPU 0's area; what there is to be seen in it are facts. */
static void area_facts(struct pvops_clock_facts *facts)
{
	struct look look;

	for (u32 i = 0; i < sizeof(interfaces) / sizeof(*interfaces); i++) {
		const struct interface *by = interfaces + i;

		if (!(kvm.offered & by->feature))
			continue;
		kvm.clock_msr = by->clock_msr;
		kvm.wall_msr = by->wall_msr;
		if (!share(kvm.cpus[0], &look))
			continue;
		kvm.used |= by->feature | (kvm.offered & KVM_F_CLOCK_STABLE);
		facts->has |= by->fact | (look.stable ? PVOPS_CLOCK_PV_STABLE : 0);
		pvops_clock_khz_fact(facts, PVOPS_KHZ_CALL, area_khz(&kvm.cpus[0]->clock));
		return;
	}
	kvm.clock_msr = 0;
}

/*
 * CPU 0, in the backend's init. An area stays shared even if it is not the clock: stolen time
 * goes by it.
 */
void kvm_clock_init(void)
{
	struct pvops_clock_choice choice;
	struct pvops_clock_facts facts;

	clock_last = 0;
	lost = 0;
	wall_area = (struct kvm_wall_area){ 0 };
	pvops_clock_cpuid_facts(&pvops_get_info()->probe, &facts);
	area_facts(&facts);
	if (!pvops_clock_offer("kvm", &facts, &choice))
		return;
	kvm.clock = kvm_clock;
	if (choice.row->kind == PVOPS_CLOCK_KIND_TSC) {
		pvops_tsc_start(choice.khz);
		kvm.clock = pvops_tsc_clock;
	}
	wall_init();
}

static bool read_stolen(const volatile struct kvm_steal_area *area, u64 *stolen)
{
	for (u32 i = 0; i < PATIENCE; i++) {
		u32 version = __atomic_load_n(&area->version, __ATOMIC_ACQUIRE);

		*stolen = area->stolen;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(version & 1) &&
		    version == __atomic_load_n(&area->version, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

u64 kvm_steal(unsigned int cpu)
{
	pvops_fn_time_clock_t *clock = kvm.clock_msr ? kvm_clock : base_clock;
	struct kvm_cpu *c = kvm_cpu_of(cpu);
	u64 now, said;

	if (!c)
		return 0;
	said = pvops_load64(&c->stolen);
	/* What the host has not finished writing, or cannot be, is no news. */
	if (!c->steal_on || !read_stolen(&c->steal, &now) || now > clock())
		return said;
	now += c->stolen_before;
	do {
		if (now <= said)
			return said;
	} while (!pvops_cas64(&c->stolen, &said, now));
	return now;
}
