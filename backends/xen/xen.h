/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of the Xen PV backend share. */
#ifndef PVOPS_BACKEND_XEN_H
#define PVOPS_BACKEND_XEN_H

/* Places in struct pvops_percpu, for assembly; checked in backend.c. */
#define XEN_PENDING	0		/* vcpu_info.evtchn_upcall_pending */
#define XEN_MASK	1		/* vcpu_info.evtchn_upcall_mask */
#define XEN_CR2		16		/* vcpu_info.arch.cr2 */
#define XEN_CALLS	128		/* xen_private.calls */
#define XEN_CR0		(128 + 256)
#define XEN_CR3		(128 + 264)
#define XEN_CR4		(128 + 272)

#ifndef __ASSEMBLY__
#include <pvops/pvops.h>
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040d00
#include <xen/xen.h>
#include <xen/event_channel.h>

#include "hypercall.h"

#define XEN_MAX_PORTS	1024		/* of the 4096 that the 2-level ABI has */
#define XEN_PORT_WORDS	(XEN_MAX_PORTS / 64)
#define XEN_NO_PORT	(~0U)

#define XEN_BATCH_UPDATES	64
#define XEN_BATCH_EXTS		32
#define XEN_BATCH_CALLS		32
#define XEN_BATCH_MASKS		8

/**
 * struct xen_batch - what a CPU holds back, in program order.
 * @calls: the multicall; neighbouring updates (and extended ops) share one entry
 * @op: the pvops op of each, for messages
 * @err: first error since the outermost begin
 */
struct xen_batch {
	u32 nr_calls, nr_updates, nr_exts, nr_masks;
	int err;
	struct multicall_entry calls[XEN_BATCH_CALLS];
	u16 op[XEN_BATCH_CALLS];
	struct mmu_update updates[XEN_BATCH_UPDATES];
	struct mmuext_op exts[XEN_BATCH_EXTS];
	struct pvops_cpumask masks[XEN_BATCH_MASKS];
};

/** enum xen_cpu_life - of a vCPU, as far as we have driven it. */
enum xen_cpu_life {
	XEN_CPU_NEW,			/* never initialised: Xen takes a context */
	XEN_CPU_RUNS,
	XEN_CPU_STOPPED,		/* comes back where it went down */
};

/** struct xen_cpu - a vCPU's state that is too large for the per-CPU block. */
struct xen_cpu {
	struct xen_batch batch;
	u8 runstate[64] __attribute__((aligned(64)));	/* struct vcpu_runstate_info */
	u64 bound[XEN_PORT_WORDS];	/* ports that are this CPU's to handle */
	u32 last_port;
	u32 ipi_port[PVOPS_MAX_IPIS];
	u32 kick_port;
	unsigned long gdt_frames[16];
	u32 gdt_entries;
	const struct pvops_gate *idt;
	u32 idt_entries;
	const void *ldt;
	u32 ldt_entries;
	struct pvops_entries entries;
	struct pvops_cpu_start start;
	enum xen_cpu_life life;
	bool info_registered;
};

/** struct xen_private - the backend's share of struct pvops_percpu, reached by GS. */
struct xen_private {
	u32 calls[64];			/* hypercalls by number */
	unsigned long cr0, cr3, cr4;
	u32 batching;			/* depth */
	u32 waiting;			/* depth of lock.wait */
	struct xen_cpu *cpu;
};

extern struct xen_cpu *xen_cpus[PVOPS_MAX_CPUS];
extern const struct start_info *xen_start_info;
extern struct shared_info xen_shared_info;	/* a page of its own; see xen_init() */
extern unsigned int xen_nr_cpus;
extern bool xen_dom0;

static inline struct xen_private *xen_private_of(struct pvops_percpu *percpu)
{
	return (struct xen_private *)percpu->priv;
}

/* Field of this CPU's private block; one instruction, so preemption is no matter. */
#define xen_this(type, field)							\
({										\
	type value_;								\
	asm volatile("mov %%gs:pvops_percpu+%c1(%%rip), %0" : "=r"(value_)	\
		     : "i"(PVOPS_PERCPU_PRIV + offsetof(struct xen_private, field)));	\
	value_;									\
})

