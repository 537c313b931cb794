// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* As Hyper-V shows itself: <pvops/abi/hyperv.h>. */
#include "host.h"
#include <pvops/abi/hyperv.h>

#define MAY_IDLE	(1U << 10)
#define FEATURES (HV_MAY_REF_COUNTER | HV_MAY_APIC | HV_MAY_HYPERCALL | HV_MAY_VP_INDEX | \
		  HV_MAY_REF_TSC | HV_MAY_FREQUENCIES | MAY_IDLE)
#define HINTS (HV_HINT_REMOTE_FLUSH | HV_HINT_CLUSTER_IPI)
#define MSR_IDLE	0x400000f0
#define APIC_HZ		1000000000	/* QEMU's */
#define INVALID_CODE	2
#define INVALID_INPUT	3
#define FLUSH_ALL_CPUS	1

enum { OS_ID, HYPERCALL, ASSIST, REF_TSC };

static u64 reference(void)
{
	return mul_div(rdtsc() - tsc_start, 10000, tsc_khz);
}

static void hyperv_cpuid(u32 leaf, u32 out[4])
{
	switch (leaf) {
	case 0:
		out[0] = 0x40000006;
		copy_text(out + 1, HV_SIGNATURE);
		break;
	case HV_LEAF_INTERFACE:
		out[0] = HV_INTERFACE;
		break;
	case HV_LEAF_FEATURES:
		out[0] = FEATURES;
		out[3] = HV_HAS_FREQUENCIES;
		break;
	case HV_LEAF_HINTS:
		out[0] = HINTS;
		out[1] = HV_SPIN_NEVER;
		break;
	case 5:
		out[0] = MAX_CPUS;
		out[1] = MAX_CPUS;
		break;
	}
}

static bool hyperv_read_msr(struct cpu *cpu, u32 msr, u64 *val)
{
	switch (msr) {
	case HV_MSR_GUEST_OS_ID:
		*val = cpus[0].msrs[OS_ID];
		return true;
	case HV_MSR_HYPERCALL:
		*val = cpus[0].msrs[HYPERCALL];
		return true;
	case HV_MSR_VP_INDEX:
		*val = cpu->id;
		return true;
	case HV_MSR_REF_COUNTER:
		*val = reference();
		return true;
	case HV_MSR_REF_TSC:
		*val = cpus[0].msrs[REF_TSC];
		return true;
	case HV_MSR_TSC_FREQUENCY:
		*val = tsc_khz * 1000;
		return true;
	case HV_MSR_APIC_FREQUENCY:
		*val = APIC_HZ;
		return true;
	case HV_MSR_VP_ASSIST:
		*val = cpu->msrs[ASSIST];
		return true;
	case MSR_IDLE:
		/* Until an interrupt is there, wanted or not. */
		count(WAITS);
		while (!apic_pending() && !cpu->nmi) {
			if (cpu->flush)
				flush_asked(cpu);
			relax();
		}
		*val = 0;
		return true;
	}
	return false;
}

static void hypercall_page(u64 val)
{
	static const u8 code[] = { 0x0f, 0x01, 0xd9, 0xc3 };	/* vmmcall; ret */

	if (val & HV_PAGE_ENABLE)
		__builtin_memcpy(at(val & ~0xfffULL), code, sizeof(code));
}

static void reference_page(u64 val)
{
	struct hv_ref_tsc *page;
	u64 low, high;

	if (!(val & HV_PAGE_ENABLE))
		return;
	page = at(val & ~0xfffULL);
	/* 10 MHz in the TSC's ticks, with 64 bits of fraction. */
	asm("divq %2" : "=a"(low), "=d"(high) : "r"(tsc_khz), "0"(0ULL), "1"(10000ULL) : "cc");
	page->scale = low;
	asm("mulq %2" : "=a"(low), "=d"(high) : "r"(tsc_start), "0"(page->scale) : "cc");
	page->offset = -high;
	page->sequence = 1;
}

static bool hyperv_write_msr(struct cpu *cpu, u32 msr, u64 val)
{
	switch (msr) {
	case HV_MSR_GUEST_OS_ID:
		cpus[0].msrs[OS_ID] = val;
		return true;
	case HV_MSR_HYPERCALL:
		cpus[0].msrs[HYPERCALL] = val;
		hypercall_page(val);
		return true;
	case HV_MSR_REF_TSC:
		cpus[0].msrs[REF_TSC] = val;
		reference_page(val);
		return true;
	case HV_MSR_VP_ASSIST:
		cpu->msrs[ASSIST] = val;
		return true;
	case HV_MSR_EOI:
		return apic_write(cpu, 0x80b, 0);
	}
	return false;
}

static u64 flush(struct cpu *cpu, u64 gpa)
{
	const struct hv_flush *in = at(gpa);

	if (gpa & 7)
		return INVALID_INPUT;
	flush_others(cpu, in->flags & FLUSH_ALL_CPUS ? ~0ULL : in->cpus);
	return HV_STATUS_SUCCESS;
}

static u64 send_ipis(u64 vector, u64 ids)
{
	if (vector < 16 || vector > 255)
		return INVALID_INPUT;
	for (u32 i = 0; i < MAX_CPUS; i++)
		if (ids >> i & 1) {
			apic_send(i, vector);
			count(IPIS);
		}
	return HV_STATUS_SUCCESS;
}

static bool hyperv_call(struct cpu *cpu)
{
	u64 control = cpu->regs[RCX], status = INVALID_CODE;
	bool fast = control & HV_CALL_FAST;

	if (cpu->vmcb->cpl || !(cpus[0].msrs[HYPERCALL] & HV_PAGE_ENABLE))
		return false;
	switch ((u16)control) {
	case HV_CALL_FLUSH_SPACE:
	case HV_CALL_FLUSH_LIST:
		if (!fast)
			status = flush(cpu, cpu->regs[RDX]);
		/* All of a list is done. */
		status |= control & (u64)HV_REPS_MASK << HV_CALL_REPS_SHIFT;
		break;
	case HV_CALL_SEND_IPI:
		if (fast)
			status = send_ipis(cpu->regs[RDX], cpu->regs[8]);
		break;
	case HV_CALL_LONG_SPIN:
		status = HV_STATUS_SUCCESS;
		break;
	}
	cpu->vmcb->rax = status;
	return true;
}

const struct face face_hyperv = {
	.name		= "hyperv",
	.cpuid		= hyperv_cpuid,
	.max_leaf	= 6,
	.read_msr	= hyperv_read_msr,
	.write_msr	= hyperv_write_msr,
	.call		= hyperv_call,
};
