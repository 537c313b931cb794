// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Time under Xen: pvclock (each vCPU's time at some TSC value, scaled on), the singleshot timer,
 * runstates for stolen time.
 */
#include <pvops/clock.h>
#include <pvops/insn.h>
#include "xen.h"

#define NS		1000000000ULL
#ifndef PATIENCE
#define PATIENCE	(1U << 20)	/* looks at a version that never gets even */
#endif
#define MAX_SHIFT	63		/* of what has 64 bits; no Xen needs half of it */
#define FAR		(1ULL << 62)	/* Xen's times are signed: beyond is the past to it */
#define STABLE		1		/* of a time's flags: all vCPUs have the same scale */

static u64 clock_last;
static u64 clock_offset;		/* ours less Xen's: a saved guest goes on where it was */
static PVOPS_PER_CPU(struct vcpu_runstate_info, runstates);
static PVOPS_PER_CPU(u64, steal_before);	/* on hosts that we have left */

/* One consistent look at a vCPU's time, ns since Xen's boot. */
static PVOPS_ALWAYS_INLINE u64 vcpu_time(const struct vcpu_time_info *t, u8 *flags)
{
	u32 version;
	u64 ns;

	for (u32 i = 0; i < PATIENCE; i++) {
		u64 delta;
		s8 shift;

		version = __atomic_load_n(&t->version, __ATOMIC_ACQUIRE);
		delta = pvops_insn_rdtsc() - t->tsc_timestamp;
		/* Another CPU's TSC, or one that lags behind: no time has passed. */
		if ((s64)delta < 0)
			delta = 0;
		shift = t->tsc_shift;
		if (shift > MAX_SHIFT || shift < -MAX_SHIFT)
			continue;
		delta = shift < 0 ? delta >> -shift : delta << shift;
		ns = t->system_time + pvops_mul_shift32(delta, t->tsc_to_system_mul);
		*flags = t->flags;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(version & 1) && version == __atomic_load_n(&t->version, __ATOMIC_RELAXED))
			return ns;
	}
	pvops_panic("xen: the clock of CPU %u is never consistent", pvops_cpu());
}

XEN_NOINSTR u64 xen_clock_by(const struct vcpu_time_info *time)
{
	u8 flags = 0;
	u64 now = vcpu_time(time, &flags) + clock_offset;

	/* Where no vCPU can be behind another nothing need be compared, nor written by all. */
	return flags & STABLE ? now : pvops_clock_newest(&clock_last, now);
}

u64 xen_clock(void)
{
	return xen_clock_by(&xen_this_vcpu()->time);
}

void xen_wallclock(struct pvops_timespec *ts)
{
	const struct shared_info *si = xen_shared;
	u32 version, i;
	u64 ns = 0;

	for (i = 0; i < PATIENCE; i++) {
		version = __atomic_load_n(&si->wc_version, __ATOMIC_ACQUIRE);
		ns = ((u64)si->xen_wc_sec_hi << 32 | si->wc_sec) * NS + si->wc_nsec;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(version & 1) && version == __atomic_load_n(&si->wc_version, __ATOMIC_RELAXED))
			break;
	}
	XEN_MUST("a consistent look at the wallclock", i < PATIENCE ? 0 : -PVOPS_EIO);
	ns += xen_clock() - clock_offset;
	ts->sec = ns / NS;
	ts->nsec = (u32)(ns % NS);
}

u64 xen_host_time(u64 ns)
{
	s64 host = (s64)(ns - clock_offset);

	return host > 0 ? (u64)host : 1;
}

static int arm(u64 deadline)
{
	struct vcpu_set_singleshot_timer op = { .timeout_abs_ns = xen_host_time(deadline) };

	/* Without VCPU_SSHOTTMR_future a deadline that has passed fires at once. */
	return (int)xen_call3(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer,
			      xen_vcpu_nr(pvops_cpu()), &op);
}

