// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/// Calls of Linux's native_*() functions and of what executes a sensitive instruction under another
/// name: they do what bare hardware does, on every host. The op goes by the host.
///
// Confidence: High; in the bodies of a native backend they are right
// Options: --no-includes --include-headers
// usage: spatch --sp-file native.cocci -D report DIR; -D patch changes the files

virtual report
virtual patch

@initialize:python@
@@
# Name of the function: op with the same arguments and result; or what to do, in words.
SAME = {
    "native_irq_disable": "irq_disable", "native_irq_enable": "irq_enable",
    "native_save_fl": "irq_save", "native_restore_fl": "irq_restore",
    "native_halt": "irq_halt", "native_safe_halt": "irq_enable_halt",
    "native_read_cr0": "cpu_read_cr0", "native_write_cr0": "cpu_write_cr0",
    "native_read_cr2": "cpu_read_cr2", "native_write_cr2": "cpu_write_cr2",
    "native_read_cr4": "cpu_read_cr4", "native_write_cr4": "cpu_write_cr4",
    "native_read_cr8": "cpu_read_cr8", "native_write_cr8": "cpu_write_cr8",
    "native_get_debugreg": "cpu_get_dr", "native_read_msr": "cpu_read_msr",
    "native_read_pmc": "cpu_rdpmc", "native_wbinvd": "cpu_wbinvd", "native_io_delay": "cpu_io_delay",
    "native_swapgs": "cpu_swapgs",
}
OTHER = {
    "__native_read_cr3": "cpu_read_cr3", "native_write_cr3": "cpu_write_cr3",
    "native_set_debugreg": "cpu_set_dr", "native_write_msr": "cpu_write_msr",
    "native_read_msr_safe": "cpu_read_msr_safe", "native_write_msr_safe": "cpu_write_msr_safe",
    "native_cpuid": "cpu_cpuid", "native_load_gdt": "cpu_load_gdt", "native_load_idt": "cpu_load_idt",
    "native_set_ldt": "cpu_set_ldt", "native_load_tr_desc": "cpu_load_tr", "native_store_tr": "cpu_store_tr",
    "native_load_tls": "cpu_load_tls", "native_load_gs_index": "cpu_load_gs_index",
    "native_write_gdt_entry": "cpu_write_gdt_entry", "native_write_ldt_entry": "cpu_write_ldt_entry",
    "native_write_idt_entry": "cpu_write_idt_entry", "native_load_sp0": "cpu_set_kernel_stack",
    "native_set_iopl_mask": "cpu_set_iopl", "native_tss_update_io_bitmap": "cpu_set_io_bitmap",
    "native_flush_tlb_local": "mmu_flush_local", "native_flush_tlb_one_user": "mmu_flush_one",
    "native_flush_tlb_multi": "mmu_flush_others", "native_set_pte": "mmu_set_pte",
    "native_set_pmd": "mmu_set_pmd", "native_set_pud": "mmu_set_pud", "native_set_pgd": "mmu_set_pgd",
    "native_pte_clear": "mmu_clear_pte", "native_pmd_clear": "mmu_clear_pmd",
    "native_make_pte": "mmu_make_pte", "native_pte_val": "mmu_pte_val",
    "native_set_fixmap": "mmu_set_fixmap", "native_send_call_func_single_ipi": "smp_send_ipi",
    "native_read_msr_safe_regs": "cpu_read_msr_safe", "rdtsc_ordered": "time_clock",
}

@call@
identifier fn =~ "^(__)?native_|^rdtsc_ordered$";
position p;
@@
fn@p(...)

@script:python depends on report@
p << call.p;
fn << call.fn;
@@
op = SAME.get(fn) or OTHER.get(fn)
if op:
    coccilib.report.print_report(p[0], fn + "() is bare hardware's: op " + op.replace("_", ".", 1))

@script:python same depends on patch@
fn << call.fn;
to;
@@
if fn in SAME:
    coccinelle.to = cocci.make_ident("pvops_" + SAME[fn])
else:
    cocci.include_match(False)

@depends on patch@
identifier call.fn;
identifier same.to;
position call.p;
@@
- fn@p
+ to
  (...)
