// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Bare hardware as a backend: the forms, and when it may run.
 */
#include "native.h"

#define NATIVE(op, form) [PVOPS_OP_##op] = form

/* On i386 an entry of 8 bytes takes a loop to be written at once, and some ops are nothing. */
#ifdef __x86_64__
#define NATIVE_WIDE(t)		PVOPS_INLINE(t)
#define NATIVE_WIDE_CLEAR(t)	PVOPS_INLINE(t)
#define NATIVE_WIDE_MULTI(t)	PVOPS_INLINE_MULTI(t)
#define NATIVE_64(t)		PVOPS_INLINE(t)
#else
#define NATIVE_WIDE(t)		PVOPS_CALL(t)
#define NATIVE_WIDE_CLEAR(t)	PVOPS_INLINE_MULTI(t)
#define NATIVE_WIDE_MULTI(t)	PVOPS_CALL(t)
#define NATIVE_64(t)		PVOPS_NOP(native_nothing)
#endif

static const struct pvops_form native_forms[PVOPS_NR_OPS] = {
	NATIVE(cpu_read_cr0, PVOPS_INLINE(native_read_cr0)),
	NATIVE(cpu_write_cr0, PVOPS_INLINE(native_write_cr0)),
	NATIVE(cpu_read_cr2, PVOPS_INLINE(native_read_cr2)),
	NATIVE(cpu_write_cr2, PVOPS_INLINE(native_write_cr2)),
	NATIVE(cpu_read_cr3, PVOPS_INLINE(native_read_cr3)),
	NATIVE(cpu_write_cr3, PVOPS_INLINE(native_write_cr3)),
	NATIVE(cpu_read_cr4, PVOPS_INLINE(native_read_cr4)),
	NATIVE(cpu_write_cr4, PVOPS_INLINE(native_write_cr4)),
	NATIVE(cpu_read_cr8, PVOPS_INLINE(native_read_cr8)),
	NATIVE(cpu_write_cr8, NATIVE_64(native_write_cr8)),
	NATIVE(cpu_get_dr, PVOPS_CALL(native_cpu_get_dr)),
	NATIVE(cpu_set_dr, PVOPS_CALL(native_cpu_set_dr)),
	NATIVE(cpu_read_msr, PVOPS_INLINE(native_read_msr)),
	NATIVE(cpu_write_msr, PVOPS_INLINE(native_write_msr)),
	NATIVE(cpu_read_msr_safe, PVOPS_CALL(native_cpu_read_msr_safe)),
	NATIVE(cpu_write_msr_safe, PVOPS_CALL(native_cpu_write_msr_safe)),
	NATIVE(cpu_cpuid, PVOPS_INLINE(native_cpuid)),
	NATIVE(cpu_rdpmc, PVOPS_INLINE(native_rdpmc)),
	NATIVE(cpu_load_gdt, PVOPS_INLINE(native_load_gdt)),
	NATIVE(cpu_load_idt, PVOPS_INLINE(native_load_idt)),
	NATIVE(cpu_set_ldt, PVOPS_CALL(native_cpu_set_ldt)),
	NATIVE(cpu_load_tr, PVOPS_INLINE(native_load_tr)),
	NATIVE(cpu_store_tr, PVOPS_INLINE(native_store_tr)),
	NATIVE(cpu_write_gdt_entry, NATIVE_WIDE(native_write_desc)),
	NATIVE(cpu_write_ldt_entry, NATIVE_WIDE(native_write_desc)),
	NATIVE(cpu_write_idt_entry, PVOPS_CALL(native_cpu_write_idt_entry)),
	NATIVE(cpu_load_tls, PVOPS_CALL(native_cpu_load_tls)),
	NATIVE(cpu_write_fs_base, PVOPS_CALL(native_cpu_write_fs_base)),
	NATIVE(cpu_write_gs_base, PVOPS_CALL(native_cpu_write_gs_base)),
	NATIVE(cpu_write_user_gs_base, PVOPS_CALL(native_cpu_write_user_gs_base)),
	NATIVE(cpu_load_gs_index, PVOPS_CALL(native_cpu_load_gs_index)),
	NATIVE(cpu_set_kernel_stack, PVOPS_INLINE(native_set_kernel_stack)),
	NATIVE(cpu_set_entries, PVOPS_CALL(native_cpu_set_entries)),
	NATIVE(cpu_in8, PVOPS_INLINE(native_in8)),
	NATIVE(cpu_in16, PVOPS_INLINE(native_in16)),
	NATIVE(cpu_in32, PVOPS_INLINE(native_in32)),
	NATIVE(cpu_out8, PVOPS_INLINE(native_out8)),
	NATIVE(cpu_out16, PVOPS_INLINE(native_out16)),
	NATIVE(cpu_out32, PVOPS_INLINE(native_out32)),
	NATIVE(cpu_io_delay, PVOPS_INLINE(native_io_delay)),
	NATIVE(cpu_set_io_bitmap, PVOPS_CALL(native_cpu_set_io_bitmap)),
	NATIVE(cpu_set_iopl, PVOPS_CALL(native_cpu_set_iopl)),
	NATIVE(cpu_clts, PVOPS_INLINE(native_clts)),
	NATIVE(cpu_wbinvd, PVOPS_INLINE(native_wbinvd)),
	NATIVE(cpu_swapgs, NATIVE_64(native_swapgs)),
	NATIVE(cpu_iret, PVOPS_INLINE_FN(native_iret, native_iret_func)),
	NATIVE(cpu_sysret, PVOPS_CALL(native_sysret_func)),
	NATIVE(cpu_entry_frame, PVOPS_NOP(native_nothing)),
	NATIVE(cpu_shutdown, PVOPS_CALL(native_cpu_shutdown)),

	NATIVE(irq_save, PVOPS_INLINE_MULTI(native_irq_save)),
	NATIVE(irq_restore, PVOPS_INLINE_MULTI(native_irq_restore)),
	NATIVE(irq_disable, PVOPS_INLINE(native_irq_disable)),
	NATIVE(irq_enable, PVOPS_INLINE(native_irq_enable)),
	NATIVE(irq_halt, PVOPS_INLINE(native_halt)),
	NATIVE(irq_enable_halt, PVOPS_INLINE_MULTI(native_enable_halt)),
	NATIVE(irq_bind, PVOPS_CALL(native_irq_bind)),
	NATIVE(irq_unbind, PVOPS_CALL(native_irq_unbind)),
	NATIVE(irq_handle, PVOPS_CALL(native_irq_handle)),
	NATIVE(irq_eoi, PVOPS_CALL(native_irq_eoi)),
	NATIVE(irq_mask, PVOPS_CALL(native_irq_mask)),
	NATIVE(irq_unmask, PVOPS_CALL(native_irq_unmask)),

	NATIVE(mmu_make_pte, PVOPS_NOP(native_nothing)),
	NATIVE(mmu_pte_val, PVOPS_NOP(native_nothing)),
	NATIVE(mmu_pfn_to_mfn, PVOPS_NOP(native_nothing)),
	NATIVE(mmu_mfn_to_pfn, PVOPS_NOP(native_nothing)),
	NATIVE(mmu_alloc_table, PVOPS_NOP(native_nothing)),
	NATIVE(mmu_release_table, PVOPS_NOP(native_nothing)),
	NATIVE(mmu_create_as, PVOPS_NOP(native_success)),
	NATIVE(mmu_destroy_as, PVOPS_NOP(native_nothing)),
	NATIVE(mmu_pin, PVOPS_NOP(native_success)),
	NATIVE(mmu_unpin, PVOPS_NOP(native_nothing)),
	NATIVE(mmu_activate, PVOPS_INLINE(native_activate)),
	NATIVE(mmu_set_pte, NATIVE_WIDE(native_set_entry)),
	NATIVE(mmu_set_pmd, NATIVE_WIDE(native_set_entry)),
	NATIVE(mmu_set_pud, NATIVE_WIDE(native_set_entry)),
	NATIVE(mmu_set_pgd, NATIVE_WIDE(native_set_entry)),
	NATIVE(mmu_clear_pte, NATIVE_WIDE_CLEAR(native_clear_entry)),
	NATIVE(mmu_clear_pmd, NATIVE_WIDE_CLEAR(native_clear_entry)),
	NATIVE(mmu_clear_pud, NATIVE_WIDE_CLEAR(native_clear_entry)),
	NATIVE(mmu_clear_pgd, NATIVE_WIDE_CLEAR(native_clear_entry)),
	NATIVE(mmu_tas_pte, PVOPS_INLINE_MULTI(native_tas_entry)),
	NATIVE(mmu_tas_pmd, PVOPS_INLINE_MULTI(native_tas_entry)),
	NATIVE(mmu_tas_pud, PVOPS_INLINE_MULTI(native_tas_entry)),
	NATIVE(mmu_tas_pgd, PVOPS_INLINE_MULTI(native_tas_entry)),
	NATIVE(mmu_xchg_pte, NATIVE_WIDE(native_xchg_entry)),
	NATIVE(mmu_xchg_pmd, NATIVE_WIDE(native_xchg_entry)),
	NATIVE(mmu_xchg_pud, NATIVE_WIDE(native_xchg_entry)),
	NATIVE(mmu_xchg_pgd, NATIVE_WIDE(native_xchg_entry)),
	NATIVE(mmu_protect_pte, PVOPS_CALL(native_mmu_protect)),
	NATIVE(mmu_protect_pmd, PVOPS_CALL(native_mmu_protect)),
	NATIVE(mmu_protect_pud, PVOPS_CALL(native_mmu_protect)),
	NATIVE(mmu_protect_pgd, PVOPS_CALL(native_mmu_protect)),
	NATIVE(mmu_flush_one, PVOPS_INLINE(native_flush_one)),
	NATIVE(mmu_flush_local, PVOPS_CALL(native_mmu_flush_local)),
	NATIVE(mmu_flush_global, PVOPS_CALL(native_mmu_flush_global)),
	NATIVE(mmu_flush_others, PVOPS_CALL(native_mmu_flush_others)),
	NATIVE(mmu_set_fixmap, NATIVE_WIDE_MULTI(native_set_fixmap)),
	NATIVE(mmu_batch_begin, PVOPS_NOP(native_nothing)),
	NATIVE(mmu_batch_flush, PVOPS_NOP(native_success)),

	NATIVE(time_clock, PVOPS_CALL(native_time_clock)),
	NATIVE(time_wallclock, PVOPS_CALL(native_time_wallclock)),
	NATIVE(time_set_timer, PVOPS_CALL(native_time_set_timer)),
	NATIVE(time_stop_timer, PVOPS_CALL(native_time_stop_timer)),
	NATIVE(time_steal, PVOPS_CALL(native_time_steal)),

	NATIVE(smp_nr_cpus, PVOPS_CALL(native_smp_nr_cpus)),
	NATIVE(smp_start_cpu, PVOPS_CALL(native_smp_start_cpu)),
	NATIVE(smp_stop_cpu, PVOPS_CALL(native_smp_stop_cpu)),
	NATIVE(smp_cpu_stopped, PVOPS_CALL(native_smp_cpu_stopped)),
	NATIVE(smp_send_ipi, PVOPS_CALL(native_smp_send_ipi)),
	NATIVE(smp_yield, PVOPS_INLINE(native_yield)),
	NATIVE(smp_poll, PVOPS_CALL(native_smp_poll)),

	NATIVE(lock_wait, PVOPS_CALL(native_lock_wait)),
	NATIVE(lock_kick, PVOPS_NOP(native_nothing)),
};