#define xen_set_this(field, value)						\
	asm volatile("mov %0, %%gs:pvops_percpu+%c1(%%rip)" : : "r"(value),	\
		     "i"(PVOPS_PERCPU_PRIV + offsetof(struct xen_private, field)) : "memory")

static inline struct xen_cpu *xen_this_cpu(void)
{
	return xen_this(struct xen_cpu *, cpu);
}

/* Mask events; what xen_irq_restore() wants back. */
static inline u8 xen_irq_save(void)
{
	u8 mask = 1;

	asm volatile("xchg %0, %%gs:pvops_percpu+1(%%rip)" : "+q"(mask) : : "memory");
	return mask;
}

static inline void xen_irq_restore(u8 mask)
{
	if (!mask)
		asm volatile("call xen_irq_enable" : : : "memory", "cc");
}

static inline bool xen_irqs_off(void)
{
	u8 mask;

	asm volatile("movb %%gs:pvops_percpu+1(%%rip), %0" : "=q"(mask));
	return mask;
}

/* A lock for short stretches with events masked. */
struct xen_lock {
	u32 taken;
};

static inline u8 xen_lock(struct xen_lock *lock)
{
	u8 mask = xen_irq_save();

	while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE))
		xen_hypercall(__HYPERVISOR_sched_op, 0 /* SCHEDOP_yield */, 0, 0, 0);
	return mask;
}

static inline void xen_unlock(struct xen_lock *lock, u8 mask)
{
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
	xen_irq_restore(mask);
}

/* backend.c: say once an op that a hypercall failed; returns the error. */
int xen_failed(unsigned int op, const char *hypercall, long err);
void xen_copy(void *to, const void *from, size_t len);

/* start_info.c: the parser proper, for tests too; @va is where Xen says @si lies. */
const char *xen_parse_start_info(struct pvops_boot *boot, const struct start_info *si,
				 unsigned long va);
extern const struct pvops_boot_proto pvops_boot_xen;

/* console.c */
void xen_console_write(const char *text, size_t len);
void xen_emergency_write(const struct start_info *si, const char *text, size_t len);

/* p2m.c */
int xen_p2m_init(struct pvops_boot *boot);
pvops_mfn_t xen_pfn_to_mfn(pvops_pfn_t pfn);
pvops_pfn_t xen_mfn_to_pfn(pvops_mfn_t mfn);
unsigned long xen_nr_pages(void);
pvops_pte_t xen_make_pte(pvops_pteval_t val);
pvops_pteval_t xen_pte_val(pvops_pte_t pte);
unsigned long xen_clean(unsigned long entry);	/* without the bits that Xen adds */
extern unsigned long xen_nx;			/* PVOPS_PTE_NX if the CPU has it */

/* Machine address of what a kernel address maps. */
u64 xen_virt_to_machine(const void *va);

