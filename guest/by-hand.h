/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Ops as a kernel without this library has them: by_hand_FAMILY_NAME() with the op's own prototype,
 * the instruction in its place and the compiler free to choose the registers. What a patched site
 * is measured by (bench.c) and compared with (tests/residue).
 */
#ifndef GUEST_BY_HAND_H
#define GUEST_BY_HAND_H

#include <pvops/pvops.h>

/* Statements of an asm that only takes something, or only gives it. */
#define TAKE(insn, value)	asm volatile(insn : : "r"(value) : "memory")
#define GIVE(type, insn)							\
	({									\
		type value_;							\
										\
		asm volatile(insn : "=r"(value_) : : "memory");			\
		value_;								\
	})
#define BARE(insn)		asm volatile(insn : : : "memory")

#define BY_HAND static inline __attribute__((always_inline))

BY_HAND unsigned long by_hand_cpu_read_cr0(void)
{
	return GIVE(unsigned long, "mov %%cr0, %0");
}

BY_HAND void by_hand_cpu_write_cr0(unsigned long val)
{
	TAKE("mov %0, %%cr0", val);
}

BY_HAND unsigned long by_hand_cpu_read_cr2(void)
{
	return GIVE(unsigned long, "mov %%cr2, %0");
}

BY_HAND void by_hand_cpu_write_cr2(unsigned long addr)
{
	TAKE("mov %0, %%cr2", addr);
}

BY_HAND pvops_gpa_t by_hand_cpu_read_cr3(void)
{
	return GIVE(pvops_gpa_t, "mov %%cr3, %0");
}

BY_HAND void by_hand_cpu_write_cr3(pvops_gpa_t root)
{
	TAKE("mov %0, %%cr3", root);
}

BY_HAND unsigned long by_hand_cpu_read_cr4(void)
{
	return GIVE(unsigned long, "mov %%cr4, %0");
}

BY_HAND void by_hand_cpu_write_cr4(unsigned long val)
{
	TAKE("mov %0, %%cr4", val);
}

/* There is no such register on i386: a constant, which is not to be known to the compiler. */
BY_HAND unsigned long by_hand_cpu_read_cr8(void)
{
#ifdef __x86_64__
	return GIVE(unsigned long, "mov %%cr8, %0");
#else
	return GIVE(unsigned long, "xor %0, %0");
#endif
}

BY_HAND void by_hand_cpu_write_cr8(unsigned long val)
{
#ifdef __x86_64__
	TAKE("mov %0, %%cr8", val);
#endif
}

/* 64 bits in edx:eax, which i386 has as one. */
#ifdef __x86_64__
#define GIVE_PAIR(insn, counter)						\
	({									\
		u32 lo_, hi_;							\
										\
		asm volatile(insn : "=a"(lo_), "=d"(hi_) : "c"(counter) : "memory"); \
		(u64)hi_ << 32 | lo_;						\
	})
#else
#define GIVE_PAIR(insn, counter)						\
	({									\
		u64 value_;							\
										\
		asm volatile(insn : "=A"(value_) : "c"(counter) : "memory");	\
		value_;								\
	})
#endif

BY_HAND u64 by_hand_cpu_read_msr(u32 msr)
{
	return GIVE_PAIR("rdmsr", msr);
}

BY_HAND void by_hand_cpu_write_msr(u32 msr, u32 lo, u32 hi)
{
	asm volatile("wrmsr" : : "c"(msr), "a"(lo), "d"(hi) : "memory");
}

BY_HAND void by_hand_cpu_cpuid(u32 *eax, u32 *ebx, u32 *ecx, u32 *edx)
{
	asm volatile("cpuid" : "+a"(*eax), "=b"(*ebx), "+c"(*ecx), "=d"(*edx) : : "memory");
}

BY_HAND u64 by_hand_cpu_rdpmc(u32 counter)
{
	return GIVE_PAIR("rdpmc", counter);
}

BY_HAND void by_hand_cpu_load_gdt(const struct pvops_desc_ptr *ptr)
{
	TAKE("lgdt (%0)", ptr);
}

