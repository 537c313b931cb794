/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of the native backend share. */
#ifndef PVOPS_NATIVE_H
#define PVOPS_NATIVE_H

#include <pvops/pvops.h>

/* templates.c: see there; the functions keep to their op's registers. */
#define NATIVE_TEMPLATE(name) extern const u8 name[], name##_end[]
NATIVE_TEMPLATE(native_read_cr0);
NATIVE_TEMPLATE(native_write_cr0);
NATIVE_TEMPLATE(native_read_cr2);
NATIVE_TEMPLATE(native_write_cr2);
NATIVE_TEMPLATE(native_read_cr3);
NATIVE_TEMPLATE(native_write_cr3);
NATIVE_TEMPLATE(native_read_cr4);
NATIVE_TEMPLATE(native_write_cr4);
NATIVE_TEMPLATE(native_read_cr8);
NATIVE_TEMPLATE(native_write_cr8);
NATIVE_TEMPLATE(native_read_msr);
NATIVE_TEMPLATE(native_write_msr);
NATIVE_TEMPLATE(native_cpuid);
NATIVE_TEMPLATE(native_rdpmc);
NATIVE_TEMPLATE(native_load_gdt);
NATIVE_TEMPLATE(native_load_idt);
NATIVE_TEMPLATE(native_load_tr);
NATIVE_TEMPLATE(native_store_tr);
NATIVE_TEMPLATE(native_write_desc);
NATIVE_TEMPLATE(native_set_kernel_stack);
NATIVE_TEMPLATE(native_in8);
NATIVE_TEMPLATE(native_in16);
NATIVE_TEMPLATE(native_in32);
NATIVE_TEMPLATE(native_out8);
NATIVE_TEMPLATE(native_out16);
NATIVE_TEMPLATE(native_out32);
NATIVE_TEMPLATE(native_io_delay);
NATIVE_TEMPLATE(native_clts);
NATIVE_TEMPLATE(native_wbinvd);
NATIVE_TEMPLATE(native_swapgs);
NATIVE_TEMPLATE(native_iret);
NATIVE_TEMPLATE(native_activate);
NATIVE_TEMPLATE(native_set_entry);
NATIVE_TEMPLATE(native_clear_entry);
NATIVE_TEMPLATE(native_tas_entry);
NATIVE_TEMPLATE(native_xchg_entry);
NATIVE_TEMPLATE(native_flush_one);
NATIVE_TEMPLATE(native_set_fixmap);
NATIVE_TEMPLATE(native_irq_save);
NATIVE_TEMPLATE(native_irq_restore);
NATIVE_TEMPLATE(native_irq_disable);
NATIVE_TEMPLATE(native_irq_enable);
NATIVE_TEMPLATE(native_halt);
NATIVE_TEMPLATE(native_enable_halt);
NATIVE_TEMPLATE(native_yield);
extern const u8 native_iret_func[], native_sysret_func[], native_nothing[], native_success[];

/* cpu.c */
pvops_fn_cpu_get_dr_t native_cpu_get_dr;
pvops_fn_cpu_set_dr_t native_cpu_set_dr;
pvops_fn_cpu_read_msr_safe_t native_cpu_read_msr_safe;
pvops_fn_cpu_write_msr_safe_t native_cpu_write_msr_safe;
pvops_fn_cpu_set_ldt_t native_cpu_set_ldt;
pvops_fn_cpu_write_idt_entry_t native_cpu_write_idt_entry;
pvops_fn_cpu_load_tls_t native_cpu_load_tls;
pvops_fn_cpu_write_fs_base_t native_cpu_write_fs_base;
pvops_fn_cpu_write_gs_base_t native_cpu_write_gs_base;
pvops_fn_cpu_write_user_gs_base_t native_cpu_write_user_gs_base;
pvops_fn_cpu_load_gs_index_t native_cpu_load_gs_index;
pvops_fn_cpu_set_entries_t native_cpu_set_entries;
pvops_fn_cpu_set_io_bitmap_t native_cpu_set_io_bitmap;
pvops_fn_cpu_set_iopl_t native_cpu_set_iopl;
pvops_fn_cpu_shutdown_t native_cpu_shutdown;
void native_cpu_start_gdt(unsigned int cpu);	/* cpu_32.c: a started CPU's first GDT */
/* The same for a CPU that begins with it: all but entry, stack and CR3. */
void native_cpu_start_state(unsigned int cpu, unsigned long gs_base,
			    struct pvops_cpu_state *state);

/* mmu.c */
pvops_fn_mmu_protect_pte_t native_mmu_protect;
pvops_fn_mmu_flush_local_t native_mmu_flush_local;
pvops_fn_mmu_flush_global_t native_mmu_flush_global;
pvops_fn_mmu_flush_others_t native_mmu_flush_others;	/* smp.c */

/* irq.c, apic.c */
pvops_fn_irq_bind_t native_irq_bind;
pvops_fn_irq_unbind_t native_irq_unbind;
pvops_fn_irq_handle_t native_irq_handle;
pvops_fn_irq_eoi_t native_irq_eoi;
pvops_fn_irq_mask_t native_irq_mask;
pvops_fn_irq_unmask_t native_irq_unmask;
int native_irq_init(void);

/* time.c */
pvops_fn_time_clock_t native_time_clock;
pvops_fn_time_wallclock_t native_time_wallclock;
pvops_fn_time_set_timer_t native_time_set_timer;
pvops_fn_time_stop_timer_t native_time_stop_timer;
pvops_fn_time_steal_t native_time_steal;
void native_time_init(void);
int native_time_check(void);

/* smp.c, lock.c */
pvops_fn_smp_nr_cpus_t native_smp_nr_cpus;
pvops_fn_smp_start_cpu_t native_smp_start_cpu;
pvops_fn_smp_stop_cpu_t native_smp_stop_cpu;
pvops_fn_smp_cpu_stopped_t native_smp_cpu_stopped;
pvops_fn_smp_send_ipi_t native_smp_send_ipi;
pvops_fn_smp_poll_t native_smp_poll;
pvops_fn_lock_wait_t native_lock_wait;
int native_smp_init(struct pvops_boot *boot);
int native_late_init(void);		/* host's mappings work: find the APICs */
int native_cpu_up(unsigned int cpu);

#endif /* PVOPS_NATIVE_H */
