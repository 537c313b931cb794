/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A scripted hypervisor with the interface "Hv#1", and the base backend under it.
 *
 * It keeps the rules of the TLFS and counts each breach: an MSR without its privilege, reserved
 * bits, a page without the enable bit, a bad hypercall input. It can refuse anything.
 */
#ifndef TESTS_HYPERV_HOST_H
#define TESTS_HYPERV_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <asm/prctl.h>
#include <unistd.h>
#include <cmocka.h>
#include "hyperv.h"
#include "logged.h"

#define CPUS		4
#define RESERVED	0x550ULL	/* in MSRs that place a page; to be kept */
#define NO_MSR		0U
#define MS		1000000ULL

struct vp {
	u64 simp, scontrol, assist, sint[16], config, count;
	u32 index;
	bool stopped;
};

struct flushed {
	u32 vp;
	u64 start, pages;
};

static struct script {
	/* what it shows */
	u32 base, max, interface, features, privileges, has, hints, spins;
	bool no_tsc, invariant, tdx;		/* TSC */
	u32 crystal_khz, base_khz;
	bool x2apic, no_crash_notify, lazy, locked, no_code, no_vectors, shy;
	/* how it fails */
	u32 bad_read, bad_write, deaf;		/* MSRs */
	u32 fail_at;				/* the nth access to an MSR faults; 0: none */
	u32 bad_call, status;			/* this code (0: any) has this status */
	u32 reps_a_call;			/* 0: all */
	bool no_progress, too_much, restless;
	u32 chance;				/* of a fault, in 1000, for all that may fail */
	u32 pages;				/* that the allocator has */
	/* state */
	u64 invariant_control;
	u64 os_id, hypercall, ref_tsc, ref, tsc, tsc_hz, crash[6], reset;
	u32 accesses, breaches, calls, tsc_reads, eois, eoms, taken;
	u32 ipi_calls, icrs, base_ipis, base_flushes, base_starts, base_eois, base_shutdown;
	struct vp vps[CPUS];
	struct flushed flushed[4096];
	u32 nr_flushed;
	u32 delivered[CPUS][256];
	u64 base_deadline[CPUS];
	u32 seed;
} hv;

static struct hv_ref_tsc shown;		/* what it puts into the TSC page */

static struct { pvops_irq_handler_t handler; void *data; } lines[CPUS][256];
static struct pvops_percpu blocks[CPUS];
static u32 current;

/* Memory by an address that the code under test has told: of 64 bits, whatever ours have. */
static void *at(u64 address)
{
	return (void *)(unsigned long)address;
}

static void be(u32 cpu)
{
	current = cpu;
	blocks[cpu].cpu = cpu;
	syscall(SYS_arch_prctl, ARCH_SET_GS, &blocks[cpu]);
}

static bool chance(void)
{
	hv.seed = hv.seed * 1103515245 + 12345;
	return hv.chance && hv.seed / 65536 % 1000 < hv.chance;
}

static int breach(const char *what, u64 value)
{
	printf("breach: %s (%llx)\n", what, value);
	hv.breaches++;
	return -PVOPS_EIO;
}

/* ---- interrupts ---- */

static void interrupt(u32 cpu, u32 vector)
{
	u32 was = current, eois, *assist = at(hv.vps[cpu].assist & PVOPS_PAGE_MASK);
	bool bit = hv.lazy && hv.vps[cpu].assist & 1;

	be(cpu);
	hv.delivered[cpu][vector]++;
	eois = hv.eois;
	if (bit)
		*assist |= 1;
	if (lines[cpu][vector].handler)
		lines[cpu][vector].handler(vector, lines[cpu][vector].data);
	if (bit && !(*assist & 1))
		hv.eois++;
	if (bit)
		*assist &= ~1U;
	if (lines[cpu][vector].handler && hv.eois != eois + 1)
		breach("an interrupt has not one end but", hv.eois - eois);
	be(was);
}

static void post(struct vp *vp, u32 type)
{
	struct hv_message *slot = (struct hv_message *)at(vp->simp & PVOPS_PAGE_MASK) + 4;
	u32 cpu = (u32)(vp - hv.vps);

	if (!(vp->scontrol & 1) || !(vp->simp & 1))
		return;
	if (slot->type) {
		slot->flags |= HV_MESSAGE_PENDING;
		return;
	}
	memset(slot, 0xee, sizeof(*slot));
	slot->flags = 0;
	slot->type = type;
	if (!(vp->sint[4] & HV_SINT_MASKED))
		interrupt(cpu, vp->sint[4] & 0xff);
}

/* Fires what is due. */
static __attribute__((unused)) void pass(u64 ns)
{
	hv.ref += ns / 100;
	hv.tsc = (hv.ref - 1000) * 2;		/* by the factors of fresh() */
	for (u32 i = 0; i < CPUS; i++) {
		struct vp *vp = &hv.vps[i];

		if (!(vp->config & 1) || vp->count > hv.ref)
			continue;
		vp->config &= ~1ULL;
		if (vp->config & HV_STIMER_DIRECT)
			interrupt(i, vp->config >> 4 & 0xff);
		else
			post(vp, HV_MESSAGE_TIMER);
	}
}

