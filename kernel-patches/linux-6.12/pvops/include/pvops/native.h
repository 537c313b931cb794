/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What bare hardware does for each op; included by kernel/paravirt.c, where the functions are.
 *
 * The table is complete in the image: ops run from the first instruction of C on, and objtool
 * reads it to see where a noinstr function may get to.
 */
#include <pvops/backend.h>

PVOPS_TEMPLATE(pvops_native_save_fl, "pushf; pop %rax");
PVOPS_TEMPLATE(pvops_native_irq_disable, "cli");
PVOPS_TEMPLATE(pvops_native_irq_enable, "sti");
PVOPS_TEMPLATE(pvops_native_read_cr0, "mov %cr0, %rax");
PVOPS_TEMPLATE(pvops_native_read_cr2, "mov %cr2, %rax");
PVOPS_TEMPLATE(pvops_native_write_cr2, "mov %rdi, %cr2");
PVOPS_TEMPLATE(pvops_native_read_cr3, "mov %cr3, %rax");
PVOPS_TEMPLATE(pvops_native_write_cr3, "mov %rdi, %cr3");
PVOPS_TEMPLATE(pvops_native_wbinvd, "wbinvd");
PVOPS_TEMPLATE(pvops_native_set_entry, "mov %rsi, (%rdi)");
PVOPS_TEMPLATE(pvops_native_unlock, "movb $0, (%rdi)");
PVOPS_TEMPLATE(pvops_native_preempted, "xor %eax, %eax");

#ifdef CONFIG_X86_IOPL_IOPERM
#define NATIVE_IO_BITMAP(CALL)							\
	CALL(linux_invalidate_io_bitmap, native_tss_invalidate_io_bitmap)	\
	CALL(linux_update_io_bitmap, native_tss_update_io_bitmap)
#else
#define NATIVE_IO_BITMAP(CALL)
#endif

#if CONFIG_PGTABLE_LEVELS >= 5
#define NATIVE_5LEVEL(CALL)	CALL(linux_set_pgd, native_set_pgd)
#else
#define NATIVE_5LEVEL(CALL)
#endif

#if defined(CONFIG_SMP) && defined(CONFIG_PARAVIRT_SPINLOCKS)
#define NATIVE_LOCK(CALL, CODE, NOP)						\
	CALL(linux_queued_spin_lock_slowpath, native_queued_spin_lock_slowpath)	\
	CODE(linux_queued_spin_unlock, pvops_native_unlock)			\
	CODE(linux_vcpu_is_preempted, pvops_native_preempted)			\
	NOP(linux_wait)								\
	NOP(linux_kick)
#else
#define NATIVE_LOCK(CALL, CODE, NOP)
#endif

