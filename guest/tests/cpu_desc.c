// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Descriptor tables: GDT, IDT, LDT, TSS, TLS. */
#include "util.h"

#define CR0_TS		8UL
#define FREE_ENTRY	13		/* of the kernel's GDT */
#define VECTOR_OURS	0x79
/*
 * QEMU's emulation scales the vector in the error code of a refused INT n by 16, not 8, and by
 * that number Xen looks for the trap: both places get the gate.
 */
#define VECTOR_QEMU	(2 * VECTOR_OURS)

void test_gate(void);			/* asm.S */
extern u32 test_gate_count;		/* counts in asm.S */
u32 test_gate_count;

static struct pvops_gate counting_gate(void)
{
	return gate_make((unsigned long)test_gate, GATE_INTERRUPT | GATE_USER);
}

static void call_gate(void *arg)
{
	asm volatile("int $0x79" : : : "memory");
}

GUEST_TEST(cpu_load_gdt_takes_another_table)
{
	unsigned long flags = irqs_off();
	struct cpu *cpu = this_cpu();
	u64 *gdt = page_alloc();
	struct pvops_desc_ptr own = { sizeof(cpu->gdt) - 1, (unsigned long)cpu->gdt };
	struct pvops_desc_ptr other = { sizeof(cpu->gdt) - 1, (unsigned long)gdt };

	ASSERT(gdt);
	for (int i = 0; i < GDT_ENTRIES; i++)
		if (i < SEL_TSS / 8 || i > SEL_TSS / 8 + 1)
			gdt[i] = cpu->gdt[i];
	gdt[FREE_ENTRY] = DESC_DATA3;
	EXPECT(faults(util_load_fs, SELECTOR(FREE_ENTRY, 3), VECTOR_GP));
	pvops_cpu_load_gdt(&other);
	EXPECT(!faults(util_load_fs, SELECTOR(FREE_ENTRY, 3), VECTOR_GP));
	pvops_cpu_load_gdt(&own);
	EXPECT(faults(util_load_fs, SELECTOR(FREE_ENTRY, 3), VECTOR_GP));
	util_load_fs(NULL);
	/* And the page is data again. */
	EXPECT(!faults(util_write, gdt, VECTOR_PF));
	page_free(gdt);
	irqs_back(flags);
}

GUEST_TEST(cpu_write_gdt_entry_of_the_loaded_table)
{
	unsigned long flags = irqs_off();
	struct cpu *cpu = this_cpu();

	EXPECT(faults(util_load_fs, SELECTOR(FREE_ENTRY, 3), VECTOR_GP));
	pvops_cpu_write_gdt_entry(cpu->gdt, FREE_ENTRY, DESC_DATA3);
	EXPECT(!faults(util_load_fs, SELECTOR(FREE_ENTRY, 3), VECTOR_GP));
	util_load_fs(NULL);
	pvops_cpu_write_gdt_entry(cpu->gdt, FREE_ENTRY, 0);
	EXPECT(faults(util_load_fs, SELECTOR(FREE_ENTRY, 3), VECTOR_GP));
	irqs_back(flags);
}

GUEST_TEST(cpu_write_gdt_entry_of_another_table)
{
	u64 gdt[8] = { 0 };

	pvops_cpu_write_gdt_entry(gdt, 5, 0x1234);
	EXPECT(gdt[5] == 0x1234 && gdt[4] == 0 && gdt[6] == 0);
}

GUEST_TEST(cpu_write_idt_entry_counts_at_once)
{
	struct pvops_gate old = idt[VECTOR_OURS], other = idt[VECTOR_QEMU];
	struct pvops_gate ours = counting_gate();
	unsigned long flags = irqs_off();

	test_gate_count = 0;
	pvops_cpu_write_idt_entry(idt, VECTOR_OURS, &ours);
	pvops_cpu_write_idt_entry(idt, VECTOR_QEMU, &ours);
	EXPECT(idt[VECTOR_OURS].low == ours.low && idt[VECTOR_OURS].high == ours.high);
	call_gate(NULL);
	call_gate(NULL);
	EXPECT(test_gate_count == 2);
	pvops_cpu_write_idt_entry(idt, VECTOR_OURS, &old);
	pvops_cpu_write_idt_entry(idt, VECTOR_QEMU, &other);
	irqs_back(flags);
}