/* ---- MSRs ---- */

static u64 *place_of(u32 msr)
{
	switch (msr) {
	case HV_MSR_HYPERCALL:
		return &hv.hypercall;
	case HV_MSR_REF_TSC:
		return &hv.ref_tsc;
	case HV_MSR_VP_ASSIST:
		return &hv.vps[current].assist;
	case HV_MSR_SIMP:
		return &hv.vps[current].simp;
	}
	return NULL;
}

/* What the partition must have been given. */
static bool allowed(u32 msr)
{
	if (msr >= HV_MSR_SCONTROL && msr < HV_MSR_SINT0 + 16)
		return hv.features & HV_MAY_SYNIC;
	if (msr >= HV_MSR_CRASH_P0 && msr <= HV_MSR_CRASH_CTL)
		return hv.has & HV_HAS_CRASH;
	switch (msr) {
	case HV_MSR_GUEST_OS_ID:
	case HV_MSR_HYPERCALL:
		return hv.features & HV_MAY_HYPERCALL;
	case HV_MSR_VP_INDEX:
		return hv.features & HV_MAY_VP_INDEX;
	case HV_MSR_RESET:
		return hv.features & HV_MAY_RESET;
	case HV_MSR_REF_COUNTER:
		return hv.features & HV_MAY_REF_COUNTER;
	case HV_MSR_REF_TSC:
		return hv.features & HV_MAY_REF_TSC;
	case HV_MSR_TSC_FREQUENCY:
	case HV_MSR_APIC_FREQUENCY:
		return hv.features & HV_MAY_FREQUENCIES;
	case HV_MSR_TSC_INVARIANT:
		return hv.features & HV_MAY_TSC_INVARIANT;
	case HV_MSR_EOI:
	case HV_MSR_ICR:
	case HV_MSR_VP_ASSIST:
		return hv.features & HV_MAY_APIC;
	case HV_MSR_STIMER0_CONFIG:
	case HV_MSR_STIMER0_COUNT:
		return hv.features & HV_MAY_STIMER;
	}
	return msr == 0x1b;
}

static bool faults(u32 msr, u32 bad)
{
	hv.accesses++;
	return msr == bad || hv.accesses == hv.fail_at || chance();
}

static int read_msr(u32 msr, u64 *val)
{
	struct vp *vp = &hv.vps[current];

	*val = 0;
	if (!allowed(msr))
		return breach("reads what it may not", msr);
	if (faults(msr, hv.bad_read))
		return -PVOPS_EIO;
	if (place_of(msr))
		*val = *place_of(msr);
	else if (msr >= HV_MSR_SINT0 && msr < HV_MSR_SINT0 + 16)
		*val = vp->sint[msr - HV_MSR_SINT0];
	else if (msr == HV_MSR_CRASH_CTL)
		*val = hv.no_crash_notify ? 0 : HV_CRASH_NOTIFY;
	else if (msr == HV_MSR_GUEST_OS_ID)
		*val = hv.os_id;
	else if (msr == HV_MSR_VP_INDEX)
		*val = vp->index;
	else if (msr == HV_MSR_REF_COUNTER)
		*val = hv.ref;
	else if (msr == HV_MSR_TSC_FREQUENCY)
		*val = hv.tsc_hz;
	else if (msr == HV_MSR_APIC_FREQUENCY)
		*val = 200000000;
	else if (msr == HV_MSR_SCONTROL)
		*val = vp->scontrol;
	else if (msr == HV_MSR_STIMER0_CONFIG)
		*val = vp->config;
	else if (msr == 0x1b)
		*val = 0xfee00900 | (hv.x2apic ? 0x400 : 0);
	else
		return breach("reads what nobody reads", msr);
	return 0;
}

static int place(u32 msr, u64 val)
{
	u64 *to = place_of(msr);

	if ((val & HV_PAGE_KEEP) != (*to & HV_PAGE_KEEP))
		return breach("reserved bits are not kept", val);
	if (msr == HV_MSR_HYPERCALL && !hv.os_id)
		return 0;
	*to = val;
	if (msr == HV_MSR_HYPERCALL && val & 1 && !hv.no_code)
		*(u8 *)at(val & PVOPS_PAGE_MASK) = 0x0f;
	if (msr == HV_MSR_REF_TSC && val & 1)
		memcpy(at(val & PVOPS_PAGE_MASK), &shown, sizeof(shown));
	return 0;
}

static void deliver(u32 index, u32 vector)
{
	for (u32 i = 0; i < CPUS; i++)
		if (hv.vps[i].index == index)
			interrupt(i, vector);
}