#define NATIVE_OPS(CALL, CODE, NOP)						\
	CODE(irq_save, pvops_native_save_fl)					\
	CODE(irq_disable, pvops_native_irq_disable)				\
	CODE(irq_enable, pvops_native_irq_enable)				\
	CALL(linux_safe_halt, pv_native_safe_halt)				\
	CALL(linux_halt, native_halt)						\
	CODE(cpu_read_cr0, pvops_native_read_cr0)				\
	CALL(linux_write_cr0, native_write_cr0)					\
	CODE(cpu_read_cr2, pvops_native_read_cr2)				\
	CODE(cpu_write_cr2, pvops_native_write_cr2)				\
	CODE(cpu_read_cr3, pvops_native_read_cr3)				\
	CODE(cpu_write_cr3, pvops_native_write_cr3)				\
	CALL(linux_write_cr4, native_write_cr4)					\
	CODE(cpu_wbinvd, pvops_native_wbinvd)					\
	CALL(linux_get_debugreg, pv_native_get_debugreg)			\
	CALL(linux_set_debugreg, pv_native_set_debugreg)			\
	CALL(linux_io_delay, native_io_delay)					\
	CALL(linux_cpuid, native_cpuid)						\
	CALL(linux_read_msr, native_read_msr)					\
	CALL(linux_write_msr, native_write_msr)					\
	CALL(linux_read_msr_safe, native_read_msr_safe)				\
	CALL(linux_write_msr_safe, native_write_msr_safe)			\
	CALL(linux_read_pmc, native_read_pmc)					\
	CALL(linux_load_tr_desc, native_load_tr_desc)				\
	CALL(linux_set_ldt, native_set_ldt)					\
	CALL(linux_load_gdt, native_load_gdt)					\
	CALL(linux_load_idt, native_load_idt)					\
	CALL(linux_store_tr, native_store_tr)					\
	CALL(linux_load_tls, native_load_tls)					\
	CALL(linux_load_gs_index, native_load_gs_index)				\
	CALL(linux_write_ldt_entry, native_write_ldt_entry)			\
	CALL(linux_write_gdt_entry, native_write_gdt_entry)			\
	CALL(linux_write_idt_entry, native_write_idt_entry)			\
	NOP(linux_alloc_ldt)							\
	NOP(linux_free_ldt)							\
	CALL(linux_load_sp0, native_load_sp0)					\
	NATIVE_IO_BITMAP(CALL)							\
	NOP(linux_start_context_switch)						\
	NOP(linux_end_context_switch)						\
	CALL(linux_flush_tlb_user, native_flush_tlb_local)			\
	CALL(linux_flush_tlb_kernel, native_flush_tlb_global)			\
	CALL(linux_flush_tlb_one_user, native_flush_tlb_one_user)		\
	CALL(linux_flush_tlb_multi, native_flush_tlb_multi)			\
	CALL(linux_tlb_remove_table, native_tlb_remove_table)			\
	NOP(linux_enter_mmap)							\
	NOP(linux_exit_mmap)							\
	NOP(linux_notify_page_enc_status_changed)				\
	NOP(linux_pgd_alloc)							\
	NOP(linux_pgd_free)							\
	NOP(linux_alloc_pte)							\
	NOP(linux_alloc_pmd)							\
	NOP(linux_alloc_pud)							\
	NOP(linux_alloc_p4d)							\
	NOP(linux_release_pte)							\
	NOP(linux_release_pmd)							\
	NOP(linux_release_pud)							\
	NOP(linux_release_p4d)							\
	NOP(mmu_make_pte)							\
	NOP(mmu_pte_val)							\
	NOP(linux_make_table)							\
	CODE(mmu_set_pte, pvops_native_set_entry)				\
	CODE(mmu_set_pmd, pvops_native_set_entry)				\
	CODE(mmu_set_pud, pvops_native_set_entry)				\
	CALL(linux_set_p4d, native_set_p4d)					\
	NATIVE_5LEVEL(CALL)							\
	CALL(linux_ptep_modify_prot_start, __ptep_modify_prot_start)		\
	CALL(linux_ptep_modify_prot_commit, __ptep_modify_prot_commit)		\
	NOP(linux_lazy_enter)							\
	NOP(linux_lazy_leave)							\
	NOP(linux_lazy_flush)							\
	CALL(linux_set_fixmap, native_set_fixmap)				\
	NATIVE_LOCK(CALL, CODE, NOP)

#define FUNC(op, fn)	[PVOPS_OP_##op] = fn,
#define NOFUNC(op)	[PVOPS_OP_##op] = nop_func,

const void *pvops_table[PVOPS_NR_OPS] __ro_after_init = {
	NATIVE_OPS(FUNC, FUNC, NOFUNC)
};
EXPORT_SYMBOL(pvops_table);

#define CALL_FORM(op, fn)	[PVOPS_OP_##op] = PVOPS_CALL(fn),
#define CODE_FORM(op, fn)	[PVOPS_OP_##op] = PVOPS_INLINE(fn),
#define NOP_FORM(op)		[PVOPS_OP_##op] = PVOPS_NOP(nop_func),

struct pvops_form pvops_forms[PVOPS_NR_OPS] __ro_after_init = {
	NATIVE_OPS(CALL_FORM, CODE_FORM, NOP_FORM)
};