GUEST_TEST(cpu_write_idt_entry_of_another_table)
{
	static struct pvops_gate other[4];
	struct pvops_gate ours = { 1, 2 };

	pvops_cpu_write_idt_entry(other, 2, &ours);
	EXPECT(other[2].low == 1 && other[2].high == 2 && other[1].low == 0 && other[3].low == 0);
}

GUEST_TEST(cpu_load_idt_takes_another_table)
{
	static struct pvops_gate other[NR_VECTORS] __attribute__((aligned(4096)));
	struct pvops_desc_ptr own = { sizeof(idt) - 1, (unsigned long)idt };
	struct pvops_desc_ptr ptr = { sizeof(other) - 1, (unsigned long)other };
	unsigned long flags = irqs_off();

	for (int v = 0; v < NR_VECTORS; v++)
		other[v] = idt[v];
	other[VECTOR_OURS] = counting_gate();
	other[VECTOR_QEMU] = other[VECTOR_OURS];
	test_gate_count = 0;
	pvops_cpu_load_idt(&ptr);
	call_gate(NULL);
	EXPECT(test_gate_count == 1);
	pvops_cpu_load_idt(&own);
	irqs_back(flags);
}

GUEST_TEST(cpu_set_ldt_on_and_off)
{
	unsigned long flags = irqs_off();
	u64 *ldt = page_alloc(), *gdt = this_cpu()->gdt;
	void *selector = (void *)(0UL << 3 | 4 | 3);

	ASSERT(ldt);
	ldt[0] = DESC_DATA3;
	EXPECT(faults(util_load_fs, selector, VECTOR_GP));
	EXPECT(pvops_cpu_set_ldt(gdt, ldt, 512) == 0);
	EXPECT(!faults(util_load_fs, selector, VECTOR_GP));
	util_load_fs(NULL);
	EXPECT(pvops_cpu_set_ldt(gdt, NULL, 0) == 0);
	EXPECT(faults(util_load_fs, selector, VECTOR_GP));
	EXPECT(!faults(util_write, ldt, VECTOR_PF));
	page_free(ldt);
	irqs_back(flags);
}

GUEST_TEST(cpu_set_ldt_refuses_too_many_entries)
{
	unsigned long flags = irqs_off();

	EXPECT(pvops_cpu_set_ldt(this_cpu()->gdt, NULL, 8193) == -PVOPS_EINVAL);
	irqs_back(flags);
}

GUEST_TEST(cpu_write_ldt_entry_of_the_loaded_table)
{
	unsigned long flags = irqs_off();
	u64 *ldt = page_alloc(), *gdt = this_cpu()->gdt;
	void *selector = (void *)(7UL << 3 | 4 | 3);

	ASSERT(ldt);
	EXPECT(pvops_cpu_set_ldt(gdt, ldt, 512) == 0);
	EXPECT(faults(util_load_fs, selector, VECTOR_GP));
	pvops_cpu_write_ldt_entry(ldt, 7, DESC_DATA3);
	EXPECT(!faults(util_load_fs, selector, VECTOR_GP));
	util_load_fs(NULL);
	EXPECT(pvops_cpu_set_ldt(gdt, NULL, 0) == 0);
	page_free(ldt);
	irqs_back(flags);
}

GUEST_TEST(cpu_write_ldt_entry_of_another_table)
{
	u64 ldt[4] = { 0 };

	pvops_cpu_write_ldt_entry(ldt, 3, 77);
	EXPECT(ldt[3] == 77 && ldt[2] == 0);
}

GUEST_TEST(cpu_store_tr_by_contract)
{
	EXPECT(pvops_cpu_store_tr() == (on_xen_pv() ? 0 : SEL_TSS));
}

