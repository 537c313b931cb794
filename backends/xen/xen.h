/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of the Xen backends, PV and HVM, share. */
#ifndef PVOPS_XEN_BACKEND_H
#define PVOPS_XEN_BACKEND_H

#include "abi.h"
#include <pvops/pvops.h>
#include <pvops/thunks.h>
#include <pvops/xen.h>
#include "hypercall.h"

/* This backend's part of a CPU's block: struct pvops_percpu.priv. */
struct xen_cpu {
	unsigned long cr0;
	unsigned long cr4;
	unsigned long cr4_allowed;
	unsigned long root;		/* guest-physical, of the kernel's top-level table */
	unsigned long idt;		/* address of the loaded IDT */
	unsigned long gdt;		/* page of the loaded GDT */
	const void *ldt;
	u32 ldt_entries;
	const u64 *tls_gdt;		/* whose entries of thread-local storage are known */
	u64 tls[3];			/* what we have put there: Xen changes bits of it */
	u32 kicker;			/* port that ends lock.wait */
	u32 timer;			/* irq of the timer, 0: not bound */
	u32 waiting;			/* depth of lock.wait */
	u64 deadline;
	struct xen_batch *batch;
	struct vcpu_runstate_info *runstate;
};

_Static_assert(sizeof(struct xen_cpu) <= sizeof(((struct pvops_percpu *)0)->priv),
	       "priv too small");
_Static_assert(sizeof(struct vcpu_info) == 64, "vcpu_info is not what percpu.h has room for");

static inline struct pvops_percpu *xen_percpu(void)
{
#ifdef PVOPS_LINUX
	return pvops_this_percpu();
#else
	unsigned int cpu = pvops_cpu();

	return pvops_get_host()->percpu(cpu);
#endif
}

static inline struct xen_cpu *xen_cpu(void)
{
	return (struct xen_cpu *)xen_percpu()->priv;
}

static inline struct xen_cpu *xen_cpu_of(unsigned int cpu)
{
	return (struct xen_cpu *)pvops_get_host()->percpu(cpu)->priv;
}

static inline struct vcpu_info *xen_this_vcpu(void)
{
	return (struct vcpu_info *)xen_percpu()->hv;
}

#ifndef PVOPS_LINUX
/* A CPU's number to Xen. */
static inline u32 xen_vcpu_nr(unsigned int cpu)
{
	return cpu;
}
#endif

static inline unsigned long xen_virt_to_pfn(const void *va)
{
	return (__force unsigned long)pvops_get_host()->virt_to_gpa(va) >> PVOPS_PAGE_SHIFT;
}

/* start_info.c */
#ifdef __x86_64__
extern const struct start_info *xen_start;
#else
#define xen_start ((const struct start_info *)NULL)	/* no PV guest */
#endif
/* A page that the builder filled and mapped, the page tables being the last; NULL: no such. */
void *xen_builder_page(unsigned long pfn);
/* Which of them is that frame, by the builder's list alone; ~0: none. */
unsigned long xen_builder_pfn(unsigned long mfn);

/* vcpu.c: what PV and HVM guests do alike */
extern bool xen_dom0;			/* we are the initial domain */
int xen_vcpu_register(unsigned int cpu, u64 machine);	/* of the CPU's percpu.hv */
int xen_vcpu_prepare(unsigned int cpu);
void xen_clock_init(const char *name);
pvops_fn_cpu_shutdown_t xen_shutdown;

/* suspend.c */
long xen_suspend_call(unsigned long start_info);
void xen_resume(int (*tell)(unsigned int cpu));	/* of its vcpu_info */
int xen_suspend(void);			/* suspend_pv.c */

/* backend.c: of CPU @cpu; what Xen shall emulate */
int xen_register_vcpu(unsigned int cpu);
void xen_enable_assists(void);

/* driver.c: the grant table's frames out of our page tables, and in again */
int xen_grants_away(void);
int xen_grants_back(void);

/* shared.c */
int xen_shared_map(void *va);
int xen_shared_unmap(void);

/* p2m.c */
extern unsigned long *xen_p2m;
extern unsigned long xen_nr_pages;
int xen_p2m_init(void);
int xen_m2p_init(void);
unsigned long xen_pfn_to_mfn(unsigned long pfn);	/* ~0: none */
unsigned long xen_mfn_to_pfn(unsigned long mfn);	/* ~0: not ours */
bool xen_p2m_set(unsigned long pfn, unsigned long mfn);	/* false: one of them cannot be */
/* The kernel's mapping of a page, written and flushed on all CPUs: an entry; a frame, as data. */
long xen_map_entry(void *va, u64 entry);
long xen_map_frame(void *va, u64 frame);
/* The machine address behind a kernel virtual address. */
u64 xen_virt_to_machine(const void *va);

