/* SPDX-License-Identifier: GPL-2.0 */
/*
 * asm/paravirt.h with CONFIG_PVOPS: Linux's names for the ops of lib/include/pvops/ops.tbl and
 * linux.tbl. An op natively is its instructions, with no call and nothing left of one.
 */
#ifndef _PVOPS_PARAVIRT_H
#define _PVOPS_PARAVIRT_H

#include <asm/pgtable_types.h>
#include <asm/asm.h>
#include <asm/nospec-branch.h>

#ifndef __ASSEMBLY__
#include <linux/bug.h>
#include <linux/types.h>
#include <linux/cpumask.h>
#include <linux/static_call_types.h>
#include <asm/desc_defs.h>
#include <asm/frame.h>

struct page;
struct thread_struct;
struct desc_ptr;
struct mm_struct;
struct task_struct;
struct flush_tlb_info;
struct mmu_gather;
struct ptdesc;
struct vm_area_struct;
struct qspinlock;
struct static_key;

#include <pvops/kernel.h>
#include <pvops/ops.h>
#include <pvops/set.h>
#include <pvops/pv_info.h>

u64 dummy_steal_clock(int cpu);
u64 dummy_sched_clock(void);

DECLARE_STATIC_CALL(pv_steal_clock, dummy_steal_clock);
DECLARE_STATIC_CALL(pv_sched_clock, dummy_sched_clock);

void paravirt_set_sched_clock(u64 (*func)(void));
int paravirt_disable_iospace(void);
void default_banner(void);
void native_pv_lock_init(void) __init;

extern struct static_key paravirt_steal_enabled;
extern struct static_key paravirt_steal_rq_enabled;

static __always_inline u64 paravirt_sched_clock(void)
{
	return static_call(pv_sched_clock)();
}

static inline u64 paravirt_steal_clock(int cpu)
{
	return static_call(pv_steal_clock)(cpu);
}

/* Interrupt flag and halt. */
static __always_inline unsigned long arch_local_save_flags(void)
{
	return pvops_irq_save();
}

static __always_inline void arch_local_irq_disable(void)
{
	pvops_irq_disable();
}

static __always_inline void arch_local_irq_enable(void)
{
	pvops_irq_enable();
}

static __always_inline unsigned long arch_local_irq_save(void)
{
	unsigned long flags = arch_local_save_flags();

	arch_local_irq_disable();
	return flags;
}

static __always_inline void arch_safe_halt(void)
{
	pvops_linux_safe_halt();
}

static inline void halt(void)
{
	pvops_linux_halt();
}

/* Registers. */
static inline void slow_down_io(void)
{
	pvops_linux_io_delay();
#ifdef REALLY_SLOW_IO
	pvops_linux_io_delay();
	pvops_linux_io_delay();
	pvops_linux_io_delay();
#endif
}

static inline void load_sp0(unsigned long sp0)
{
	pvops_linux_load_sp0(sp0);
}

static inline void __cpuid(unsigned int *eax, unsigned int *ebx, unsigned int *ecx,
			   unsigned int *edx)
{
	pvops_linux_cpuid(eax, ebx, ecx, edx);
}

#define get_debugreg(var, reg)	((var) = pvops_linux_get_debugreg(reg))

static __always_inline void set_debugreg(unsigned long val, int reg)
{
	pvops_linux_set_debugreg(reg, val);
}

static inline unsigned long read_cr0(void)
{
	return pvops_cpu_read_cr0();
}

static inline void write_cr0(unsigned long x)
{
	pvops_linux_write_cr0(x);
}

static __always_inline unsigned long read_cr2(void)
{
	return pvops_cpu_read_cr2();
}

static __always_inline void write_cr2(unsigned long x)
{
	pvops_cpu_write_cr2(x);
}

static inline unsigned long __read_cr3(void)
{
	return (__force unsigned long)pvops_cpu_read_cr3();
}

static inline void write_cr3(unsigned long x)
{
	pvops_cpu_write_cr3((__force pvops_gpa_t)x);
}

static inline void __write_cr4(unsigned long x)
{
	pvops_linux_write_cr4(x);
}