static inline pvops_mfn_t xen_pte_mfn(unsigned long pte)
{
	return (__force pvops_mfn_t)((pte & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT);
}

static inline u64 xen_mfn_to_machine(pvops_mfn_t mfn)
{
	return (u64)(__force unsigned long)mfn << PVOPS_PAGE_SHIFT;
}

/* multicall.c */
static inline bool xen_batching(void)
{
	return xen_this(u32, batching);
}

void xen_batch_begin(void);
int xen_batch_flush(void);
int xen_batch_push(void);		/* send what is held back; the batch goes on */
void xen_queue_update(unsigned int op, u64 ptr, u64 val);
void xen_queue_ext(unsigned int op, const struct mmuext_op *ext);
void xen_queue_call(unsigned int op, unsigned int nr, unsigned long a, unsigned long b,
		    unsigned long c);
const struct pvops_cpumask *xen_queue_mask(const struct pvops_cpumask *mask);
bool xen_queued_value(u64 ptr, u64 *val);
/* One update, extended op or call: queued in a batch, else done at once. */
int xen_update(unsigned int op, u64 ptr, u64 val);
int xen_ext(unsigned int op, const struct mmuext_op *ext);
int xen_call(unsigned int op, unsigned int nr, unsigned long a, unsigned long b, unsigned long c);

/* pin.c: pages as tables */
#define XEN_PT_LEVEL	7U		/* 0: no table */
#define XEN_PT_RO	8U		/* read-only to us: written by hypercall */
#define XEN_PT_LINKED	16U		/* in a tree that Xen knows: its type holds */
#define XEN_PT_PINNED	32U		/* top level */
#define XEN_PT_TWIN	6		/* shift of the user root's frame number */

int xen_pin_init(const struct pvops_boot *boot);
bool xen_pin_ready(void);
u32 xen_page_state(pvops_pfn_t pfn);
int xen_make_live(unsigned int op, pvops_pfn_t pfn, unsigned int level);
void xen_set_linked(pvops_pfn_t pfn, bool linked);
pvops_pfn_t xen_twin(pvops_pfn_t root);
pvops_pte_t *xen_table_of(pvops_pfn_t pfn);
pvops_fn_mmu_alloc_table_t xen_mmu_alloc_table;
pvops_fn_mmu_release_table_t xen_mmu_release_table;
pvops_fn_mmu_create_as_t xen_mmu_create_as;
pvops_fn_mmu_destroy_as_t xen_mmu_destroy_as;
pvops_fn_mmu_pin_t xen_mmu_pin;
pvops_fn_mmu_unpin_t xen_mmu_unpin;
int xen_make_writable(unsigned int op, pvops_pfn_t pfn);
int xen_protect_page(unsigned int op, const void *va);	/* read-only, both mappings */
int xen_unprotect_page(unsigned int op, const void *va);
int xen_activate(pvops_gpa_t root);

/* irq.c */
int xen_irq_init(void);
int xen_irq_init_cpu(unsigned int cpu);
pvops_fn_irq_bind_t xen_irq_bind;
pvops_fn_irq_unbind_t xen_irq_unbind;
pvops_fn_irq_handle_t xen_irq_handle;
pvops_fn_irq_eoi_t xen_irq_eoi;
pvops_fn_irq_mask_t xen_irq_mask;
pvops_fn_irq_unmask_t xen_irq_unmask;
void xen_deliver(u32 port);

/* event.c */
static inline bool xen_port_test(const xen_ulong_t *bits, u32 port)
{
	return __atomic_load_n(bits + port / 64, __ATOMIC_ACQUIRE) >> port % 64 & 1;
}

static inline void xen_port_set(xen_ulong_t *bits, u32 port)
{
	__atomic_fetch_or(bits + port / 64, 1UL << port % 64, __ATOMIC_SEQ_CST);
}

static inline void xen_port_clear(xen_ulong_t *bits, u32 port)
{
	__atomic_fetch_and(bits + port / 64, ~(1UL << port % 64), __ATOMIC_SEQ_CST);
}

int xen_port_send(unsigned int op, u32 port);
int xen_bind_ipi(unsigned int op, unsigned int cpu, u32 *port);

/* time.c */
int xen_time_init_cpu(unsigned int cpu);
pvops_fn_time_clock_t xen_time_clock;
pvops_fn_time_wallclock_t xen_time_wallclock;
pvops_fn_time_set_timer_t xen_time_set_timer;
pvops_fn_time_stop_timer_t xen_time_stop_timer;
pvops_fn_time_steal_t xen_time_steal;

/* smp.c, lock.c */
int xen_smp_init(void);
pvops_fn_smp_nr_cpus_t xen_smp_nr_cpus;
pvops_fn_smp_start_cpu_t xen_smp_start_cpu;
pvops_fn_smp_stop_cpu_t xen_smp_stop_cpu;
pvops_fn_smp_cpu_stopped_t xen_smp_cpu_stopped;
pvops_fn_smp_send_ipi_t xen_smp_send_ipi;
pvops_fn_smp_poll_t xen_smp_poll;
pvops_fn_lock_wait_t xen_lock_wait;
pvops_fn_lock_kick_t xen_lock_kick;
int xen_register_vcpu_info(unsigned int cpu);

/* cpu.c, desc.c, mmu.c */
int xen_cpu_init(unsigned int cpu);
pvops_fn_cpu_get_dr_t xen_cpu_get_dr;
pvops_fn_cpu_set_dr_t xen_cpu_set_dr;
pvops_fn_cpu_read_msr_safe_t xen_cpu_read_msr_safe;
pvops_fn_cpu_write_msr_safe_t xen_cpu_write_msr_safe;
pvops_fn_cpu_set_ldt_t xen_cpu_set_ldt;
pvops_fn_cpu_write_idt_entry_t xen_cpu_write_idt_entry;
pvops_fn_cpu_load_tls_t xen_cpu_load_tls;
pvops_fn_cpu_write_fs_base_t xen_cpu_write_fs_base;
pvops_fn_cpu_write_gs_base_t xen_cpu_write_gs_base;
pvops_fn_cpu_write_user_gs_base_t xen_cpu_write_user_gs_base;
pvops_fn_cpu_load_gs_index_t xen_cpu_load_gs_index;
pvops_fn_cpu_set_entries_t xen_cpu_set_entries;
pvops_fn_cpu_set_io_bitmap_t xen_cpu_set_io_bitmap;
pvops_fn_cpu_set_iopl_t xen_cpu_set_iopl;
pvops_fn_cpu_shutdown_t xen_cpu_shutdown;
void xen_gate_to_trap(unsigned int vector, const struct pvops_gate *gate, struct trap_info *trap);
pvops_fn_mmu_protect_pte_t xen_mmu_protect_pte, xen_mmu_protect_pmd, xen_mmu_protect_pud,
	xen_mmu_protect_pgd;
pvops_fn_mmu_flush_local_t xen_mmu_flush_local;
pvops_fn_mmu_flush_global_t xen_mmu_flush_global;
pvops_fn_mmu_flush_others_t xen_mmu_flush_others;

/* stubs.S: functions that keep their op's registers, and where a stopped CPU begins anew */
extern const u8 xen_nothing[], xen_irq_enable[], xen_irq_restore_op[], xen_iret_func[],
	xen_sysret_func[], xen_entry_frame_func[], xen_read_cr0[], xen_write_cr2[],
	xen_read_cr3[], xen_read_cr4[], xen_yield[], xen_sysret[], xen_iret[];
void xen_down(unsigned int cpu) __attribute__((noreturn));

/* Names that two or more op tables need: thunks and templates, defined in the op's file. */
#define XEN_OP(name) extern const u8 xen_op_##name[]
XEN_OP(write_cr0);
XEN_OP(write_cr3);
XEN_OP(write_cr4);
XEN_OP(write_msr);
XEN_OP(load_gdt);
XEN_OP(load_idt);
XEN_OP(write_gdt_entry);
XEN_OP(write_ldt_entry);
XEN_OP(set_kernel_stack);
XEN_OP(clts);
XEN_OP(halt);
XEN_OP(enable_halt);
XEN_OP(make_pte);
XEN_OP(pte_val);
XEN_OP(pfn_to_mfn);
XEN_OP(mfn_to_pfn);
XEN_OP(activate);
XEN_OP(set_pte);
XEN_OP(set_pmd);
XEN_OP(set_pud);
XEN_OP(set_pgd);
XEN_OP(clear_pte);
XEN_OP(clear_pmd);
XEN_OP(clear_pud);
XEN_OP(clear_pgd);
XEN_OP(tas_pte);
XEN_OP(tas_pmd);
XEN_OP(tas_pud);
XEN_OP(tas_pgd);
XEN_OP(xchg_pte);
XEN_OP(xchg_pmd);
XEN_OP(xchg_pud);
XEN_OP(xchg_pgd);
XEN_OP(flush_one);
XEN_OP(set_fixmap);

#endif /* __ASSEMBLY__ */

#endif /* PVOPS_BACKEND_XEN_H */