static void read_tr(void *arg)
{
	*(u32 *)arg = pvops_cpu_store_tr();
}

GUEST_TEST(cpu_load_tr_on_every_cpu)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		u32 tr = 1;

		run_on(cpu, read_tr, &tr);
		EXPECT(tr == (on_xen_pv() ? 0 : SEL_TSS));
	}
}

#ifndef __x86_64__
/* The fault of the push has no stack to be reported on. */
static void lose_stack(void *arg)
{
	asm volatile("mov %0, %%esp; push %0" : : "r"(NOWHERE) : "memory");
}

GUEST_TEST(cpu_load_tr_double_fault_has_a_task_of_its_own)
{
	unsigned long flags = irqs_off();

	for (int i = 0; i < 3; i++)
		EXPECT(faults(lose_stack, NULL, VECTOR_DF));
	EXPECT(pvops_cpu_store_tr() == SEL_TSS);
	/* A switch of tasks takes the FPU away. QEMU's CPU does not show it to its hypervisor. */
	EXPECT(pvops_cpu_read_cr0() & CR0_TS || exits_need_ops());
	pvops_cpu_clts();
	irqs_back(flags);
}
#endif

GUEST_TEST(cpu_load_tls_three_segments)
{
	static const u64 tls[3] = { DESC_DATA3, DESC_DATA3, DESC_DATA3 }, none[3];
	unsigned long flags = irqs_off();
	struct cpu *cpu = this_cpu();

	for (int on = 1; on >= 0; on--) {
		pvops_cpu_load_tls(cpu->gdt, on ? tls : none);
		for (unsigned int i = 0; i < 3; i++)
			EXPECT(faults(util_load_fs, SELECTOR(SEL_TLS / 8 + i, 3), VECTOR_GP) ==
			       !on);
		util_load_fs(NULL);
	}
	irqs_back(flags);
}

/* A backend may remember what it has loaded, but not for longer than it is there. */
GUEST_TEST(cpu_load_tls_again_after_a_write)
{
	static const u64 tls[3] = { DESC_DATA3, DESC_DATA3, DESC_DATA3 }, none[3];
	unsigned long flags = irqs_off();
	struct cpu *cpu = this_cpu();

	pvops_cpu_load_tls(cpu->gdt, tls);
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_TLS / 8 + 1, 0);
	EXPECT(faults(util_load_fs, SELECTOR(SEL_TLS / 8 + 1, 3), VECTOR_GP));
	pvops_cpu_load_tls(cpu->gdt, tls);
	EXPECT(!faults(util_load_fs, SELECTOR(SEL_TLS / 8 + 1, 3), VECTOR_GP));
	util_load_fs(NULL);
	pvops_cpu_load_tls(cpu->gdt, none);
	irqs_back(flags);
}

GUEST_TEST(cpu_load_tls_touches_nothing_else)
{
	static const u64 none[3];
	unsigned long flags = irqs_off();
	struct cpu *cpu = this_cpu();
	u64 before = cpu->gdt[SEL_TLS / 8 - 3], behind = cpu->gdt[SEL_TLS / 8 + 3];

	pvops_cpu_load_tls(cpu->gdt, none);
	EXPECT(cpu->gdt[SEL_TLS / 8 - 3] == before && cpu->gdt[SEL_TLS / 8 + 3] == behind);
	irqs_back(flags);
}

GUEST_TEST(cpu_set_kernel_stack_notes_it)
{
	unsigned long flags = irqs_off();
	struct cpu *cpu = this_cpu();

	pvops_cpu_set_kernel_stack(&cpu->tss, DIRECT_MAP + 0x1000);
	EXPECT(TSS_SP(&cpu->tss) == DIRECT_MAP + 0x1000);
	pvops_cpu_set_kernel_stack(&cpu->tss, cpu->kernel_sp);
	EXPECT(TSS_SP(&cpu->tss) == cpu->kernel_sp);
	irqs_back(flags);
}
