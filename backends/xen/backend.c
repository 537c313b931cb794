// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Xen PV as a backend: the forms, and the order of its start.
 */
#include "xen.h"

#define XEN(op, form) [PVOPS_OP_##op] = form

static const struct pvops_form xen_forms[PVOPS_NR_OPS] = {
	XEN(cpu_read_cr0, PVOPS_CALL(xen_read_cr0_op)),
	XEN(cpu_write_cr0, PVOPS_CALL(xen_write_cr0_op)),
	XEN(cpu_read_cr2, PVOPS_INLINE_RELOC(xen_cr2)),
	XEN(cpu_write_cr2, PVOPS_CALL(xen_write_cr2_op)),
	XEN(cpu_read_cr3, PVOPS_CALL(xen_read_cr3_op)),
	XEN(cpu_write_cr3, PVOPS_CALL(xen_write_cr3_op)),
	XEN(cpu_read_cr4, PVOPS_CALL(xen_read_cr4_op)),
	XEN(cpu_write_cr4, PVOPS_CALL(xen_write_cr4_op)),
	XEN(cpu_read_cr8, PVOPS_CALL(xen_zero)),
	XEN(cpu_write_cr8, PVOPS_NOP(xen_nothing)),
	XEN(cpu_get_dr, PVOPS_CALL(xen_get_dr)),
	XEN(cpu_set_dr, PVOPS_CALL(xen_set_dr)),
	XEN(cpu_read_msr, PVOPS_INLINE(xen_rdmsr)),
	XEN(cpu_write_msr, PVOPS_CALL(xen_write_msr_op)),
	XEN(cpu_read_msr_safe, PVOPS_CALL(xen_read_msr_safe)),
	XEN(cpu_write_msr_safe, PVOPS_CALL(xen_write_msr_safe)),
	XEN(cpu_cpuid, PVOPS_INLINE_MULTI(xen_cpuid)),
	XEN(cpu_rdpmc, PVOPS_CALL(xen_zero_pair)),
	XEN(cpu_load_gdt, PVOPS_CALL(xen_load_gdt_op)),
	XEN(cpu_load_idt, PVOPS_CALL(xen_load_idt_op)),
	XEN(cpu_set_ldt, PVOPS_CALL(xen_set_ldt)),
	XEN(cpu_load_tr, PVOPS_NOP(xen_nothing)),
	XEN(cpu_store_tr, PVOPS_CALL(xen_zero)),
	XEN(cpu_write_gdt_entry, PVOPS_CALL(xen_write_gdt_op)),
	XEN(cpu_write_ldt_entry, PVOPS_CALL(xen_write_ldt_op)),
	XEN(cpu_write_idt_entry, PVOPS_CALL(xen_write_idt_entry)),
	XEN(cpu_load_tls, PVOPS_CALL(xen_load_tls)),
	XEN(cpu_write_fs_base, PVOPS_CALL(xen_write_fs_base)),
	XEN(cpu_write_gs_base, PVOPS_CALL(xen_write_gs_base)),
	XEN(cpu_write_user_gs_base, PVOPS_CALL(xen_write_user_gs_base)),
	XEN(cpu_load_gs_index, PVOPS_CALL(xen_load_gs_index)),
	XEN(cpu_set_kernel_stack, PVOPS_CALL(xen_set_kernel_stack_op)),
	XEN(cpu_set_entries, PVOPS_CALL(xen_set_entries)),
	XEN(cpu_in8, PVOPS_CALL(xen_in8_op)),
	XEN(cpu_in16, PVOPS_CALL(xen_in16_op)),
	XEN(cpu_in32, PVOPS_CALL(xen_in32_op)),
	XEN(cpu_out8, PVOPS_CALL(xen_out8_op)),
	XEN(cpu_out16, PVOPS_CALL(xen_out16_op)),
	XEN(cpu_out32, PVOPS_CALL(xen_out32_op)),
	XEN(cpu_io_delay, PVOPS_NOP(xen_nothing)),
	XEN(cpu_set_io_bitmap, PVOPS_CALL(xen_set_io_bitmap)),
	XEN(cpu_set_iopl, PVOPS_CALL(xen_set_iopl)),
	XEN(cpu_clts, PVOPS_CALL(xen_clts_op)),
	XEN(cpu_wbinvd, PVOPS_CALL(xen_wbinvd_op)),
	XEN(cpu_swapgs, PVOPS_NOP(xen_nothing)),
	XEN(cpu_iret, PVOPS_INLINE_RELOC_FN(xen_iret, xen_iret_func)),
	XEN(cpu_sysret, PVOPS_INLINE_RELOC_FN(xen_sysret, xen_sysret_func)),
	XEN(cpu_entry_frame, PVOPS_INLINE_FN(xen_entry_frame, xen_entry_frame_func)),
	XEN(cpu_shutdown, PVOPS_CALL(xen_shutdown)),

	XEN(irq_save, PVOPS_INLINE_MULTI_RELOC(xen_irq_save)),
	XEN(irq_restore, PVOPS_CALL(xen_irq_restore)),
	XEN(irq_disable, PVOPS_INLINE_RELOC(xen_irq_disable)),
	XEN(irq_enable, PVOPS_CALL(xen_irq_enable)),
	XEN(irq_halt, PVOPS_CALL(xen_halt_op)),
	XEN(irq_enable_halt, PVOPS_CALL(xen_enable_halt_op)),
	XEN(irq_bind, PVOPS_CALL(xen_irq_bind)),
	XEN(irq_unbind, PVOPS_CALL(xen_irq_unbind)),
	XEN(irq_handle, PVOPS_CALL(xen_irq_handle)),
	XEN(irq_eoi, PVOPS_CALL(xen_irq_eoi)),
	XEN(irq_mask, PVOPS_CALL(xen_irq_mask)),
	XEN(irq_unmask, PVOPS_CALL(xen_irq_unmask)),

	XEN(mmu_make_pte, PVOPS_CALL(xen_make_pte_op)),
	XEN(mmu_pte_val, PVOPS_CALL(xen_pte_val_op)),
	XEN(mmu_pfn_to_mfn, PVOPS_CALL(xen_pfn_to_mfn_op)),
	XEN(mmu_mfn_to_pfn, PVOPS_CALL(xen_mfn_to_pfn_op)),
	XEN(mmu_alloc_table, PVOPS_CALL(xen_alloc_table)),
	XEN(mmu_release_table, PVOPS_CALL(xen_release_table)),
	XEN(mmu_create_as, PVOPS_CALL(xen_create_as)),
	XEN(mmu_destroy_as, PVOPS_CALL(xen_destroy_as)),
	XEN(mmu_pin, PVOPS_CALL(xen_pin)),
	XEN(mmu_unpin, PVOPS_CALL(xen_unpin)),
	XEN(mmu_activate, PVOPS_CALL(xen_activate_op)),
	XEN(mmu_set_pte, PVOPS_CALL(xen_set_pte_op)),
	XEN(mmu_set_pmd, PVOPS_CALL(xen_set_pmd_op)),
	XEN(mmu_set_pud, PVOPS_CALL(xen_set_pud_op)),
	XEN(mmu_set_pgd, PVOPS_CALL(xen_set_pgd_op)),
	XEN(mmu_clear_pte, PVOPS_CALL(xen_clear_pte_op)),
	XEN(mmu_clear_pmd, PVOPS_CALL(xen_clear_pmd_op)),
	XEN(mmu_clear_pud, PVOPS_CALL(xen_clear_pud_op)),
	XEN(mmu_clear_pgd, PVOPS_CALL(xen_clear_pgd_op)),
	XEN(mmu_tas_pte, PVOPS_CALL(xen_tas_pte_op)),
	XEN(mmu_tas_pmd, PVOPS_CALL(xen_tas_pmd_op)),
	XEN(mmu_tas_pud, PVOPS_CALL(xen_tas_pud_op)),
	XEN(mmu_tas_pgd, PVOPS_CALL(xen_tas_pgd_op)),
	XEN(mmu_xchg_pte, PVOPS_CALL(xen_xchg_pte_op)),
	XEN(mmu_xchg_pmd, PVOPS_CALL(xen_xchg_pmd_op)),
	XEN(mmu_xchg_pud, PVOPS_CALL(xen_xchg_pud_op)),
	XEN(mmu_xchg_pgd, PVOPS_CALL(xen_xchg_pgd_op)),
	XEN(mmu_protect_pte, PVOPS_CALL(xen_protect_pte)),
	XEN(mmu_protect_pmd, PVOPS_CALL(xen_protect_pmd)),
	XEN(mmu_protect_pud, PVOPS_CALL(xen_protect_pud)),
	XEN(mmu_protect_pgd, PVOPS_CALL(xen_protect_pgd)),
	XEN(mmu_flush_one, PVOPS_CALL(xen_flush_one_op)),
	XEN(mmu_flush_local, PVOPS_CALL(xen_flush_local)),
	XEN(mmu_flush_global, PVOPS_CALL(xen_flush_local)),
	XEN(mmu_flush_others, PVOPS_CALL(xen_flush_others)),
	XEN(mmu_set_fixmap, PVOPS_CALL(xen_set_fixmap_op)),
	XEN(mmu_batch_begin, PVOPS_CALL(xen_batch_begin)),
	XEN(mmu_batch_flush, PVOPS_CALL(xen_batch_flush)),

	XEN(time_clock, PVOPS_CALL(xen_clock)),
	XEN(time_wallclock, PVOPS_CALL(xen_wallclock)),
	XEN(time_set_timer, PVOPS_CALL(xen_set_timer)),
	XEN(time_stop_timer, PVOPS_CALL(xen_stop_timer)),
	XEN(time_steal, PVOPS_CALL(xen_steal)),

	XEN(smp_nr_cpus, PVOPS_CALL(xen_nr_cpus)),
	XEN(smp_start_cpu, PVOPS_CALL(xen_start_cpu)),
	XEN(smp_stop_cpu, PVOPS_CALL(xen_stop_cpu)),
	XEN(smp_cpu_stopped, PVOPS_CALL(xen_cpu_stopped)),
	XEN(smp_send_ipi, PVOPS_CALL(xen_send_ipi)),
	XEN(smp_yield, PVOPS_CALL(xen_yield_op)),
	XEN(smp_poll, PVOPS_CALL(xen_poll)),

	XEN(lock_wait, PVOPS_CALL(xen_lock_wait)),
	XEN(lock_kick, PVOPS_CALL(xen_lock_kick)),
};

