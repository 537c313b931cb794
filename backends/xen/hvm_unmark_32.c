// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The HVM side where <pvops/unmark.h> matters: what exits to Xen does so without the mark.
 *
 * HLT is left out. The instruction before it is STI, behind which QEMU's CPU may be held for
 * anything; when it is back there, fetching has left the mark, and it would never pass. In its
 * place the vCPU sleeps by hypercall.
 */
#include <pvops/unmark.h>
#include "hvm.h"

#define UNMARKED(name)	PVOPS_CALL(pvops_unmarked_##name)

/* The longest that an interrupt which came between STI and the hypercall goes unnoticed. */
#define NAP_NS		1000000

extern const u8 pvops_unmarked_cpuid[], pvops_unmarked_rdmsr[], pvops_unmarked_wrmsr[];
extern const u8 pvops_unmarked_wbinvd[], pvops_unmarked_clts[];
extern const u8 pvops_unmarked_read_cr0[], pvops_unmarked_write_cr0[];
extern const u8 pvops_unmarked_read_cr4[], pvops_unmarked_write_cr4[];

PVOPS_THUNK_irq_halt(unmark_halt_op, unmark_halt);
PVOPS_THUNK_irq_enable_halt(unmark_enable_halt_op, unmark_enable_halt);
PVOPS_THUNK_cpu_write_cr3(unmark_write_cr3_op, unmark_write_cr3);
PVOPS_THUNK_mmu_activate(unmark_activate_op, unmark_write_cr3);

static u32 taken;			/* interrupts */
static pvops_gpa_t boot_root;

static void nap(u64 ns)
{
	struct sched_poll op = { .timeout = ns ? xen_host_time(xen_clock() + ns) : 0 };

	XEN_MUST("SCHEDOP_poll", xen_call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &op));
}

void unmark_halt(void)
{
	unsigned long flags;

	asm volatile("pushf; pop %0" : "=r"(flags));
	if (flags & PVOPS_FLAGS_IF)
		nap(NAP_NS);
	else
		for (;;)
			nap(0);
}

void unmark_enable_halt(void)
{
	u32 before = taken;

	asm volatile("sti; nop" : : : "memory");
	if (*(volatile u32 *)&taken == before)
		nap(NAP_NS);
}

static void unmark_irq_handle(unsigned int vector)
{
	taken++;
	hvm_irq_handle(vector);
}

void unmark_write_cr3(pvops_gpa_t root)
{
	unsigned long gpa = (__force unsigned long)root;

	if (root != boot_root)
		pvops_unmark_distance = (unsigned long)pvops_get_host()->gpa_to_virt(root) - gpa;
	asm volatile("mov %0, %%cr3" : : "r"(gpa) : "memory");
}

/* CPUs share tables, and would leave marks for each other. */
static int unmark_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start)
{
	return cpu && cpu < pvops_smp_nr_cpus() ? -PVOPS_ENOSYS : -PVOPS_EINVAL;
}

static const struct {
	u16 op;
	struct pvops_form form;
} unmark_forms[] = {
	{ PVOPS_OP_cpu_cpuid, UNMARKED(cpuid) },
	{ PVOPS_OP_cpu_read_msr, UNMARKED(rdmsr) },
	{ PVOPS_OP_cpu_write_msr, UNMARKED(wrmsr) },
	{ PVOPS_OP_cpu_wbinvd, UNMARKED(wbinvd) },
	{ PVOPS_OP_cpu_clts, UNMARKED(clts) },
	{ PVOPS_OP_cpu_read_cr0, UNMARKED(read_cr0) },
	{ PVOPS_OP_cpu_write_cr0, UNMARKED(write_cr0) },
	{ PVOPS_OP_cpu_read_cr4, UNMARKED(read_cr4) },
	{ PVOPS_OP_cpu_write_cr4, UNMARKED(write_cr4) },
	{ PVOPS_OP_cpu_write_cr3, PVOPS_CALL(unmark_write_cr3_op) },
	{ PVOPS_OP_mmu_activate, PVOPS_CALL(unmark_activate_op) },
	{ PVOPS_OP_irq_halt, PVOPS_CALL(unmark_halt_op) },
	{ PVOPS_OP_irq_enable_halt, PVOPS_CALL(unmark_enable_halt_op) },
	{ PVOPS_OP_irq_handle, PVOPS_CALL(unmark_irq_handle) },
	{ PVOPS_OP_smp_start_cpu, PVOPS_CALL(unmark_start_cpu) },
};

void hvm_unmark(struct pvops_form forms[PVOPS_NR_OPS], const struct pvops_boot *boot)
{
	if (!pvops_unmark)
		return;
	pvops_unmark = PVOPS_UNMARK_KEPT;
	boot_root = boot->root;
	pvops_log("xen-hvm: this CPU marks PAE's first table: taken off for Xen; one CPU only");
	for (u32 i = 0; i < sizeof(unmark_forms) / sizeof(*unmark_forms); i++)
		forms[unmark_forms[i].op] = unmark_forms[i].form;
}
