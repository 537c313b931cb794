// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The other side of the sensitive instructions: those that are privileged. In ring 0 they do what
 * the ops do; in ring 1 they trap, and VMI's monitor says so and does it for the kernel. i386
 * only, where a kernel may be in either.
 */
#include "util.h"

#define FLAG_IF		0x200UL
#define CR0_MP		2UL
#define CR0_TS		8UL
#define CR4_XMMEXCPT	(1UL << 10)
#define MSR_EFER	0xc0000080

static unsigned long flag(void)
{
	return pvops_irq_save() & FLAG_IF;
}

GUEST_TEST(sensitive_privileged_flag)
{
	MEANT(1, asm volatile("cli" : : : "memory"));
	EXPECT(!flag());
	MEANT(1, asm volatile("sti" : : : "memory"));
	EXPECT(flag());
}

GUEST_TEST(sensitive_privileged_halt)
{
	volatile u64 *ticks = &this_cpu()->ticks;
	u64 before = *ticks;

	EXITS_OR_SKIP();
	/* Both at once, or the interrupt between them would be slept over. */
	pvops_irq_disable();
	EXPECT(pvops_time_set_timer(pvops_time_clock() + MS) == 0);
	for (int i = 0; i < 100 && *ticks == before; i++) {
		MEANT(2, asm volatile("sti; hlt" : : : "memory"));
		EXPECT(flag());
		pvops_irq_disable();
	}
	EXPECT(*ticks != before);
	before = *ticks;
	pvops_irq_enable();
	for (int i = 0; i < 100 && *ticks == before; i++)
		MEANT(1, asm volatile("hlt" : : : "memory"));
	EXPECT(*ticks != before && flag());
}

GUEST_TEST(sensitive_privileged_cr0)
{
	unsigned long flags, cr0 = pvops_cpu_read_cr0(), shown;

	EXITS_OR_SKIP();
	flags = irqs_off();
	MEANT(1, asm volatile("mov %%cr0, %0" : "=r"(shown)));
	EXPECT(shown == cr0);
	MEANT(1, asm volatile("mov %0, %%cr0" : : "r"(cr0 | CR0_TS)));
	EXPECT(pvops_cpu_read_cr0() == (cr0 | CR0_TS));
	MEANT(1, asm volatile("clts"));
	EXPECT(pvops_cpu_read_cr0() == (cr0 & ~CR0_TS));
	MEANT(1, asm volatile("lmsw %w0" : : "r"(cr0 ^ CR0_MP)));
	EXPECT(pvops_cpu_read_cr0() == (cr0 ^ CR0_MP));
	pvops_cpu_write_cr0(cr0);
	irqs_back(flags);
}

GUEST_TEST(sensitive_privileged_other_control_registers)
{
	unsigned long flags, cr4 = pvops_cpu_read_cr4(), shown;

	EXITS_OR_SKIP();
	flags = irqs_off();
	MEANT(1, asm volatile("mov %0, %%cr2" : : "r"(SOME_ADDRESS)));
	EXPECT(pvops_cpu_read_cr2() == SOME_ADDRESS);
	MEANT(1, asm volatile("mov %%cr2, %0" : "=r"(shown)));
	EXPECT(shown == SOME_ADDRESS);
	MEANT(1, asm volatile("mov %%cr3, %0" : "=r"(shown)));
	EXPECT(shown == (__force unsigned long)pvops_cpu_read_cr3());
	MEANT(1, asm volatile("mov %0, %%cr3" : : "r"(shown) : "memory"));
	EXPECT(shown == (__force unsigned long)pvops_cpu_read_cr3());
	MEANT(1, asm volatile("mov %0, %%cr4" : : "r"(cr4 ^ CR4_XMMEXCPT)));
	EXPECT(pvops_cpu_read_cr4() == (cr4 ^ CR4_XMMEXCPT));
	MEANT(1, asm volatile("mov %%cr4, %0" : "=r"(shown)));
	EXPECT(shown == (cr4 ^ CR4_XMMEXCPT));
	pvops_cpu_write_cr4(cr4);
	irqs_back(flags);
}

GUEST_TEST(sensitive_privileged_debug_registers)
{
	unsigned long flags, shown;

	EXITS_OR_SKIP();
	flags = irqs_off();
	MEANT(1, asm volatile("mov %0, %%db3" : : "r"(SOME_ADDRESS)));
	EXPECT(pvops_cpu_get_dr(3) == SOME_ADDRESS);
	MEANT(1, asm volatile("mov %%db3, %0" : "=r"(shown)));
	EXPECT(shown == SOME_ADDRESS);
	EXPECT(pvops_cpu_set_dr(3, 0) == 0);
	irqs_back(flags);
}

GUEST_TEST(sensitive_privileged_tables)
{
	unsigned long flags = irqs_off();
	struct cpu *cpu = this_cpu();
	struct pvops_desc_ptr gdt = { sizeof(cpu->gdt) - 1, (unsigned long)cpu->gdt };
	struct pvops_desc_ptr ours = { sizeof(idt) - 1, (unsigned long)idt };

	MEANT(1, asm volatile("lgdt %0" : : "m"(gdt)));
	MEANT(1, asm volatile("lidt %0" : : "m"(ours)));
	MEANT(1, asm volatile("lldt %w0" : : "r"(0)));
	/* In the tables as the CPU has them now. */
	EXPECT(!faults(util_load_fs, (void *)SEL_KERNEL_DS, VECTOR_GP));
	EXPECT(faults(util_load_fs, SELECTOR(13, 3), VECTOR_GP));
	util_load_fs(NULL);
	/* Natively a TSS that is busy, as ours is, may not be loaded. */
	if (monitored())
		MEANT(1, asm volatile("ltr %w0" : : "r"(SEL_TSS)));
	EXPECT(pvops_cpu_store_tr() == SEL_TSS);
	irqs_back(flags);
}

GUEST_TEST(sensitive_privileged_caches)
{
	EXITS_OR_SKIP();
	MEANT(1, asm volatile("invlpg %0" : : "m"(*(char *)this_cpu())));
	MEANT(1, asm volatile("wbinvd" : : : "memory"));
}

static void load_nowhere(void *at)
{
	asm volatile("lgdt (%0)" : : "r"(at) : "memory");
}

/* What the monitor cannot read is the kernel's page fault, at the instruction. */
GUEST_TEST(sensitive_privileged_with_a_bad_operand)
{
	struct fault fault = { 0 };

	MEANT(1, EXPECT(catch_fault(load_nowhere, NOWHERE, &fault)));
	EXPECT(fault.vector == VECTOR_PF && fault.addr == (unsigned long)NOWHERE);
	EXPECT(!(fault.error & 3));
}

/* Kernels count on the fault of an MSR that is not there: nothing is said of these. */
GUEST_TEST(sensitive_privileged_but_silent)
{
	u32 low, high;

	EXITS_OR_SKIP();
	MEANT(0, asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_EFER)));
	EXPECT(((u64)high << 32 | low) == pvops_cpu_read_msr(MSR_EFER));
}