BY_HAND void by_hand_cpu_load_idt(const struct pvops_desc_ptr *ptr)
{
	TAKE("lidt (%0)", ptr);
}

BY_HAND void by_hand_cpu_load_tr(u32 selector)
{
	TAKE("ltr %w0", selector);
}

BY_HAND u32 by_hand_cpu_store_tr(void)
{
	return GIVE(u32, "str %0");
}

/* Of a descriptor in halves the one with the present bit comes last. */
BY_HAND void by_hand_cpu_write_gdt_entry(u64 *gdt, unsigned long index, u64 desc)
{
#ifdef __x86_64__
	asm volatile("mov %2, (%0,%1,8)" : : "r"(gdt), "r"(index), "r"(desc) : "memory");
#else
	asm volatile("mov %3, 4(%0,%1,8); mov %2, (%0,%1,8)"
		     : : "r"(gdt), "r"(index), "r"((u32)desc), "r"((u32)(desc >> 32)) : "memory");
#endif
}

BY_HAND void by_hand_cpu_write_ldt_entry(u64 *ldt, unsigned long index, u64 desc)
{
	by_hand_cpu_write_gdt_entry(ldt, index, desc);
}

BY_HAND void by_hand_cpu_set_kernel_stack(struct pvops_tss *tss, unsigned long sp)
{
	/* Where the stack of ring 0 is in both. */
	asm volatile("mov %1, 4(%0)" : : "r"(tss), "r"(sp) : "memory");
}

#define BY_HAND_IN(bits, type)							\
BY_HAND type by_hand_cpu_in##bits(u16 port)					\
{										\
	type val;								\
										\
	asm volatile("in %w1, %0" : "=a"(val) : "d"(port) : "memory");		\
	return val;								\
}

#define BY_HAND_OUT(bits, type)							\
BY_HAND void by_hand_cpu_out##bits(type val, u16 port)				\
{										\
	asm volatile("out %0, %w1" : : "a"(val), "d"(port) : "memory");		\
}

BY_HAND_IN(8, u8)
BY_HAND_IN(16, u16)
BY_HAND_IN(32, u32)
BY_HAND_OUT(8, u8)
BY_HAND_OUT(16, u16)
BY_HAND_OUT(32, u32)

BY_HAND void by_hand_cpu_io_delay(void)
{
	BARE("out %%al, $0x80");
}

BY_HAND void by_hand_cpu_clts(void)
{
	BARE("clts");
}

BY_HAND void by_hand_cpu_wbinvd(void)
{
	BARE("wbinvd");
}

BY_HAND unsigned long by_hand_irq_save(void)
{
	return GIVE(unsigned long, "pushf; pop %0");
}

/* A test and sti: popf is slow. */
BY_HAND void by_hand_irq_restore(unsigned long flags)
{
	asm volatile("bt $9, %k0; .byte 0x73, 1; sti" : : "r"(flags) : "memory", "cc");
}

BY_HAND void by_hand_irq_disable(void)
{
	BARE("cli");
}

BY_HAND void by_hand_irq_enable(void)
{
	BARE("sti");
}

BY_HAND void by_hand_irq_halt(void)
{
	BARE("hlt");
}

BY_HAND void by_hand_irq_enable_halt(void)
{
	BARE("sti; hlt");
}

BY_HAND pvops_pte_t by_hand_mmu_make_pte(pvops_pteval_t val)
{
	return (__force pvops_pte_t)val;
}

BY_HAND pvops_pteval_t by_hand_mmu_pte_val(pvops_pte_t pte)
{
	return (__force pvops_pteval_t)pte;
}

BY_HAND pvops_mfn_t by_hand_mmu_pfn_to_mfn(pvops_pfn_t pfn)
{
	return (__force pvops_mfn_t)pfn;
}

BY_HAND pvops_pfn_t by_hand_mmu_mfn_to_pfn(pvops_mfn_t mfn)
{
	return (__force pvops_pfn_t)mfn;
}

/* Nobody is to be told, and nothing can be refused. */
BY_HAND void by_hand_mmu_alloc_table(unsigned int level, pvops_pfn_t pfn)
{
}

BY_HAND void by_hand_mmu_release_table(unsigned int level, pvops_pfn_t pfn)
{
}

