/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A scripted KVM, and the native backend below ours: what the tests of the KVM backend run on.
 * Areas are written when their MSR is, by the vCPU that writes it, as KVM does.
 */
#ifndef TESTS_KVM_HOST_H
#define TESTS_KVM_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core.h"
#include "../backends/kvm/kvm.h"
#include "logged.h"

#define CPUS		3
#define ALL_FEATURES	0x0103ffff
#define BASE		0x40000000U

struct write {
	u32 cpu, msr;
	u64 val;
};

/* What the host does, and what it has seen. */
static struct {
	u32 base, features, hints, max;
	bool no_tsc, invariant, tdx;
	u32 timing_khz, crystal_khz;	/* leaf base + 0x10, leaf 0x15 */
	const char *vendor;
	u32 cpu;			/* that runs */
	u32 apic_ids[CPUS];
	bool x2apic;
	u64 tsc, step;
	void (*on_rdtsc)(void);
	u32 rdtscs;
	/* Clock areas as they are filled; the date. */
	struct kvm_clock_area clock;
	struct kvm_wall_area wall;
	u64 migration;
	u32 fail_msr, fail_nth;		/* MSR that is not there; n-th write that faults */
	u32 writes;
	struct write log[64];
	long (*call)(unsigned long nr);
	u32 calls;
	unsigned long args[5];
	bool amd;
	bool irqs;
	void (*on_irqs_off)(void);
	u32 halts, enable_halts;
	bool no_gpa;
} host;

static struct {
	u64 clock, clock_step;
	u32 eois, sends, waits, flushes, stops;
	struct pvops_cpumask flushed;
	bool busy;
	u32 overrides;
	struct pvops_form override[PVOPS_NR_OPS];
} base;

static struct pvops_percpu blocks[CPUS];
static jmp_buf panicked;

void pvops_panic(const char *fmt, ...)
{
	strncat(logged, fmt, sizeof(logged) - strlen(logged) - 1);
	longjmp(panicked, 1);
}

void pvops_guest_main(struct pvops_boot *boot)
{
	abort();
}

const char *pvops_op_name(unsigned int op)
{
	return "op";
}

struct pvops_state pvops_state;

const struct pvops_info *pvops_get_info(void)
{
	return &pvops_state.info;
}

/* One that would answer for a CPU beyond all that can be. */
static struct pvops_percpu *percpu(unsigned int cpu)
{
	return cpu < CPUS ? blocks + cpu : cpu == PVOPS_MAX_CPUS ? blocks : NULL;
}

static pvops_gpa_t virt_to_gpa(const void *va)
{
	return (__force pvops_gpa_t)(host.no_gpa ? ~0UL : (unsigned long)va);
}

static const struct pvops_host services = { .percpu = percpu, .virt_to_gpa = virt_to_gpa };

const struct pvops_host *pvops_get_host(void)
{
	return &services;
}

/* ---- instructions ---- */

u32 kvm_hv_cpu(void)
{
	return host.cpu;
}

void kvm_hv_cpuid(u32 regs[4])
{
	u32 leaf = regs[0];

	memset(regs, 0, 16);
	if (leaf == 0) {
		regs[0] = host.tdx ? 0x21 : host.crystal_khz ? 0x15 : host.x2apic ? 0xb : 4;
		memcpy(regs + 1, host.vendor, 4);
		memcpy(regs + 3, host.vendor + 4, 4);
		memcpy(regs + 2, host.vendor + 8, 4);
	} else if (leaf == 1) {
		regs[1] = host.apic_ids[host.cpu] << 24;
		regs[2] = 1U << 31;
		regs[3] = host.no_tsc ? 0 : 1U << 4;
	} else if (leaf == 0xb && host.x2apic) {
		regs[1] = 1;
		regs[3] = host.apic_ids[host.cpu];
	} else if (leaf == 0x15 && host.crystal_khz) {
		regs[0] = regs[1] = 1;
		regs[2] = host.crystal_khz * 1000;
	} else if (leaf == 0x21 && host.tdx) {
		memcpy(regs + 1, "Inte    lTDX", 12);
	} else if (leaf == 0x80000000 && host.invariant) {
		regs[0] = 0x80000007;
	} else if (leaf == 0x80000007 && host.invariant) {
		regs[3] = 1U << 8;
	} else if (leaf == host.base + 0x10 && host.timing_khz) {
		regs[0] = host.timing_khz;
	} else if (leaf == host.base) {
		regs[0] = host.max;
		memcpy(regs + 1, KVM_SIGNATURE, 12);
	} else if (leaf == host.base + 1) {
		regs[0] = host.features;
		regs[3] = host.hints;
	}
}

int kvm_hv_read_msr(u32 msr, u64 *val)
{
	*val = msr == KVM_MSR_MIGRATION ? host.migration : 0;
	return msr == KVM_MSR_MIGRATION && host.fail_msr != msr ? 0 : -PVOPS_EIO;
}

static bool msr_exists(u32 msr)
{
	u32 f = host.features;

	switch (msr) {
	case KVM_MSR_CLOCK:
	case KVM_MSR_WALL_CLOCK:
		return f & KVM_F_CLOCK;
	case KVM_MSR_CLOCK_OLD:
	case KVM_MSR_WALL_CLOCK_OLD:
		return f & KVM_F_CLOCK_OLD;
	case KVM_MSR_STEAL:
		return f & KVM_F_STEAL;
	case KVM_MSR_EOI:
		return f & KVM_F_EOI;
	case KVM_MSR_POLL_CONTROL:
		return f & KVM_F_POLL_CONTROL;
	}
	return false;
}