static __always_inline void wbinvd(void)
{
	pvops_cpu_wbinvd();
}

#define rdpmc(counter, low, high)			\
do {							\
	u64 _l = pvops_linux_read_pmc(counter);		\
	(low) = (u32)_l;				\
	(high) = _l >> 32;				\
} while (0)

#define rdpmcl(counter, val)	((val) = pvops_linux_read_pmc(counter))

/* Descriptors. */
#define paravirt_alloc_ldt(ldt, entries)	pvops_linux_alloc_ldt(ldt, entries)
#define paravirt_free_ldt(ldt, entries)		pvops_linux_free_ldt(ldt, entries)
#define load_TR_desc()				pvops_linux_load_tr_desc()

static inline void load_gdt(const struct desc_ptr *dtr)
{
	pvops_linux_load_gdt(dtr);
}

static inline void load_idt(const struct desc_ptr *dtr)
{
	pvops_linux_load_idt(dtr);
}

static inline void set_ldt(const void *addr, unsigned int entries)
{
	pvops_linux_set_ldt(addr, entries);
}

#define store_tr(tr)	((tr) = pvops_linux_store_tr())

#define load_TLS(thread, cpu)						\
do {									\
	struct thread_struct *_thread = (thread);			\
	unsigned int _cpu = (cpu);					\
									\
	if (!pvops_linux_load_tls(_thread, _cpu))			\
		native_load_tls(_thread, _cpu);				\
} while (0)

#define load_gs_index(selector)						\
do {									\
	unsigned int _gs = (selector);					\
									\
	if (!pvops_linux_load_gs_index(_gs))				\
		native_load_gs_index(_gs);				\
} while (0)

static inline void write_ldt_entry(struct desc_struct *dt, int entry, const void *desc)
{
	pvops_linux_write_ldt_entry(dt, entry, desc);
}

static inline void write_gdt_entry(struct desc_struct *dt, int entry, void *desc, int type)
{
	pvops_linux_write_gdt_entry(dt, entry, desc, type);
}

static inline void write_idt_entry(gate_desc *dt, int entry, const gate_desc *g)
{
	pvops_linux_write_idt_entry(dt, entry, g);
}

#ifdef CONFIG_X86_IOPL_IOPERM
#define tss_invalidate_io_bitmap()		pvops_linux_invalidate_io_bitmap()
#define tss_update_io_bitmap()			pvops_linux_update_io_bitmap()
#endif

#define  __HAVE_ARCH_START_CONTEXT_SWITCH
#define arch_start_context_switch(prev)		pvops_linux_start_context_switch(prev)
#define arch_end_context_switch(next)		pvops_linux_end_context_switch(next)

/* TLB. */
void native_flush_tlb_local(void);
void native_flush_tlb_global(void);
void native_flush_tlb_one_user(unsigned long addr);
void native_flush_tlb_multi(const struct cpumask *cpumask, const struct flush_tlb_info *info);

#define __flush_tlb_local()						\
do {									\
	if (!pvops_linux_flush_tlb_user())				\
		native_flush_tlb_local();				\
} while (0)

#define __flush_tlb_global()			pvops_linux_flush_tlb_kernel()
#define __flush_tlb_one_user(addr)		pvops_linux_flush_tlb_one_user(addr)
#define __flush_tlb_multi(cpumask, info)	pvops_linux_flush_tlb_multi(cpumask, info)
#define paravirt_tlb_remove_table(tlb, table)	pvops_linux_tlb_remove_table(tlb, table)

/* Address spaces and their tables. */
#define paravirt_enter_mmap(mm)			pvops_linux_enter_mmap(mm)
#define paravirt_arch_exit_mmap(mm)		pvops_linux_exit_mmap(mm)

static inline void notify_page_enc_status_changed(unsigned long pfn, int npages, bool enc)
{
	pvops_linux_notify_page_enc_status_changed(pfn, npages, enc);
}

#define paravirt_pgd_alloc(mm)			pvops_linux_pgd_alloc(mm)
#define paravirt_pgd_free(mm, pgd)		pvops_linux_pgd_free(mm, pgd)