BY_HAND int by_hand_mmu_create_as(pvops_pfn_t root)
{
	return 0;
}

BY_HAND void by_hand_mmu_destroy_as(pvops_pfn_t root)
{
}

BY_HAND int by_hand_mmu_pin(pvops_pfn_t root)
{
	return 0;
}

BY_HAND void by_hand_mmu_unpin(pvops_pfn_t root)
{
}

BY_HAND void by_hand_mmu_activate(pvops_gpa_t root)
{
	TAKE("mov %0, %%cr3", root);
}

/* On i386 at once, as a table that is in use wants it: a loop. */
BY_HAND pvops_pte_t by_hand_mmu_xchg_pte(pvops_pte_t *ptep, pvops_pte_t pte)
{
#ifdef __x86_64__
	asm volatile("xchg %0, (%1)" : "+a"(pte) : "r"(ptep) : "memory");
	return pte;
#else
	u64 old = *(volatile u64 *)ptep;

	asm volatile("1: lock cmpxchg8b (%1); jne 1b"
		     : "+A"(old)
		     : "r"(ptep), "b"((u32)(__force u64)pte),
		       "c"((u32)((__force u64)pte >> 32))
		     : "memory", "cc");
	return (__force pvops_pte_t)old;
#endif
}

BY_HAND void by_hand_mmu_set_pte(pvops_pte_t *ptep, pvops_pte_t pte)
{
#ifdef __x86_64__
	asm volatile("mov %1, (%0)" : : "r"(ptep), "r"(pte) : "memory");
#else
	(void)by_hand_mmu_xchg_pte(ptep, pte);
#endif
}

/* Not present from its first half on. */
BY_HAND void by_hand_mmu_clear_pte(pvops_pte_t *ptep)
{
#ifdef __x86_64__
	asm volatile("movq $0, (%0)" : : "r"(ptep) : "memory");
#else
	asm volatile("andl $0, (%0); andl $0, 4(%0)" : : "r"(ptep) : "memory", "cc");
#endif
}

BY_HAND bool by_hand_mmu_tas_pte(pvops_pte_t *ptep, unsigned long bit)
{
	bool was;

	asm volatile("lock bts %2, (%1); setc %0"
		     : "=a"(was) : "r"(ptep), "r"(bit) : "memory", "cc");
	return was;
}

/* The entries of all levels are alike. */
#define BY_HAND_LEVEL(level)							\
BY_HAND void by_hand_mmu_set_##level(pvops_pte_t *ptep, pvops_pte_t pte)	\
{										\
	by_hand_mmu_set_pte(ptep, pte);						\
}										\
BY_HAND void by_hand_mmu_clear_##level(pvops_pte_t *ptep)			\
{										\
	by_hand_mmu_clear_pte(ptep);						\
}										\
BY_HAND bool by_hand_mmu_tas_##level(pvops_pte_t *ptep, unsigned long bit)	\
{										\
	return by_hand_mmu_tas_pte(ptep, bit);					\
}										\
BY_HAND pvops_pte_t by_hand_mmu_xchg_##level(pvops_pte_t *ptep, pvops_pte_t pte) \
{										\
	return by_hand_mmu_xchg_pte(ptep, pte);					\
}

BY_HAND_LEVEL(pmd)
BY_HAND_LEVEL(pud)
BY_HAND_LEVEL(pgd)

BY_HAND void by_hand_mmu_flush_one(unsigned long va)
{
	TAKE("invlpg (%0)", va);
}

BY_HAND void by_hand_mmu_set_fixmap(pvops_pte_t *ptep, unsigned long va, pvops_pte_t pte)
{
	by_hand_mmu_set_pte(ptep, pte);
	by_hand_mmu_flush_one(va);
}

BY_HAND void by_hand_mmu_batch_begin(void)
{
}

BY_HAND int by_hand_mmu_batch_flush(void)
{
	return 0;
}

BY_HAND void by_hand_smp_yield(void)
{
	BARE("pause");
}

BY_HAND void by_hand_lock_kick(unsigned int cpu)
{
}

#endif /* GUEST_BY_HAND_H */
