// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Access to the local APIC. */
#include <pvops/unmark.h>
#include "apic.h"
#include "native.h"

#define MSR_APIC_BASE		0x1b
#define APIC_BASE_ENABLE	(1 << 11)
#define APIC_BASE_X2		(1 << 10)
#define MSR_X2APIC		0x800
#define ICR_BUSY		(1 << 12)
#define SVR_ENABLE		0x100

static volatile u32 *page;		/* NULL: x2APIC */

static u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	PVOPS_UNMARKED(rdmsr, "rdmsr", : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static void wrmsr(u32 msr, u64 val)
{
	PVOPS_UNMARKED(wrmsr, "wrmsr",
		       : : "c"(msr), "a"((u32)val), "d"((u32)(val >> 32)) : "memory");
}

u32 native_apic_read(u32 reg)
{
	return page ? page[reg / 4] : (u32)rdmsr(MSR_X2APIC + reg / 16);
}

void native_apic_write(u32 reg, u32 val)
{
	if (page)
		page[reg / 4] = val;
	else
		wrmsr(MSR_X2APIC + reg / 16, val);
}

void native_apic_command(u32 apic_id, u32 command)
{
	unsigned long flags;

	if (!page) {
		/* Stores before must be seen by whom we interrupt; this MSR does not serialise. */
		asm volatile("mfence; lfence" : : : "memory");
		wrmsr(MSR_X2APIC + APIC_ICR / 16, (u64)apic_id << 32 | command);
		return;
	}
	/* Two registers: an interrupt in between would use our destination. */
	asm volatile("pushf; pop %0; cli" : "=r"(flags) : : "memory");
	while (page[APIC_ICR / 4] & ICR_BUSY)
		asm volatile("pause");
	page[(APIC_ICR + 0x10) / 4] = apic_id << 24;
	page[APIC_ICR / 4] = command;
	if (flags & PVOPS_FLAGS_IF)
		asm volatile("sti" : : : "memory");
}

int native_apic_init(void)
{
	u32 a = 1, b, c = 0, d;
	u64 base;

	PVOPS_UNMARKED(cpuid, "cpuid", : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (!(d & (1 << 9))) {
		pvops_log("native: this CPU has no local APIC");
		return -PVOPS_ENODEV;
	}
	if (c & CPUID_X2APIC)
		return 0;
	base = rdmsr(MSR_APIC_BASE) & 0xffffff000ULL;
	page = pvops_get_host()->map_mmio((__force pvops_gpa_t)(unsigned long)base,
					  PVOPS_PAGE_SIZE);
	if (!page) {
		pvops_log("native: the local APIC at %llx cannot be mapped", base);
		return -PVOPS_ENOMEM;
	}
	return 0;
}

void native_apic_enable(void)
{
	/* From off to x2APIC there is no way but by the older mode. */
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE);
	if (!page)
		wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_X2);
	native_apic_write(APIC_TPR, 0);
	/* First of all: while it is off, each LVT stays masked whatever is written. */
	native_apic_write(APIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
	native_apic_write(APIC_LVT_LINT0, APIC_MASKED);
	native_apic_write(APIC_LVT_LINT1, APIC_MASKED);
	native_apic_write(APIC_LVT_ERROR, APIC_MASKED);
	native_apic_write(APIC_TIMER_DIV, 0x3);		/* by 16 */
	native_apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
}
