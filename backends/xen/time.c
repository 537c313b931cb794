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

static u64 clock_last;
static u64 clock_offset;		/* ours less Xen's: a saved guest goes on where it was */
static struct vcpu_runstate_info runstates[PVOPS_MAX_CPUS];
static u64 steal_before[PVOPS_MAX_CPUS];	/* on hosts that we have left */

/* One consistent look at a vCPU's time, ns since Xen's boot. */
static u64 vcpu_time(const struct vcpu_time_info *t)
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
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(version & 1) && version == __atomic_load_n(&t->version, __ATOMIC_RELAXED))
			return ns;
	}
	pvops_panic("xen: the clock of CPU %u is never consistent", pvops_cpu());
}

u64 xen_clock(void)
{
	return pvops_clock_newest(&clock_last, vcpu_time(&xen_this_vcpu()->time) + clock_offset);
}

/* Deadlines and runstates are in Xen's system time, so no other clock would do. */
void xen_clock_init(const char *name)
{
	const struct pvops_clock_facts facts = {
		.has = PVOPS_CLOCK_TSC | PVOPS_CLOCK_PVCLOCK | PVOPS_CLOCK_PV_SYSTEM,
	};
	struct pvops_clock_choice choice;

	pvops_clock_offer(name, &facts, &choice);
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
	return (int)xen_call3(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, pvops_cpu(), &op);
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
	return (int)xen_call3(__HYPERVISOR_vcpu_op, VCPUOP_stop_singleshot_timer, pvops_cpu(), 0);
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
	r = runstates + cpu;
	/* Xen writes the area when this vCPU's state changes: the same entry time twice will do. */
	for (u32 i = 0; i < PATIENCE; i++) {
		entry = load(&r->state_entry_time);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		/* Not the time offline: that a CPU was stopped is its own wish. */
		stolen = r->time[RUNSTATE_runnable];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (entry == load(&r->state_entry_time))
			break;
	}
	return stolen + steal_before[cpu];
}

/* vcpu_info is there again, of a host that may have been up for any time. Areas come after. */
void xen_time_resume(void)
{
	for (unsigned int cpu = 0; cpu < PVOPS_MAX_CPUS; cpu++) {
		steal_before[cpu] = xen_steal(cpu);
		runstates[cpu] = (struct vcpu_runstate_info){ 0 };
	}
	clock_offset = clock_last - vcpu_time(&xen_this_vcpu()->time);
}

int xen_time_init_cpu(unsigned int cpu)
{
	struct vcpu_register_runstate_memory_area area = { 0 };
	long err;

	area.addr.v = runstates + cpu;
	err = xen_call3(__HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area, cpu, &area);
	if (err)
		pvops_log("xen: CPU %u: runstate area refused: error %ld", cpu, err);
	/* The tick that a PV guest is born with; not an error where there is none. */
	xen_call3(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, cpu, 0);
	return (int)err;
}
