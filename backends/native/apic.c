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

static volatile u32 *page;		/* NULL: x2APIC, or by a hypervisor's calls */
static volatile u32 *called;		/* its mapping for these */

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

static bool by_calls(void)
{
	return PVOPS_BASE_HAS_WAYS && pvops_base_ways()->apic_read;
}

static bool is_called(void)
{
	return PVOPS_BASE_HAS_WAYS && called;
}

/* Apart, so that who has registers in memory pays for no more than a look. */
static __attribute__((noinline)) u32 read_by_call(u32 reg)
{
	return pvops_base_ways()->apic_read((unsigned long)called + reg);
}

static __attribute__((noinline)) void write_by_call(u32 reg, u32 val)
{
	pvops_base_ways()->apic_write((unsigned long)called + reg, val);
}

u32 native_apic_read(u32 reg)
{
	if (page)
		return page[reg / 4];
	return is_called() ? read_by_call(reg) : (u32)rdmsr(MSR_X2APIC + reg / 16);
}

void native_apic_write(u32 reg, u32 val)
{
	if (page)
		page[reg / 4] = val;
	else if (is_called())
		write_by_call(reg, val);
	else
		wrmsr(MSR_X2APIC + reg / 16, val);
}

/* Two registers: an interrupt in between would use our destination. */
static void command_by_calls(u32 apic_id, u32 command)
{
	unsigned long flags = pvops_irq_save();

	pvops_irq_disable();
	while (native_apic_read(APIC_ICR) & ICR_BUSY)
		asm volatile("pause");
	native_apic_write(APIC_ICR + 0x10, apic_id << 24);
	native_apic_write(APIC_ICR, command);
	pvops_irq_restore(flags);
}

void native_apic_command(u32 apic_id, u32 command)
{
	unsigned long flags;

	if (is_called()) {
		command_by_calls(apic_id, command);
		return;
	}
	if (!page) {
		/* Stores before must be seen by whom we interrupt; this MSR does not serialise. */
		asm volatile("mfence; lfence" : : : "memory");
		wrmsr(MSR_X2APIC + APIC_ICR / 16, (u64)apic_id << 32 | command);
		return;
	}
	/* As above, but no op: this is what stands when one is at fault. */
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
	volatile u32 *mapped;
	u64 base;

	PVOPS_UNMARKED(cpuid, "cpuid", : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (!(d & (1 << 9))) {
		pvops_log("native: this CPU has no local APIC");
		return -PVOPS_ENODEV;
	}
	if (c & CPUID_X2APIC && !by_calls())
		return 0;
	base = pvops_cpu_read_msr(MSR_APIC_BASE) & 0xffffff000ULL;
	mapped = pvops_get_host()->map_mmio((__force pvops_gpa_t)(unsigned long)base,
					    PVOPS_PAGE_SIZE);
	if (!mapped) {
		pvops_log("native: the local APIC at %llx cannot be mapped", base);
		return -PVOPS_ENOMEM;
	}
	if (by_calls())
		called = mapped;
	else
		page = mapped;
	return 0;
}

void native_apic_enable(void)
{
	u64 was = pvops_cpu_read_msr(MSR_APIC_BASE);
	u32 base = (u32)was, high = (u32)(was >> 32);

	/* From off to x2APIC there is no way but by the older mode. */
	pvops_cpu_write_msr(MSR_APIC_BASE, base | APIC_BASE_ENABLE, high);
	if (!page && !is_called())
		pvops_cpu_write_msr(MSR_APIC_BASE, base | APIC_BASE_ENABLE | APIC_BASE_X2, high);
	native_apic_write(APIC_TPR, 0);
	/* First of all: while it is off, each LVT stays masked whatever is written. */
	native_apic_write(APIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
	native_apic_write(APIC_LVT_LINT0, APIC_MASKED);
	native_apic_write(APIC_LVT_LINT1, APIC_MASKED);
	native_apic_write(APIC_LVT_ERROR, APIC_MASKED);
	native_apic_write(APIC_TIMER_DIV, 0x3);		/* by 16 */
	native_apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
}