static void xen_detect(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	/* Only this boot entry can have brought us into a PV guest's environment. */
	if (!xen_start || probe->boot->info != xen_start)
		return;
	verdict->score = ~0U;
	verdict->role = xen_dom0 ? PVOPS_ROLE_ROOT : PVOPS_ROLE_GUEST;
	pvops_snprintf(verdict->reason, sizeof(verdict->reason), "entered as a PV guest of %s, %s",
		       xen_start->magic, xen_dom0 ? "initial domain" : "ordinary domain");
}

/* From here on the vCPU's events are masked and announced in the CPU's own block. */
int xen_register_vcpu(unsigned int cpu)
{
	struct pvops_percpu *percpu = pvops_get_host()->percpu(cpu);
	int err = xen_vcpu_register(cpu, xen_virt_to_machine(percpu->hv));

	percpu->hv[1] = 1;
	return err;
}

void xen_enable_assists(void)
{
	/* Direct stores to level-1 tables, where we make them, are emulated: see mmu.c. */
	XEN_MUST("vm_assist", xen_call2(__HYPERVISOR_vm_assist, VMASST_CMD_enable,
					VMASST_TYPE_writable_pagetables));
}

static int xen_init(struct pvops_boot *boot)
{
	unsigned long gs = (unsigned long)pvops_get_host()->percpu(0) - (unsigned long)pvops_percpu;
	long err = xen_raw_call(__HYPERVISOR_set_segment_base, SEGBASE_GS_KERNEL, gs, 0, 0);

	if (err) {
		pvops_log("xen-pv: GS base refused: error %ld", err);
		return (int)err;
	}
	err = xen_p2m_init();
	if (!err)
		err = xen_batch_init(0);
	if (!err)
		err = xen_shared_map((void *)(boot->used_end + boot->virt_offset));
	if (!err)
		err = xen_register_vcpu(0);
	if (err)
		return (int)err;
	/* The page that the shared one is mapped in place of. */
	boot->used_end += PVOPS_PAGE_SIZE;
	xen_cpu_init(0);
	xen_console_init();
	xen_enable_assists();
	if (xen_dom0)
		xen_set_iopl(1);
	xen_clock_init("xen-pv");
	return xen_cpus_init();
}

static int xen_init_cpu(unsigned int cpu)
{
	int err = 0;

	if (cpu && !xen_cpu_of(cpu)->kicker) {
		err = xen_batch_init(cpu);
		if (!err)
			err = xen_register_vcpu(cpu);
		xen_cpu_init(cpu);
	}
	return err ? err : xen_vcpu_prepare(cpu);
}

static const struct pvops_backend xen_backend = {
	.abi = PVOPS_BACKEND_ABI,
	.size = sizeof(struct pvops_backend),
	.name = "xen-pv",
	.nr_ops = PVOPS_NR_OPS,
	.forms = xen_forms,
	.detect = xen_detect,
	.init = xen_init,
	.late_init = xen_tables_init,
	.init_cpu = xen_init_cpu,
	.log = xen_console_write,
	.suspend = xen_suspend,
	.user_cs = FLAT_USER_CS,
	.user_ss = FLAT_USER_SS,
};

PVOPS_BACKEND(xen_backend);