static int write_msr(u32 msr, u64 val)
{
	struct vp *vp = &hv.vps[current];

	if (!allowed(msr))
		return breach("writes what it may not", msr);
	if (faults(msr, hv.bad_write))
		return -PVOPS_EIO;
	if (msr == hv.deaf)
		return 0;
	if (place_of(msr))
		return place(msr, val);
	if (msr >= HV_MSR_SINT0 && msr < HV_MSR_SINT0 + 16) {
		if (!(val & HV_SINT_MASKED) && (val & 0xff) < 0x10)
			return breach("vector of an exception", val);
		vp->sint[msr - HV_MSR_SINT0] = val;
	} else if (msr >= HV_MSR_CRASH_P0 && msr < HV_MSR_CRASH_CTL) {
		hv.crash[msr - HV_MSR_CRASH_P0] = val;
	} else if (msr == HV_MSR_CRASH_CTL) {
		hv.crash[5] = val;
	} else if (msr == HV_MSR_GUEST_OS_ID) {
		hv.os_id = val;
	} else if (msr == HV_MSR_TSC_INVARIANT) {
		if (val & ~HV_TSC_INVARIANT_SHOWN)
			return breach("TSC control", val);
		hv.invariant_control = val;
	} else if (msr == HV_MSR_RESET) {
		hv.reset = val;
	} else if (msr == HV_MSR_EOI) {
		hv.eois++;
	} else if (msr == HV_MSR_EOM) {
		hv.eoms++;
	} else if (msr == HV_MSR_SCONTROL) {
		vp->scontrol = val;
	} else if (msr == HV_MSR_ICR) {
		if ((val & 0xffffff00) != 0x4000)
			return breach("not a fixed interrupt", val);
		hv.icrs++;
		interrupt((u32)(val >> 56) - 16, val & 0xff);
	} else if (msr == HV_MSR_STIMER0_CONFIG) {
		if (vp->config & 1 || val >> 20 || val >> 13 & 7)
			return breach("timer's configuration", val);
		vp->config = val;
	} else if (msr == HV_MSR_STIMER0_COUNT) {
		vp->count = val;
		vp->config &= ~1ULL;
		vp->config |= val && vp->config & HV_STIMER_AUTO_ENABLE;
	} else {
		return breach("writes what nobody writes", msr);
	}
	return 0;
}

/* ---- instructions ---- */

u64 hv_tsc(void)
{
	hv.tsc_reads++;
	/* In the middle of a reading: as a migration that never ends. */
	if (hv.restless && hv.ref_tsc & 1)
		((struct hv_ref_tsc *)at(hv.ref_tsc & PVOPS_PAGE_MASK))->sequence++;
	return hv.tsc;
}

u64 pvops_tsc_read(void)
{
	return hv.tsc;
}

u32 hv_apic_id(void)
{
	return current + 16;
}

static bool irqs_on = true;

unsigned long hv_irq_save(void)
{
	bool was = irqs_on;

	irqs_on = false;
	return was ? PVOPS_FLAGS_IF : 0;
}

void hv_irq_restore(unsigned long flags)
{
	irqs_on = flags & PVOPS_FLAGS_IF;
}

/* ---- CPUID ---- */

/* Leaves of the processor; false: it is none of these. */
static bool processor(u32 leaf, u32 regs[4])
{
	if (leaf == 0)
		regs[0] = hv.tdx ? 0x21 : hv.crystal_khz ? 0x15 : 1;
	else if (leaf == 1)
		regs[3] = hv.no_tsc ? 0 : 1 << 4;
	else if (leaf == 0x15 && hv.crystal_khz)
		memcpy(regs, (u32[]){ 1, 1, hv.crystal_khz * 1000 }, 12);
	else if (leaf == 0x21 && hv.tdx)
		memcpy(regs + 1, "Inte    lTDX", 12);
	else if (leaf == 0x80000000)
		regs[0] = 0x80000007;
	else if (leaf == 0x80000007 && hv.invariant &&
		 (hv.invariant_control || !(hv.features & HV_MAY_TSC_INVARIANT)))
		regs[3] = 1 << 8;
	return leaf < 0x40000000 || leaf >= 0x80000000;
}

static void cpuid(u32 regs[4])
{
	u32 leaf = regs[0] - hv.base;

	memset(regs, 0, 16);
	if (processor(hv.base + leaf, regs))
		return;
	if (leaf > hv.max - hv.base)
		breach("a leaf that is not there", leaf);
	if (leaf == HV_LEAF_INTERFACE)
		regs[0] = hv.interface;
	if (leaf == HV_LEAF_FEATURES) {
		regs[0] = hv.features;
		regs[1] = hv.privileges;
		regs[3] = hv.has;
	}
	/* As Xen does. */
	if (leaf == HV_LEAF_HINTS && (!hv.shy || (hv.os_id >> 40 & 0xff) >= 4)) {
		regs[0] = hv.hints;
		regs[1] = hv.spins;
	}
}

static struct pvops_boot_proto proto = { .name = "test", .ring0 = true, .cpuid = cpuid };
static struct pvops_boot boot = { .proto = &proto };

#endif /* TESTS_HYPERV_HOST_H */
