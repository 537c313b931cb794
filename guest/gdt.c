// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Descriptor tables of a CPU, all set up by ops. */
#include "trap.h"
#include "vmm.h"

#define STUB_SIZE	32
#define VECTOR_BP	3
#define VECTOR_DF	8
#define VECTOR_SYSCALL	0x80
#define DESC_TSS	0x0000890000000000ULL
#define DESC_DATA	0x00cf93000000ffffULL	/* all of the address space */
#define DESC_CODE	0x00cf9b000000ffffULL
#define DESC_LONG	0x0060000000000000ULL	/* for DESC_CODE: turns it to one of 64 bits */
#define DESC_DPL3	0x0000600000000000ULL

extern u8 vector_stubs[][STUB_SIZE];
void entry_syscall_bare(void);
void entry_syscall_framed(void);
void entry_upcall(void);
void entry_failsafe(void);
void entry_double_fault(void);

struct pvops_gate idt[NR_VECTORS] __attribute__((aligned(4096)));

static const struct pvops_entries entries = {
#ifdef __x86_64__
	.syscall_bare = entry_syscall_bare,
	.syscall_framed = entry_syscall_framed,
	.failsafe = entry_failsafe,
#endif
	.upcall = entry_upcall,
};

struct pvops_gate gate_make(unsigned long entry, unsigned int type)
{
	struct pvops_gate gate;
	u16 cs;

	asm("mov %%cs, %0" : "=r"(cs));
	gate.low = (entry & 0xffff) | (u32)cs << 16;
#ifdef __x86_64__
	gate.low |= (u64)(type | (entry & 0xffff0000)) << 32;
	gate.high = entry >> 32;
#else
	gate.high = type | (entry & 0xffff0000);
#endif
	return gate;
}

static void fill_idt(void)
{
	for (unsigned int v = 0; v < NR_VECTORS; v++) {
		bool user = v == VECTOR_BP || v == VECTOR_SYSCALL;

		idt[v] = gate_make((unsigned long)vector_stubs[v],
				   user ? GATE_INTERRUPT | GATE_USER : GATE_INTERRUPT);
	}
#ifndef __x86_64__
	idt[VECTOR_DF] = (struct pvops_gate){ SEL_FAULT_TSS << 16, GATE_TASK };
#endif
}

static u64 tss_desc(const struct pvops_tss *tss)
{
	return pvops_desc_with_base(DESC_TSS | (sizeof(*tss) - 1), (unsigned long)tss);
}

_Static_assert(sizeof(struct pvops_tss) <= 0x10000, "its limit fits into 16 bits");

#ifdef __x86_64__
static void write_segments(struct cpu *cpu)
{
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_KERNEL_CS / 8, DESC_CODE ^ DESC_LONG);
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_KERNEL_DS / 8, DESC_DATA);
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_USER_DS / 8, DESC_DATA | DESC_DPL3);
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_USER_CS / 8, (DESC_CODE ^ DESC_LONG) | DESC_DPL3);
}

static void write_tss(struct cpu *cpu)
{
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_TSS / 8, tss_desc(&cpu->tss));
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_TSS / 8 + 1, (unsigned long)&cpu->tss >> 32);
}
#else
static void write_segments(struct cpu *cpu)
{
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_KERNEL_CS / 8, DESC_CODE);
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_KERNEL_DS / 8, DESC_DATA);
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_GS / 8,
				  pvops_desc_with_base(DESC_DATA, (unsigned long)cpu));
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_USER_DS / 8, DESC_DATA | DESC_DPL3);
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_USER_CS / 8, DESC_CODE | DESC_DPL3);
}

void cpu_fault_task(void)
{
	struct cpu *cpu = this_cpu();

	cpu->fault_tss.ip = (u32)(unsigned long)entry_double_fault;
	cpu->fault_tss.sp = (u32)(unsigned long)(cpu->fault_stack + sizeof(cpu->fault_stack));
}

/* The double fault has a task of its own, for the kernel's stack may be what is wrong. */
static void write_tss(struct cpu *cpu)
{
	u16 cs, ss;

	asm("mov %%cs, %0; mov %%ss, %1" : "=r"(cs), "=r"(ss));
	cpu->tss.stack[0].ss = ss;
	cpu->fault_tss = (struct pvops_tss){
		.cr3 = (u32)(__force unsigned long)pvops_pfn_to_gpa(kernel_root),
		.flags = 2, .cs = cs, .ss = ss,
		.ds = SEL_KERNEL_DS, .es = SEL_KERNEL_DS, .gs = SEL_GS,
		.io_base = sizeof(cpu->fault_tss),
	};
	cpu_fault_task();
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_TSS / 8, tss_desc(&cpu->tss));
	pvops_cpu_write_gdt_entry(cpu->gdt, SEL_FAULT_TSS / 8, tss_desc(&cpu->fault_tss));
	/* GS is from the boot's table still. */
	pvops_cpu_write_gs_base((unsigned long)cpu);
}
#endif

void cpu_tables_init(void)
{
	struct cpu *cpu = this_cpu();
	struct pvops_desc_ptr gdt_ptr = { sizeof(cpu->gdt) - 1, (unsigned long)cpu->gdt };
	struct pvops_desc_ptr idt_ptr = { sizeof(idt) - 1, (unsigned long)idt };

	/* By the op, for it may be loaded: a CPU that has been stopped and started again. */
	write_segments(cpu);
	pvops_cpu_load_gdt(&gdt_ptr);

	/* Behind load_gdt, for a host that owns the table then may not want a TSS in it. */
	cpu->tss.io_base = sizeof(cpu->tss);
	write_tss(cpu);
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
