// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Runs the pairs and counts what they execute; a test of the guest, in residue/guest.elf. Meant for
 * QEMU's -icount, where the time-stamp counter counts instructions. A line for each pair:
 *
 *	residue: VARIANT OP KIND hand=N op=N	instructions, with what calling it takes
 *
 * Who calls is the same code for both of a pair, so the difference is what the pair differs by.
 */
#include "guest/tests/util.h"
#include "residue.h"

#define MSR_EFER	0xc0000080
#define PORT		0x80
#define ROUNDS		3		/* the first one warms up; an interrupt may be in one */
#define TSS_BUSY	(1ULL << 41)
#define OWN_IPI		(NR_IPIS + 1)

/* Operands: what is there already, or memory of nobody's. */
static unsigned long cr0, cr2, cr4;
static pvops_gpa_t root;
static struct pvops_desc_ptr gdtr, idtr;
static struct pvops_tss tss;
static u64 gdt[8];
static pvops_pte_t entry;
static pvops_pteval_t pteval;
static u32 words[4];
static u32 efer;
static unsigned long va;

#define ARGS(...) (__VA_ARGS__)
#define PFN	((__force pvops_pfn_t)1)
#define MFN	((__force pvops_mfn_t)1)

/* CALL(op, arguments): by a pointer of the op's own type. */
#define CALLS									\
	CALL(cpu_read_cr0, ARGS())						\
	CALL(cpu_write_cr0, ARGS(cr0))						\
	CALL(cpu_read_cr2, ARGS())						\
	CALL(cpu_write_cr2, ARGS(cr2))						\
	CALL(cpu_read_cr3, ARGS())						\
	CALL(cpu_write_cr3, ARGS(root))						\
	CALL(cpu_read_cr4, ARGS())						\
	CALL(cpu_write_cr4, ARGS(cr4))						\
	CALL(cpu_read_cr8, ARGS())						\
	CALL(cpu_write_cr8, ARGS(0))						\
	CALL(cpu_read_msr, ARGS(MSR_EFER))					\
	CALL(cpu_write_msr, ARGS(MSR_EFER, efer, 0))				\
	CALL(cpu_cpuid, ARGS(words, words + 1, words + 2, words + 3))		\
	CALL(cpu_load_gdt, ARGS(&gdtr))						\
	CALL(cpu_load_idt, ARGS(&idtr))						\
	CALL(cpu_load_tr, ARGS(SEL_TSS))					\
	CALL(cpu_store_tr, ARGS())						\
	CALL(cpu_write_gdt_entry, ARGS(gdt, 3, 0))				\
	CALL(cpu_write_ldt_entry, ARGS(gdt, 3, 0))				\
	CALL(cpu_set_kernel_stack, ARGS(&tss, va))				\
	CALL(cpu_in8, ARGS(PORT))						\
	CALL(cpu_in16, ARGS(PORT))						\
	CALL(cpu_in32, ARGS(PORT))						\
	CALL(cpu_out8, ARGS(0, PORT))						\
	CALL(cpu_out16, ARGS(0, PORT))						\
	CALL(cpu_out32, ARGS(0, PORT))						\
	CALL(cpu_io_delay, ARGS())						\
	CALL(cpu_clts, ARGS())							\
	CALL(cpu_wbinvd, ARGS())						\
	CALL(irq_save, ARGS())							\
	CALL(irq_restore, ARGS(PVOPS_FLAGS_IF))					\
	CALL(irq_disable, ARGS())						\
	CALL(irq_enable, ARGS())						\
	CALL(irq_enable_halt, ARGS())						\
	CALL(mmu_make_pte, ARGS(pteval))					\
	CALL(mmu_pte_val, ARGS(entry))						\
	CALL(mmu_pfn_to_mfn, ARGS(PFN))						\
	CALL(mmu_mfn_to_pfn, ARGS(MFN))						\
	CALL(mmu_alloc_table, ARGS(1, PFN))					\
	CALL(mmu_release_table, ARGS(1, PFN))					\
	CALL(mmu_create_as, ARGS(PFN))						\
	CALL(mmu_destroy_as, ARGS(PFN))						\
	CALL(mmu_pin, ARGS(PFN))						\
	CALL(mmu_unpin, ARGS(PFN))						\
	CALL(mmu_activate, ARGS(root))						\
	CALL(mmu_set_pte, ARGS(&entry, 0))					\
	CALL(mmu_set_pmd, ARGS(&entry, 0))					\
	CALL(mmu_set_pud, ARGS(&entry, 0))					\
	CALL(mmu_set_pgd, ARGS(&entry, 0))					\
	CALL(mmu_clear_pte, ARGS(&entry))					\
	CALL(mmu_clear_pmd, ARGS(&entry))					\
	CALL(mmu_clear_pud, ARGS(&entry))					\
	CALL(mmu_clear_pgd, ARGS(&entry))					\
	CALL(mmu_tas_pte, ARGS(&entry, 9))					\
	CALL(mmu_tas_pmd, ARGS(&entry, 9))					\
	CALL(mmu_tas_pud, ARGS(&entry, 9))					\
	CALL(mmu_tas_pgd, ARGS(&entry, 9))					\
	CALL(mmu_xchg_pte, ARGS(&entry, 0))					\
	CALL(mmu_xchg_pmd, ARGS(&entry, 0))					\
	CALL(mmu_xchg_pud, ARGS(&entry, 0))					\
	CALL(mmu_xchg_pgd, ARGS(&entry, 0))					\
	CALL(mmu_flush_one, ARGS(va))						\
	CALL(mmu_set_fixmap, ARGS(&entry, va, 0))				\
	CALL(mmu_batch_begin, ARGS())						\
	CALL(mmu_batch_flush, ARGS())						\
	CALL(smp_yield, ARGS())							\
	CALL(lock_kick, ARGS(0))