#define PVOPS_TABLE_PAGES(level)						\
static inline void paravirt_alloc_##level(struct mm_struct *mm, unsigned long pfn) \
{										\
	pvops_linux_alloc_##level(mm, pfn);					\
}										\
static inline void paravirt_release_##level(unsigned long pfn)		\
{										\
	pvops_linux_release_##level(pfn);					\
}

PVOPS_TABLE_PAGES(pte)
PVOPS_TABLE_PAGES(pmd)
PVOPS_TABLE_PAGES(pud)
PVOPS_TABLE_PAGES(p4d)
#undef PVOPS_TABLE_PAGES

/* Entries: as they stand in memory, and with the guest's frame numbers. Natively a move. */
#define PVOPS_CONVERT(op, val)						\
({									\
	unsigned long _out;						\
									\
	PVOPS_ASM(PVOPS_LEAD_ASIDE_##op("mov %[in], %[out]",		\
					"mov %[in], %[out]\n"		\
					"xchg %[out], %%rax\n",		\
					"xchg %[out], %%rax\n")		\
		  : PVOPS_SP_AND					\
		    [out] "=r" (_out)					\
		  : [in] "r" ((unsigned long)(val)) : "cc");		\
	_out;								\
})

/* The address of a lower table in an entry: converted and masked; natively masked. */
static __always_inline unsigned long pvops_entry_and(unsigned long entry, unsigned long mask)
{
	PVOPS_ASM(PVOPS_LEAD_ASIDE_mmu_pte_val("and %[mask], %[entry]",
					       "xchg %[entry], %%rax\n",
					       "xchg %[entry], %%rax\n"
					       "and %[mask], %[entry]\n")
		  : PVOPS_SP_AND
		    [entry] "+&r" (entry)
		  : [mask] "re" (mask) : "cc");
	return entry;
}

#define pmd_paddr(pmd)	pvops_entry_and(native_pmd_val(pmd), pmd_pfn_mask(pmd))
#define pud_paddr(pud)	pvops_entry_and(native_pud_val(pud), pud_pfn_mask(pud))
#define p4d_paddr(p4d)	pvops_entry_and(native_p4d_val(p4d), p4d_pfn_mask(p4d))
#define pgd_paddr(pgd)	pvops_entry_and(native_pgd_val(pgd), PTE_PFN_MASK)

static __always_inline unsigned long pvops_entry_val(unsigned long entry)
{
	return PVOPS_CONVERT(mmu_pte_val, entry);
}

static __always_inline unsigned long pvops_entry_make(unsigned long val)
{
	return PVOPS_CONVERT(mmu_make_pte, val);
}

/* Entries as they stand in memory: the frame number stays what it is. */
#define pte_raw(x)	native_pte_val(x)
#define __pte_raw(x)	native_make_pte(x)
#define pmd_raw(x)	native_pmd_val(x)
#define __pmd_raw(x)	native_make_pmd(x)
#define pud_raw(x)	native_pud_val(x)
#define __pud_raw(x)	native_make_pud(x)

/* Of present entries; one that is present and one that is not are never the same. */
#define pte_same_pfn(a, b)	(!((pte_raw(a) ^ pte_raw(b)) & PTE_PFN_MASK))

static inline pte_t __pte(pteval_t val)
{
	return native_make_pte(pvops_entry_make(val));
}

static inline pteval_t pte_val(pte_t pte)
{
	return pvops_entry_val(pte.pte);
}

static inline pmd_t __pmd(pmdval_t val)
{
	return (pmd_t) { PVOPS_CONVERT(linux_make_table, val) };
}

static inline pmdval_t pmd_val(pmd_t pmd)
{
	return pvops_entry_val(pmd.pmd);
}

static inline pud_t __pud(pudval_t val)
{
	return (pud_t) { PVOPS_CONVERT(linux_make_table, val) };
}

static inline pudval_t pud_val(pud_t pud)
{
	return pvops_entry_val(pud.pud);
}

static inline pgd_t __pgd(pgdval_t val)
{
	return (pgd_t) { PVOPS_CONVERT(linux_make_table, val) };
}

static inline pgdval_t pgd_val(pgd_t pgd)
{
	return pvops_entry_val(pgd.pgd);
}

