/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of the VMI backend share. */
#ifndef PVOPS_VMI_H
#define PVOPS_VMI_H

#include <pvops/pvops.h>
#include "rom.h"

/* The ROM's functions; 0 where there is none, and then nobody calls it. */
extern u32 vmi_targets[VMI_NR_CALLS];

/*
 * The ABI's convention is this build's (regparm(3), results in eax or edx:eax), so a call is a
 * call by pointer, with the types of the call.
 */
#define VMI_FN(call, result, ...)							\
	((result (__attribute__((regparm(3))) *)(__VA_ARGS__))vmi_targets[call])

/* Tests have no GS of their own. */
#ifdef PVOPS_HOSTED
u32 vmi_cpu(void);
#else
static inline u32 vmi_cpu(void)
{
	return pvops_cpu();
}
#endif

/* Written by hand or made by PVOPS_THUNK: they keep their op's registers. */
#define VMI_FUNC(name) extern const u8 name[]
VMI_FUNC(vmi_nothing);
VMI_FUNC(vmi_success);
VMI_FUNC(vmi_iret);
VMI_FUNC(vmi_restore);
VMI_FUNC(vmi_read_cr0);
VMI_FUNC(vmi_write_cr0);
VMI_FUNC(vmi_read_cr2);
VMI_FUNC(vmi_write_cr2);
VMI_FUNC(vmi_read_cr3);
VMI_FUNC(vmi_write_cr3);
VMI_FUNC(vmi_read_cr4);
VMI_FUNC(vmi_write_cr4);
VMI_FUNC(vmi_load_gdt);
VMI_FUNC(vmi_load_idt);
VMI_FUNC(vmi_load_tr);
VMI_FUNC(vmi_store_tr);
VMI_FUNC(vmi_write_gdt_entry);
VMI_FUNC(vmi_write_ldt_entry);
VMI_FUNC(vmi_set_kernel_stack);
VMI_FUNC(vmi_in8);
VMI_FUNC(vmi_in16);
VMI_FUNC(vmi_in32);
VMI_FUNC(vmi_out8);
VMI_FUNC(vmi_out16);
VMI_FUNC(vmi_out32);
VMI_FUNC(vmi_io_delay);
VMI_FUNC(vmi_clts);
VMI_FUNC(vmi_wbinvd);
VMI_FUNC(vmi_halt);
VMI_FUNC(vmi_enable_halt);
VMI_FUNC(vmi_activate);
VMI_FUNC(vmi_set_pte);
VMI_FUNC(vmi_set_pmd);
VMI_FUNC(vmi_set_pud);
VMI_FUNC(vmi_clear_pte);
VMI_FUNC(vmi_clear_pmd);
VMI_FUNC(vmi_clear_pud);
VMI_FUNC(vmi_tas_pte);
VMI_FUNC(vmi_tas_pmd);
VMI_FUNC(vmi_tas_pud);
VMI_FUNC(vmi_xchg_pte);
VMI_FUNC(vmi_xchg_pmd);
VMI_FUNC(vmi_xchg_pud);
VMI_FUNC(vmi_flush_one);
VMI_FUNC(vmi_set_fixmap);

/* cpu.c */
void vmi_ready_restore(void);	/* at init, when the calls are known */
pvops_fn_cpu_get_dr_t vmi_get_dr;
pvops_fn_cpu_set_dr_t vmi_set_dr;
pvops_fn_cpu_set_ldt_t vmi_set_ldt;
pvops_fn_cpu_write_idt_entry_t vmi_write_idt_entry;
pvops_fn_cpu_load_tls_t vmi_load_tls;
pvops_fn_cpu_set_iopl_t vmi_set_iopl;
pvops_fn_cpu_shutdown_t vmi_shutdown;

/* mmu.c */
pvops_fn_mmu_protect_pte_t vmi_protect_pte;
pvops_fn_mmu_protect_pmd_t vmi_protect_pmd;
pvops_fn_mmu_protect_pud_t vmi_protect_pud;
pvops_fn_mmu_flush_local_t vmi_flush_local;
pvops_fn_mmu_flush_global_t vmi_flush_global;
pvops_fn_mmu_alloc_table_t vmi_alloc_table;
pvops_fn_mmu_release_table_t vmi_release_table;
pvops_fn_smp_start_cpu_t vmi_start_cpu;

/* table.c: the ROM is told of the boot's tables; late, on CPU 0, of the direct map. */
void vmi_first_tables(const struct pvops_boot *boot);
int vmi_find_direct(void);


/* lazy.c */
pvops_fn_mmu_batch_begin_t vmi_batch_begin;
pvops_fn_mmu_batch_flush_t vmi_batch_flush;
bool vmi_lazy(u32 mode);	/* the next call may wait in this mode: whether it does */
void vmi_settle(void);		/* what this CPU has waiting happens, in the middle of a batch */

/* time.c */
enum vmi_time {
	VMI_TIME_NONE,
	VMI_TIME_CLOCK,
	VMI_TIME_ALARM,		/* alarms as well */
};
pvops_fn_time_clock_t vmi_clock;
pvops_fn_time_wallclock_t vmi_wallclock;
pvops_fn_time_steal_t vmi_steal;
enum vmi_time vmi_time_init(void);
void vmi_set_alarm(u64 deadline);
void vmi_cancel_alarm(void);

/* ways.c: tell native what it does by calls. */
void vmi_set_ways(enum vmi_time time);

#endif /* PVOPS_VMI_H */