int kvm_hv_write_msr(u32 msr, u64 val)
{
	void *area = (void *)(unsigned long)(val & ~KVM_MSR_ON);

	assert_true(host.writes < 64);
	host.log[host.writes++] = (struct write){ host.cpu, msr, val };
	/* Known to be offered, or it was none of our business. */
	assert_true(msr_exists(msr));
	if (msr == host.fail_msr || host.writes == host.fail_nth)
		return -PVOPS_EIO;
	if ((msr == KVM_MSR_CLOCK || msr == KVM_MSR_CLOCK_OLD) && val & KVM_MSR_ON)
		memcpy(area, &host.clock, sizeof(host.clock));
	if (msr == KVM_MSR_WALL_CLOCK || msr == KVM_MSR_WALL_CLOCK_OLD)
		memcpy(area, &host.wall, sizeof(host.wall));
	return 0;
}

long kvm_hv_call(bool amd, unsigned long nr, unsigned long a, unsigned long b, unsigned long c,
		 unsigned long d)
{
	/* Hosts are known that hang on a hypercall that they have not offered. */
	assert_true(host.features & (KVM_F_UNHALT | KVM_F_SEND_IPI));
	host.calls++;
	host.amd = amd;
	host.args[0] = nr;
	host.args[1] = a;
	host.args[2] = b;
	host.args[3] = c;
	host.args[4] = d;
	return host.call ? host.call(nr) : nr == KVM_HC_SEND_IPI && a;
}

u64 pvops_tsc_read(void)
{
	return kvm_hv_rdtsc();
}

u64 kvm_hv_rdtsc(void)
{
	host.rdtscs++;
	host.tsc += host.step;
	if (host.on_rdtsc)
		host.on_rdtsc();
	return host.tsc;
}

bool kvm_hv_take_bit(u32 *word)
{
	bool was = *word & 1;

	*word &= ~1U;
	return was;
}

unsigned long kvm_hv_irqs_off(void)
{
	unsigned long flags = host.irqs ? PVOPS_FLAGS_IF : 0;

	host.irqs = false;
	if (host.on_irqs_off)
		host.on_irqs_off();
	return flags;
}

void kvm_hv_irqs_on(void)
{
	host.irqs = true;
}

void kvm_hv_halt(void)
{
	assert_false(host.irqs);
	host.halts++;
}

void kvm_hv_enable_halt(void)
{
	assert_false(host.irqs);
	host.irqs = true;
	host.enable_halts++;
}

/* ---- the backend below ---- */

static u64 base_clock_fn(void)
{
	return base.clock += base.clock_step;
}

static void base_wallclock(struct pvops_timespec *ts)
{
	*ts = (struct pvops_timespec){ 1700000000, 5 };
}

static void base_eoi_fn(unsigned int irq)
{
	base.eois++;
}

static int base_bind_fn(const struct pvops_irq_source *source, unsigned int cpu,
			pvops_irq_handler_t handler, void *data)
{
	if (source->kind == PVOPS_IRQ_HOST)
		return 0x40 + (int)source->index;
	if (source->kind != PVOPS_IRQ_IPI || source->index >= PVOPS_MAX_IPIS)
		return -PVOPS_EINVAL;
	return base.busy ? -PVOPS_EBUSY : 0x31 + (int)source->index;
}

static int base_send_fn(unsigned int cpu, unsigned int ipi)
{
	base.sends++;
	return cpu < CPUS && ipi < PVOPS_MAX_IPIS ? 0 : -PVOPS_EINVAL;
}

static void base_wait_fn(const u32 *word, u32 val)
{
	base.waits++;
}

static void base_flush_fn(const struct pvops_cpumask *mask, unsigned long start, unsigned long end)
{
	base.flushes++;
	base.flushed = *mask;
}

static void base_stop_fn(void)
{
	base.stops++;
}

const void *pvops_base_func(unsigned int op)
{
	switch (op) {
	case PVOPS_OP_time_clock:
		return base_clock_fn;
	case PVOPS_OP_time_wallclock:
		return base_wallclock;
	case PVOPS_OP_irq_eoi:
		return base_eoi_fn;
	case PVOPS_OP_irq_bind:
		return base_bind_fn;
	case PVOPS_OP_smp_send_ipi:
		return base_send_fn;
	case PVOPS_OP_lock_wait:
		return base_wait_fn;
	case PVOPS_OP_mmu_flush_others:
		return base_flush_fn;
	case PVOPS_OP_smp_stop_cpu:
		return base_stop_fn;
	}
	return services.percpu;			/* anything but NULL */
}

/* As if it came at once. */
int pvops_base_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start,
			 void (*first)(void))
{
	u32 self = host.cpu;

	host.cpu = cpu;
	first();
	host.cpu = self;
	return 0;
}

int pvops_override(unsigned int op, const struct pvops_form *form)
{
	base.overrides++;
	base.override[op] = *form;
	return 0;
}

#endif /* TESTS_KVM_HOST_H */