static void native_detect(const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	char signature[13] = "";

	if (!probe->boot->proto->ring0)
		return;
	verdict->score = 1;
	verdict->role = PVOPS_ROLE_NATIVE;
	if (!probe->hypervisor_bit) {
		pvops_snprintf(verdict->reason, sizeof(verdict->reason), "no hypervisor in CPUID");
		return;
	}
	verdict->role = PVOPS_ROLE_GUEST;
	if (!probe->nr_matches) {
		pvops_snprintf(verdict->reason, sizeof(verdict->reason),
			       "a hypervisor without a name in CPUID");
		return;
	}
	for (int i = 0; i < 12; i++)
		signature[i] = probe->matches[probe->nr_matches - 1].signature[i];
	pvops_snprintf(verdict->reason, sizeof(verdict->reason), "hardware as %s shows it",
		       signature);
}

static int native_init(struct pvops_boot *boot)
{
	unsigned long percpu = (unsigned long)pvops_get_host()->percpu(0);
	int err;

	native_cpu_write_gs_base(percpu - (unsigned long)pvops_percpu);
	err = native_irq_init();
	if (!err)
		err = native_smp_init(boot);
	native_time_init();
	return err;
}

static const struct pvops_backend native_backend = {
	.abi = PVOPS_BACKEND_ABI,
	.size = sizeof(struct pvops_backend),
	.name = "native",
	.nr_ops = PVOPS_NR_OPS,
	.forms = native_forms,
	.detect = native_detect,
	.init = native_init,
	.late_init = native_late_init,
	.init_cpu = native_cpu_up,
};

PVOPS_BACKEND(native_backend);