/* batch.c: all with events masked */
int xen_batch_init(unsigned int cpu);
void xen_batch_update(u64 ptr, u64 val);
void xen_batch_ext(const struct mmuext_op *op);
void xen_batch_call(unsigned int nr, u64 a, u64 b, u64 c);
/* A call to be filled in, with @size bytes for what its arguments point to. */
multicall_entry_t *xen_batch_entry(size_t size, void **args);
/* The last one queued, with as much more behind what it has; NULL if it is not of that number. */
multicall_entry_t *xen_batch_extend(unsigned int nr, size_t size, void **args);
/* Carry out now, unless a batch is open. 0 or the first error. */
int xen_batch_kick(void);
/* Carry out what is queued, batch or not. 0 or the first error of these, after a log line. */
int xen_batch_run(void);
/* The same, but it may fail: no line, and no error of the open batch. */
int xen_batch_try(void);
/* Is an update of that entry queued? */
bool xen_batch_holds(u64 ptr);
bool xen_batch_open(void);
unsigned long xen_mask_save(void);
void xen_mask_restore(unsigned long flags);
void xen_batch_begin(void);
int xen_batch_flush(void);

/* table.c: states of page-table pages */
int xen_tables_init(void);
/* Frame numbers in tables that are not live: ours for who saves us, then the machine's again. */
void xen_tables_freeze(void);
void xen_tables_thaw(void);
bool xen_table_live(const pvops_pte_t *ptep);
bool xen_is_table(unsigned long pfn);
void xen_table_link(unsigned long pte, unsigned int level);
void xen_set_page_writable(unsigned long pfn, bool writable);
unsigned long xen_twin(unsigned long pfn);		/* of a root; 0: none */
int xen_pin_pfn(unsigned long pfn);
pvops_fn_mmu_alloc_table_t xen_alloc_table;
pvops_fn_mmu_release_table_t xen_release_table;
pvops_fn_mmu_create_as_t xen_create_as;
pvops_fn_mmu_destroy_as_t xen_destroy_as;
pvops_fn_mmu_pin_t xen_pin;
pvops_fn_mmu_unpin_t xen_unpin;

/* mmu.c */
extern const u8 xen_make_pte_op[], xen_pte_val_op[], xen_pfn_to_mfn_op[], xen_mfn_to_pfn_op[];
extern const u8 xen_activate_op[], xen_set_pte_op[], xen_set_pmd_op[], xen_set_pud_op[],
	xen_set_pgd_op[];
extern const u8 xen_clear_pte_op[], xen_clear_pmd_op[], xen_clear_pud_op[], xen_clear_pgd_op[];
extern const u8 xen_tas_pte_op[], xen_tas_pmd_op[], xen_tas_pud_op[], xen_tas_pgd_op[];
extern const u8 xen_xchg_pte_op[], xen_xchg_pmd_op[], xen_xchg_pud_op[], xen_xchg_pgd_op[];
extern const u8 xen_set_fixmap_op[];
void xen_activate(pvops_gpa_t root);
pvops_fn_mmu_protect_pte_t xen_protect_pte, xen_protect_pmd, xen_protect_pud, xen_protect_pgd;

/* flush.c */
extern const u8 xen_flush_one_op[], xen_wbinvd_op[];
pvops_fn_mmu_flush_local_t xen_flush_local;
pvops_fn_mmu_flush_others_t xen_flush_others;

/* cpu.c */
extern const u8 xen_read_cr0_op[], xen_write_cr0_op[], xen_write_cr2_op[], xen_read_cr3_op[];
extern const u8 xen_write_cr3_op[], xen_read_cr4_op[], xen_write_cr4_op[], xen_write_msr_op[];
extern const u8 xen_clts_op[], xen_zero[], xen_zero_pair[], xen_nothing[];
extern const u8 xen_cr2[], xen_cr2_end[], xen_cr2_reloc[], xen_cpuid[],
	xen_cpuid_end[];
extern const u8 xen_rdmsr[], xen_rdmsr_end[];
void xen_cpu_init(unsigned int cpu);
void xen_write_cr0(unsigned long val);
pvops_fn_cpu_get_dr_t xen_get_dr;
pvops_fn_cpu_set_dr_t xen_set_dr;
pvops_fn_cpu_read_msr_safe_t xen_read_msr_safe;
pvops_fn_cpu_write_msr_safe_t xen_write_msr_safe;
int xen_write_own_msr(u32 msr, u64 val);
pvops_fn_cpu_write_fs_base_t xen_write_fs_base;
pvops_fn_cpu_write_gs_base_t xen_write_gs_base;
pvops_fn_cpu_write_user_gs_base_t xen_write_user_gs_base;
pvops_fn_cpu_load_gs_index_t xen_load_gs_index;

/* io.c */
extern const u8 xen_in8_op[], xen_in16_op[], xen_in32_op[], xen_out8_op[], xen_out16_op[],
	xen_out32_op[];
pvops_fn_cpu_set_io_bitmap_t xen_set_io_bitmap;
pvops_fn_cpu_set_iopl_t xen_set_iopl;