#define CALL(name, args)							\
	static void call_##name(const void *fn)					\
	{									\
		(void)((typeof(&pvops_##name))(unsigned long)fn)args;		\
	}
CALLS
#undef CALL

/* Of what only assembly has. */
static void call_bare(const void *fn)
{
	((void (*)(void))(unsigned long)fn)();
}

#define CALL(name, args) [PVOPS_OP_##name] = call_##name,
static void (*const calls[PVOPS_NR_OPS])(const void *fn) = {
	CALLS
	[PVOPS_OP_cpu_swapgs] = call_bare,
	[PVOPS_OP_cpu_iret] = call_bare,
	[PVOPS_OP_cpu_entry_frame] = call_bare,
};
#undef CALL

extern const u8 hand_asm_cpu_swapgs[], op_asm_cpu_swapgs[], hand_asm_cpu_iret[], op_asm_cpu_iret[];
extern const u8 hand_asm_cpu_entry_frame[], op_asm_cpu_entry_frame[];

const struct residue_pair residue_asm[] = {
	{ PVOPS_OP_cpu_swapgs, "plain", { hand_asm_cpu_swapgs, op_asm_cpu_swapgs } },
	{ PVOPS_OP_cpu_iret, "plain", { hand_asm_cpu_iret, op_asm_cpu_iret } },
	{ PVOPS_OP_cpu_entry_frame, "plain", { hand_asm_cpu_entry_frame, op_asm_cpu_entry_frame } },
	{ PVOPS_NR_OPS, NULL, { NULL } },
};

static u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static void on_ipi(u32 irq, void *data)
{
	pvops_irq_eoi(irq);
}

/* What must be so each time again. */
static void before(unsigned int op)
{
	u64 *row = this_cpu()->gdt + SEL_TSS / 8;

	/* A task register's descriptor is busy once it has been loaded. */
	if (op == PVOPS_OP_cpu_load_tr)
		pvops_cpu_write_gdt_entry(this_cpu()->gdt, SEL_TSS / 8, *row & ~TSS_BUSY);
	/* Who halts is to be woken, by what is pending already. */
	if (op == PVOPS_OP_irq_enable_halt)
		(void)pvops_smp_send_ipi(0, OWN_IPI);
}

static u64 count(unsigned int op, void (*call)(const void *fn), const void *fn)
{
	u64 best = ~0ULL, start, ticks;

	for (int i = 0; i < ROUNDS; i++) {
		before(op);
		start = rdtsc();
		call(fn);
		ticks = rdtsc() - start;
		pvops_irq_disable();
		best = ticks < best ? ticks : best;
	}
	return best;
}

static void run(const char *variant, const struct residue_pair *pair)
{
	for (; pair->op < PVOPS_NR_OPS; pair++) {
		void (*call)(const void *fn) = calls[pair->op];
		u64 hand, ours;

		/* No instruction of its own to be woken by, or none that this CPU has. */
		if (!call) {
			kprintf("residue: %s %s %s not run\n", variant, pvops_op_name(pair->op),
				pair->kind);
			continue;
		}
		hand = count(pair->op, call, pair->functions[0]);
		ours = count(pair->op, call, pair->functions[1]);
		kprintf("residue: %s %s %s hand=%llu op=%llu\n", variant, pvops_op_name(pair->op),
			pair->kind, hand, ours);
	}
}

GUEST_TEST(residue_is_counted)
{
	const struct pvops_irq_source source = { PVOPS_IRQ_IPI, OWN_IPI };
	unsigned long flags;
	int irq;

	if (!on_bare_hardware())
		SKIP("the instructions are bare hardware's");
	irq = pvops_irq_bind(&source, 0, on_ipi, NULL);
	ASSERT(irq >= 0);
	flags = irqs_off();
	(void)pvops_time_stop_timer();
	cr0 = pvops_cpu_read_cr0();
	cr2 = pvops_cpu_read_cr2();
	cr4 = pvops_cpu_read_cr4();
	root = pvops_cpu_read_cr3();
	efer = (u32)pvops_cpu_read_msr(MSR_EFER);
	va = (unsigned long)&entry;
	gdtr.limit = sizeof(this_cpu()->gdt) - 1;
	gdtr.base = (unsigned long)this_cpu()->gdt;
	idtr = (struct pvops_desc_ptr){ sizeof(idt) - 1, (unsigned long)idt };
	run("gcc_O2", residue_gcc_O2);
	run("gcc_Os", residue_gcc_Os);
	run("clang_O2", residue_clang_O2);
	run("clang_Os", residue_clang_Os);
	run("asm", residue_asm);
	(void)pvops_time_set_timer(0);
	irqs_back(flags);
	(void)pvops_irq_unbind((u32)irq);
}
