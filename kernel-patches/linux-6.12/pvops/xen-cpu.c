// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt flag, registers and descriptors under Xen PV: by the library's backend, whose
 * functions are in the types of its own ops. It stands in the place of arch/x86/xen/irq.c.
 */
#include <linux/init.h>
#include <linux/percpu.h>
#include <linux/processor.h>
#include <asm/desc.h>
#include <asm/x86_init.h>
#include <asm/xen/hypervisor.h>
#include <xen/events.h>
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <pvops/set.h>
#include <pvops/xen-cpu.h>
#include "debug/show.h"
#include "lib/backends/xen/xen.h"

void __init xen_init_irq_ops(void);

/* Where Xen keeps it until vcpu_info is in the CPU's block. */
PVOPS_TEMPLATE(xen_read_cr2, "mov %gs:xen_vcpu(%rip), %rax; mov 16(%rax), %rax");

static void pv_set_ldt(const void *ldt, unsigned int entries)
{
	struct mmuext_op op = {
		.cmd = MMUEXT_SET_LDT,
		.arg1.linear_addr = (unsigned long)ldt,
		.arg2.nr_ents = entries,
	};
	unsigned long masked = xen_mask_save();

	xen_batch_ext(&op);
	xen_batch_kick();
	xen_mask_restore(masked);
}

static void pv_load_tls(struct thread_struct *t, unsigned int cpu)
{
	/* An exception must not find FS with a descriptor that is about to be another one. */
	if (xen_get_lazy_mode() == XEN_LAZY_CPU)
		loadsegment(fs, 0);
	xen_load_tls((u64 *)get_cpu_gdt_rw(cpu), (const u64 *)t->tls_array);
}

static void pv_write_ldt_entry(struct desc_struct *ldt, int entry, const void *desc)
{
	xen_write_ldt_entry((u64 *)ldt, entry, *(const u64 *)desc);
}

static void pv_write_gdt_entry(struct desc_struct *gdt, int entry, const void *desc, int type)
{
	/* These have two entries, and no meaning here. */
	if (type != DESC_LDT && type != DESC_TSS)
		xen_write_gdt_entry((u64 *)gdt, entry, *(const u64 *)desc);
}

static void pv_load_sp0(unsigned long sp0)
{
	xen_set_kernel_stack((struct pvops_tss *)&this_cpu_ptr(&cpu_tss_rw)->x86_tss, sp0);
}

/* objtool looks here: tools/objtool/check.c. */
static const struct pvops_form xen_irq_forms[PVOPS_NR_OPS] __initconst = {
	[PVOPS_OP_irq_save]			= PVOPS_INLINE_MULTI_RELOC(xen_irq_save),
	[PVOPS_OP_irq_disable]			= PVOPS_INLINE_RELOC(xen_irq_disable),
	[PVOPS_OP_irq_enable]			= PVOPS_CALL(xen_irq_enable),
	[PVOPS_OP_linux_safe_halt]		= PVOPS_CALL(xen_enable_halt),
	[PVOPS_OP_linux_halt]			= PVOPS_CALL(xen_halt),
	[PVOPS_OP_linux_get_debugreg]		= PVOPS_CALL(xen_get_dr),
	[PVOPS_OP_linux_set_debugreg]		= PVOPS_CALL(xen_set_dr),
	[PVOPS_OP_cpu_read_cr0]			= PVOPS_CALL(xen_read_cr0_op),
	[PVOPS_OP_linux_write_cr0]		= PVOPS_CALL(xen_write_cr0),
	[PVOPS_OP_linux_load_tr_desc]		= PVOPS_NOP(xen_nothing),
	[PVOPS_OP_linux_set_ldt]		= PVOPS_CALL(pv_set_ldt),
	[PVOPS_OP_linux_load_tls]		= PVOPS_CALL(pv_load_tls),
	[PVOPS_OP_linux_load_gs_index]		= PVOPS_CALL(xen_load_gs_index),
	[PVOPS_OP_linux_write_ldt_entry]	= PVOPS_CALL(pv_write_ldt_entry),
	[PVOPS_OP_linux_write_gdt_entry]	= PVOPS_CALL(pv_write_gdt_entry),
	[PVOPS_OP_linux_load_sp0]		= PVOPS_CALL(pv_load_sp0),
};

/* Early, with interrupts off. The block of each other CPU will begin as a copy of this one's. */
void __init xen_init_irq_ops(void)
{
	xen_start = xen_start_info;
	xen_dom0 = xen_initial_domain();
	xen_cpu_init(0);
	xen_batch_init(0);
	pvops_set_forms(xen_irq_forms);
	x86_init.irqs.intr_init = xen_init_IRQ;
}

void __init pvops_xen_vcpu_info_placed(void)
{
	static const struct pvops_form cr2 __initconst = PVOPS_INLINE_RELOC(xen_cr2);
	int cpu;

	for_each_possible_cpu(cpu)
		if (cpu)
			memset(per_cpu(pvops_percpu, cpu).priv, 0, sizeof(pvops_percpu.priv));
	pvops_forms[PVOPS_OP_cpu_read_cr2] = cr2;
	pvops_set(cpu_read_cr2, xen_cr2);
}

int pvops_xen_prepare_cpu(unsigned int cpu)
{
	int err = xen_batch_init(cpu);

	xen_cpu_init(cpu);
	pvops_tell("CPU %u is prepared: error %d", cpu, err);
	return err;
}
