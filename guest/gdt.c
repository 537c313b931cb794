// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Descriptor tables of a CPU, all set up by ops. */
#include "trap.h"

#define STUB_SIZE	32
#define GATE_INTERRUPT	0x8e00
#define GATE_USER	0x6000		/* DPL 3 */
#define VECTOR_BP	3
#define VECTOR_SYSCALL	0x80
#define DESC_TSS	0x0000890000000000ULL

#define DESC_KERNEL_CS	0x00af9b000000ffffULL
#define DESC_KERNEL_DS	0x00cf93000000ffffULL
#define DESC_USER_DS	0x00cff3000000ffffULL
#define DESC_USER_CS	0x00affb000000ffffULL

extern u8 vector_stubs[][STUB_SIZE];
void entry_syscall_bare(void);
void entry_syscall_framed(void);
void entry_upcall(void);
void entry_failsafe(void);

struct pvops_gate idt[NR_VECTORS] __attribute__((aligned(4096)));

static const struct pvops_entries entries = {
	.syscall_bare = entry_syscall_bare,
	.syscall_framed = entry_syscall_framed,
	.upcall = entry_upcall,
	.failsafe = entry_failsafe,
};

static u16 kernel_cs(void)
{
	u16 cs;

	asm("mov %%cs, %0" : "=r"(cs));
	return cs;
}

static void fill_idt(void)
{
	for (unsigned int v = 0; v < NR_VECTORS; v++) {
		unsigned long stub = (unsigned long)vector_stubs[v];
		u64 type = GATE_INTERRUPT;

		if (v == VECTOR_BP || v == VECTOR_SYSCALL)
			type |= GATE_USER;
		idt[v].low = (stub & 0xffff) | (u64)kernel_cs() << 16 | type << 32 |
			     (u64)(stub >> 16 & 0xffff) << 48;
		idt[v].high = stub >> 32;
	}
}

void cpu_tables_init(void)
{
	struct cpu *cpu = this_cpu();
	unsigned long tss = (unsigned long)&cpu->tss;
	struct pvops_desc_ptr gdt_ptr = { sizeof(cpu->gdt) - 1, (unsigned long)cpu->gdt };
	struct pvops_desc_ptr idt_ptr = { sizeof(idt) - 1, (unsigned long)idt };
	u64 desc;

	/* By the op, for it may be loaded: a CPU that has been stopped and started again. */
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_KERNEL_CS / 8, DESC_KERNEL_CS);
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_KERNEL_DS / 8, DESC_KERNEL_DS);
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_USER_DS / 8, DESC_USER_DS);
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_USER_CS / 8, DESC_USER_CS);
	pvops_cpu_load_gdt(&gdt_ptr);

	/* Behind load_gdt, for a host that owns the table then may not want a TSS in it. */
	cpu->tss.io_base = sizeof(cpu->tss);
	desc = DESC_TSS | (sizeof(cpu->tss) - 1) % 0x10000 | (u64)(tss & 0xffffff) << 16 |
	       (u64)(tss >> 24 & 0xff) << 56;
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_TSS / 8, desc);
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_TSS / 8 + 1, tss >> 32);
	pvops_cpu_load_tr(SEL_TSS);
	/* After a reset the LDT is the first 64 KiB of memory. */
	pvops_cpu_set_ldt(cpu->gdt, NULL, 0);
	pvops_cpu_set_kernel_stack(&cpu->tss, cpu->kernel_sp);

	if (!pvops_cpu())
		fill_idt();
	pvops_cpu_load_idt(&idt_ptr);
	if (pvops_cpu_set_entries(&entries))
		kpanic("the host refuses our entries");
}