/* A store in place, or the op, which has the address in rdi and the value in rsi. */
#define PVOPS_STORE(op, ptr, val)					\
do {									\
	unsigned long _at;						\
									\
	PVOPS_ASM(PVOPS_LEAD_ASIDE_##op("mov %[new], %[entry]",		\
					"lea %[entry], %[at]\n"		\
					"push %%rdi\n"			\
					"push %%rsi\n"			\
					"push %[new]\n"			\
					"push %[at]\n"			\
					"pop %%rdi\n"			\
					"pop %%rsi\n",			\
					"pop %%rsi\n"			\
					"pop %%rdi\n")			\
		  : PVOPS_SP_AND					\
		    [entry] "=m" (*(ptr)), [at] "=&r" (_at)		\
		  : [new] "r" ((unsigned long)(val)) : "memory", "cc");	\
} while (0)

static inline void set_pte(pte_t *ptep, pte_t pte)
{
	PVOPS_STORE(mmu_set_pte, ptep, native_pte_val(pte));
}

static inline void set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	PVOPS_STORE(mmu_set_pmd, pmdp, native_pmd_val(pmd));
}

static inline void set_pud(pud_t *pudp, pud_t pud)
{
	PVOPS_STORE(mmu_set_pud, pudp, native_pud_val(pud));
}

static inline void set_p4d(p4d_t *p4dp, p4d_t p4d)
{
	pvops_linux_set_p4d(p4dp, native_p4d_val(p4d));
}

#if CONFIG_PGTABLE_LEVELS >= 5
static inline p4d_t __p4d(p4dval_t val)
{
	return (p4d_t) { PVOPS_CONVERT(linux_make_table, val) };
}

static inline p4dval_t p4d_val(p4d_t p4d)
{
	return pvops_entry_val(p4d.p4d);
}

static inline void __set_pgd(pgd_t *pgdp, pgd_t pgd)
{
	pvops_linux_set_pgd(pgdp, native_pgd_val(pgd));
}

/* Macros, for what pgtable_l5_enabled() needs comes later. */
#define set_pgd(pgdp, pgdval) do {					\
	pgd_t *_pgdp = (pgdp), _pgd = (pgdval);				\
									\
	if (pgtable_l5_enabled())					\
		__set_pgd(_pgdp, _pgd);					\
	else								\
		set_p4d((p4d_t *)_pgdp, native_make_p4d(_pgd.pgd));	\
} while (0)

#define pgd_clear(pgdp) do {						\
	if (pgtable_l5_enabled())					\
		set_pgd(pgdp, native_make_pgd(0));			\
} while (0)
#endif

static inline void p4d_clear(p4d_t *p4dp)
{
	set_p4d(p4dp, native_make_p4d(0));
}

static inline void pud_clear(pud_t *pudp)
{
	set_pud(pudp, native_make_pud(0));
}

/* Its store weighs more than a plain one: walks of tables are to be inlined without it. */
noinline void pmd_clear_bad(pmd_t *pmdp);

static inline void pmd_clear(pmd_t *pmdp)
{
	set_pmd(pmdp, native_make_pmd(0));
}

static inline void set_pte_atomic(pte_t *ptep, pte_t pte)
{
	set_pte(ptep, pte);
}

static inline void pte_clear(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	set_pte(ptep, native_make_pte(0));
}

#define  __HAVE_ARCH_PTEP_MODIFY_PROT_TRANSACTION
#define ptep_modify_prot_start(vma, addr, ptep)				\
({									\
	pte_t _old = { pvops_linux_ptep_modify_prot_start(ptep) };	\
									\
	page_table_check_pte_clear((vma)->vm_mm, _old);			\
	_old;								\
})

#define ptep_modify_prot_commit(vma, addr, ptep, old, new)		\
do {									\
	pte_t *_ptep = (ptep), _new = (new);				\
									\
	page_table_check_ptes_set((vma)->vm_mm, _ptep, _new, 1);	\
	PVOPS_STORE(linux_ptep_modify_prot_commit, _ptep, native_pte_val(_new)); \
} while (0)