/* desc.c, desc_load.c */
bool xen_gdt_loaded(const u64 *gdt);	/* on some CPU: then its page is Xen's */
extern const u8 xen_load_gdt_op[], xen_load_idt_op[], xen_write_gdt_op[], xen_write_ldt_op[];
extern const u8 xen_set_kernel_stack_op[];
void xen_write_gdt_entry(u64 *gdt, unsigned long index, u64 desc);
void xen_write_ldt_entry(u64 *ldt, unsigned long index, u64 desc);
void xen_set_kernel_stack(struct pvops_tss *tss, unsigned long sp);
pvops_fn_cpu_set_ldt_t xen_set_ldt;
pvops_fn_cpu_write_idt_entry_t xen_write_idt_entry;
pvops_fn_cpu_load_tls_t xen_load_tls;
pvops_fn_cpu_set_entries_t xen_set_entries;

/* irq_asm.S, leave.S */
extern const u8 xen_irq_enable[], xen_irq_restore[], xen_iret_func[], xen_sysret_func[];
extern const u8 xen_entry_frame_func[];

/* irq.c, event.c, upcall.c */
extern struct shared_info *xen_shared;
extern u32 xen_first_irq;		/* what is added to irqs of event channels */
extern const u8 xen_irq_save[], xen_irq_save_end[], xen_irq_save_reloc[];
extern const u8 xen_irq_disable[], xen_irq_disable_end[], xen_irq_disable_reloc[];
extern const u8 xen_iret[], xen_iret_end[], xen_iret_reloc[];
extern const u8 xen_sysret[], xen_sysret_end[], xen_sysret_reloc[];
extern const u8 xen_entry_frame[], xen_entry_frame_end[];
extern const u8 xen_halt_op[], xen_enable_halt_op[], xen_yield_op[];
void xen_halt(void);
void xen_enable_halt(void);
pvops_fn_irq_bind_t xen_irq_bind;
pvops_fn_irq_unbind_t xen_irq_unbind;
pvops_fn_irq_handle_t xen_irq_handle;
pvops_fn_irq_eoi_t xen_irq_eoi;
pvops_fn_irq_mask_t xen_irq_mask;
pvops_fn_irq_unmask_t xen_irq_unmask;
pvops_fn_smp_send_ipi_t xen_send_ipi;
pvops_fn_smp_poll_t xen_poll;
int xen_bind_ipi_port(unsigned int cpu);
int xen_adopt_port(u32 port, bool keep);
u32 xen_irq_port(unsigned int irq);	/* 0: none */
void xen_events_resume(void);
void xen_port_clear(u32 port);
void xen_port_set(u32 port);

/* time.c */
pvops_fn_time_clock_t xen_clock;
pvops_fn_time_wallclock_t xen_wallclock;
pvops_fn_time_set_timer_t xen_set_timer;
pvops_fn_time_stop_timer_t xen_stop_timer;
pvops_fn_time_steal_t xen_steal;
/* By a vCPU's time: that of this CPU, or the wrong TSC is taken. */
u64 xen_clock_by(const struct vcpu_time_info *time);
/* Does Xen run something else on behalf of it? */
bool xen_preempted(unsigned int cpu);
void xen_steal_was(unsigned int cpu, u64 ns);
void xen_time_suspend(void);
void xen_clock_restart(void);
bool xen_timer_due(void);
u64 xen_host_time(u64 ns);		/* Xen's, of a time of ours */
void xen_time_resume(void);
int xen_time_init_cpu(unsigned int cpu);

/* smp.c */
pvops_fn_smp_nr_cpus_t xen_nr_cpus;
pvops_fn_smp_start_cpu_t xen_start_cpu;
pvops_fn_smp_stop_cpu_t xen_stop_cpu;
pvops_fn_smp_cpu_stopped_t xen_cpu_stopped;
int xen_cpus_init(void);
void xen_smp_resume(void);
/* smp_vcpu.c: state of its registers, as far as the start says it, and on with it. */
void xen_vcpu_context(struct vcpu_guest_context *to, const struct pvops_cpu_start *start);
/* 0, or Xen's error. Once; and to run, at first or on from where it went down. */
int xen_vcpu_initialise(unsigned int cpu, const struct vcpu_guest_context *from);
int xen_vcpu_up(unsigned int cpu);
int xen_vcpu_is_up(unsigned int cpu);		/* 1, 0, or Xen's error: there is none */
unsigned int xen_count_vcpus(unsigned int most);

/* lock.c */
pvops_fn_lock_wait_t xen_lock_wait;
pvops_fn_lock_kick_t xen_lock_kick;

/* console.c */
void xen_console_init(void);
void xen_console_ring(struct xencons_interface *to, u32 port);
int xen_console_port(void);
void xen_console_port_is(u32 port);
void xen_console_write(const char *text, size_t len);
void xen_emergency(const char *text, size_t len);

#endif /* PVOPS_XEN_BACKEND_H */