/* At once, for on i386 it is two words: the timer's event would take half of one for due. */
static void note(u64 deadline)
{
	pvops_store64(&xen_cpu()->deadline, deadline);
}

int xen_set_timer(u64 deadline)
{
	if (deadline > FAR)
		deadline = FAR;
	note(deadline ? deadline : 1);
	return arm(deadline);
}

int xen_stop_timer(void)
{
	note(0);
	return (int)xen_call3(__HYPERVISOR_vcpu_op, VCPUOP_stop_singleshot_timer,
			      xen_vcpu_nr(pvops_cpu()), 0);
}

/* The timer's event has come: for a deadline that has passed by our clock too? */
bool xen_timer_due(void)
{
	struct xen_cpu *xcpu = xen_cpu();

	if (!xcpu->deadline)
		return false;
	if (xen_clock() < xcpu->deadline) {
		arm(xcpu->deadline);
		return false;
	}
	xcpu->deadline = 0;
	return true;
}

/* Xen's layout may have it across two cache lines for 32-bit guests: no atomic access. */
static u64 load(const uint64_t *from)
{
	return *(const volatile uint64_t *)from;
}

u64 xen_steal(unsigned int cpu)
{
	const struct vcpu_runstate_info *r;
	u64 entry, stolen = 0;

	if (cpu >= PVOPS_MAX_CPUS)
		return 0;
	r = &pvops_per_cpu(runstates, cpu);
	/* Xen writes the area when this vCPU's state changes: the same entry time twice will do. */
	for (u32 i = 0; i < PATIENCE; i++) {
		entry = load(&r->state_entry_time);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		/* Not the time offline: that a CPU was stopped is its own wish. */
		stolen = r->time[RUNSTATE_runnable];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		/* Xen may have been asked to say that it is writing. */
		if (entry == load(&r->state_entry_time) && !(entry & XEN_RUNSTATE_UPDATE))
			break;
	}
	return stolen + pvops_per_cpu(steal_before, cpu);
}

bool xen_preempted(unsigned int cpu)
{
	return *(const volatile int *)&pvops_per_cpu(runstates, cpu).state == RUNSTATE_runnable;
}

/* For who has an offset of his own: a host's time is taken as it is, also if it is less. */
void xen_clock_restart(void)
{
	clock_last = 0;
}

/* The latest that anybody has seen. */
void xen_time_suspend(void)
{
	pvops_clock_newest(&clock_last, xen_clock());
}

/* Areas of this host are registered anew; what it says there is lost. */
static void steal_keep(unsigned int cpu)
{
	pvops_per_cpu(steal_before, cpu) = xen_steal(cpu);
	pvops_per_cpu(runstates, cpu) = (struct vcpu_runstate_info){ 0 };
}

/* The same, told by who asked before: the areas are this host's already. */
void xen_steal_was(unsigned int cpu, u64 ns)
{
	pvops_per_cpu(steal_before, cpu) = ns;
}

/* vcpu_info is there again, of a host that may have been up for any time. Areas come after. */
void xen_time_resume(void)
{
	u8 flags;

	for (unsigned int cpu = 0; cpu < PVOPS_MAX_CPUS; cpu++)
		steal_keep(cpu);
	clock_offset = clock_last - vcpu_time(&xen_this_vcpu()->time, &flags);
}

int xen_time_init_cpu(unsigned int cpu)
{
	struct vcpu_register_runstate_memory_area area = { 0 };
	long err;

	area.addr.v = &pvops_per_cpu(runstates, cpu);
	err = xen_call3(__HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area,
			xen_vcpu_nr(cpu), &area);
	if (err)
		pvops_log("xen: CPU %u: runstate area refused: error %ld", cpu, err);
	/* The tick that a PV guest is born with; not an error where there is none. */
	xen_call3(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, xen_vcpu_nr(cpu), 0);
	return (int)err;
}