#define  __HAVE_ARCH_ENTER_LAZY_MMU_MODE
#define arch_enter_lazy_mmu_mode()		pvops_linux_lazy_enter()
#define arch_leave_lazy_mmu_mode()		pvops_linux_lazy_leave()
#define arch_flush_lazy_mmu_mode()		pvops_linux_lazy_flush()

/* What Linux does with entries by itself, and Xen PV's read-only tables do not bear. */
static inline void paravirt_clear_pte(pte_t *ptep)
{
	PVOPS_ASM goto(PVOPS_LEAD_mmu_clear_pte "movq $0, %0\n" PVOPS_COUNT_mmu_clear_pte
		       : : "m" (*ptep) : "memory" : cold);
	return;
cold: PVOPS_COLD
	pvops_mmu_clear_pte((pvops_pte_t *)ptep);
}

/* For nobody but us, but the table may still be in use. */
static inline pte_t paravirt_local_get_and_clear_pte(pte_t *ptep)
{
	pte_t pte = *ptep;

	paravirt_clear_pte(ptep);
	return pte;
}

static inline pte_t paravirt_get_and_clear_pte(struct mm_struct *mm, pte_t *ptep)
{
	return (pte_t) { pvops_linux_get_and_clear_pte(mm, ptep) };
}

#define paravirt_wrprotect_pte(ptep)		pvops_linux_wrprotect_pte(ptep)

/* Several changes of entries of one table, its lock held. */
#define arch_begin_ptes()	arch_enter_lazy_mmu_mode()
#define arch_end_ptes()		arch_leave_lazy_mmu_mode()

#define arch_kthread_use_mm(mm)			pvops_linux_use_mm(mm)

/* Pages of tables, which may go on as tables. */
#define arch_take_table(mm, level)					\
({									\
	struct ptdesc *_table;						\
									\
	pvops_linux_take_table(level, mm, &_table) ? _table : NULL;	\
})
#define arch_keep_table(page)			pvops_linux_keep_table(page)

static inline pgd_t *paravirt_take_pgd(struct mm_struct *mm)
{
	pgd_t *pgd;

	return pvops_linux_take_pgd(mm, &pgd) ? pgd : NULL;
}

#define paravirt_keep_pgd(pgd)			pvops_linux_keep_pgd(pgd)

static inline void __set_fixmap(unsigned int idx, phys_addr_t phys, pgprot_t flags)
{
	pvops_linux_set_fixmap(idx, phys, pgprot_val(flags));
}

/* Locks. */
#if defined(CONFIG_SMP) && defined(CONFIG_PARAVIRT_SPINLOCKS)
__visible void __native_queued_spin_unlock(struct qspinlock *lock);

static __always_inline void pv_queued_spin_lock_slowpath(struct qspinlock *lock, u32 val)
{
	pvops_linux_queued_spin_lock_slowpath(lock, val);
}

static __always_inline void pv_queued_spin_unlock(struct qspinlock *lock)
{
	unsigned long at;

	/* The function behind the op loses rax. */
	PVOPS_ASM(PVOPS_LEAD_ASIDE_linux_queued_spin_unlock("movb $0, %[locked]",
							    "lea %[locked], %[at]\n"
							    "push %%rdi\n"
							    "push %%rax\n"
							    "mov %[at], %%rdi\n",
							    "pop %%rax\n"
							    "pop %%rdi\n")
		  : PVOPS_SP_AND
		    [locked] "=m" (lock->locked), [at] "=&r" (at)
		  : : "memory", "cc");
}

static __always_inline void pv_wait(u8 *ptr, u8 val)
{
	pvops_linux_wait(ptr, val);
}

static __always_inline void pv_kick(int cpu)
{
	pvops_linux_kick(cpu);
}

static __always_inline bool pv_vcpu_is_preempted(long cpu)
{
	return pvops_linux_vcpu_is_preempted(cpu);
}
#endif

#elif defined(CONFIG_DEBUG_ENTRY)
#include <pvops/asm.h>

/* To rax. */
#define SAVE_FLAGS	PVOPS_CALL_ASM(irq_save)
#endif /* __ASSEMBLY__ */
#endif /* _PVOPS_PARAVIRT_H */
