// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What an op costs: written by hand, through the table, patched.
 *
 * Meant for QEMU's -icount shift=0, where the time-stamp counter counts executed instructions;
 * elsewhere the figures are cycles of some kind, good for ratios within one run. Lines:
 *
 *	bench: op=NAME hand=H before=B after=A unit=milli	(a thousandth of an instruction)
 *	bench: patch sites=N ns=T
 *	bench: NAME value=V unit=U
 */
#include <stdarg.h>
#include <pvops/pvops.h>
#include <pvops/xen.h>
#include "bench.h"
#include "by-hand.h"
#include "test.h"
#include "vmm.h"

#define ROUNDS	32
#define UNROLL	16

#define REP4(x)		x; x; x; x
#define REP16(x)	REP4(REP4(x))

static u64 rdtsc(void)
{
	u32 lo, hi;

	/* Twice serialised by being volatile; out-of-order effects vanish in ROUNDS * UNROLL. */
	asm volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static struct pvops_tss tss;
static u64 gdt[8];
static pvops_pte_t *ptep;
static unsigned long root, cr4;
static pvops_pteval_t pteval;
static u32 scratch[4];

#ifdef __x86_64__
#define SLOT(slot, end)	((u32)((slot) - (end)))		/* in an indirect call that ends there */
#define LOADED		"a"
#else
#define SLOT(slot, end)	((u32)(unsigned long)(slot))
#define LOADED		"A"
#endif

/* Keeps a value alive, so that the compiler computes it. */
#define USE(value) asm volatile("" : : "r"(value))

/* The same, read afresh: what a conversion costs that is nothing. */
#define LOAD(value) asm volatile("" : : LOADED(value) : "memory")

#define MSR_EFER	0xc0000080
#define NO_PTE		((__force pvops_pte_t)0ULL)

/*
 * BENCH(op, instructions by hand or nothing, the op). Both forms get their operands from the
 * same kind of expression, so that what differs is the site.
 */
#define BENCHES									\
	BENCH(cpu_read_cr0, USE(by_hand_cpu_read_cr0()), USE(pvops_cpu_read_cr0()))	\
	BENCH(cpu_read_cr2, USE(by_hand_cpu_read_cr2()), USE(pvops_cpu_read_cr2()))	\
	BENCH(cpu_write_cr2, by_hand_cpu_write_cr2(root), pvops_cpu_write_cr2(root))	\
	BENCH(cpu_read_cr3, USE(by_hand_cpu_read_cr3()), USE(pvops_cpu_read_cr3()))	\
	BENCH(cpu_write_cr3, by_hand_cpu_write_cr3((__force pvops_gpa_t)root),		\
	      pvops_cpu_write_cr3((__force pvops_gpa_t)root))				\
	BENCH(cpu_read_cr4, USE(by_hand_cpu_read_cr4()), USE(pvops_cpu_read_cr4()))	\
	BENCH(cpu_write_cr4, by_hand_cpu_write_cr4(cr4), pvops_cpu_write_cr4(cr4))	\
	BENCH(cpu_read_cr8, USE(by_hand_cpu_read_cr8()), USE(pvops_cpu_read_cr8()))	\
	BENCH(cpu_write_cr8, by_hand_cpu_write_cr8(0), pvops_cpu_write_cr8(0))		\
	BENCH(cpu_read_msr, (void)by_hand_cpu_read_msr(MSR_EFER),			\
	      (void)pvops_cpu_read_msr(MSR_EFER))					\
	BENCH(cpu_cpuid, by_hand_cpu_cpuid(scratch, scratch + 1, scratch + 2, scratch + 3), \
	      pvops_cpu_cpuid(scratch, scratch + 1, scratch + 2, scratch + 3))		\
	BENCH(cpu_store_tr, USE(by_hand_cpu_store_tr()), USE(pvops_cpu_store_tr()))	\
	BENCH(cpu_write_gdt_entry, by_hand_cpu_write_gdt_entry(gdt, 3, 0),		\
	      pvops_cpu_write_gdt_entry(gdt, 3, 0))					\
	BENCH(cpu_set_kernel_stack, by_hand_cpu_set_kernel_stack(&tss, (unsigned long)&tss), \
	      pvops_cpu_set_kernel_stack(&tss, (unsigned long)&tss))			\
	BENCH(cpu_in8, USE(by_hand_cpu_in8(0x80)), USE(pvops_cpu_in8(0x80)))		\
	BENCH(cpu_out8, by_hand_cpu_out8(0, 0x80), pvops_cpu_out8(0, 0x80))		\
	BENCH(cpu_io_delay, by_hand_cpu_io_delay(), pvops_cpu_io_delay())		\
	BENCH(cpu_clts, by_hand_cpu_clts(), pvops_cpu_clts())				\
	BENCH(cpu_wbinvd, by_hand_cpu_wbinvd(), pvops_cpu_wbinvd())			\
	BENCH(irq_save, USE(by_hand_irq_save()), USE(pvops_irq_save()))			\
	BENCH(irq_restore, by_hand_irq_restore(0), pvops_irq_restore(0))		\
	BENCH(irq_disable, by_hand_irq_disable(), pvops_irq_disable())			\
	BENCH(irq_enable, by_hand_irq_enable(), pvops_irq_enable())			\
	BENCH(mmu_make_pte, LOAD(pteval), USE(pvops_mmu_make_pte(pteval)))		\
	BENCH(mmu_pte_val, LOAD(*ptep), USE(pvops_mmu_pte_val(*ptep)))			\
	BENCH(mmu_pfn_to_mfn, LOAD(root >> 12),						\
	      USE(pvops_mmu_pfn_to_mfn((__force pvops_pfn_t)(root >> 12))))		\
	BENCH(mmu_set_pte, by_hand_mmu_set_pte(ptep, NO_PTE),				\
	      pvops_mmu_set_pte(ptep, NO_PTE))						\
	BENCH(mmu_clear_pte, by_hand_mmu_clear_pte(ptep), pvops_mmu_clear_pte(ptep))	\
	BENCH(mmu_tas_pte, USE(by_hand_mmu_tas_pte(ptep, 9)),				\
	      USE(pvops_mmu_tas_pte(ptep, 9)))						\
	BENCH(mmu_xchg_pte, USE(by_hand_mmu_xchg_pte(ptep, NO_PTE)),			\
	      USE(pvops_mmu_xchg_pte(ptep, NO_PTE)))					\
	BENCH(mmu_flush_one, by_hand_mmu_flush_one((unsigned long)ptep),		\
	      pvops_mmu_flush_one((unsigned long)ptep))					\
	BENCH(mmu_batch, (void)0,							\
	      { pvops_mmu_batch_begin(); (void)pvops_mmu_batch_flush(); })		\
	BENCH(time_clock, (void)0, USE(pvops_time_clock()))				\
	BENCH(time_set_timer, (void)0, (void)pvops_time_set_timer(~0ULL))		\
	BENCH(time_stop_timer, (void)0, (void)pvops_time_stop_timer())			\
	BENCH(smp_yield, by_hand_smp_yield(), pvops_smp_yield())			\
	BENCH(lock_kick, (void)0, pvops_lock_kick(0))

/* The compiler must not move anything out of the loops: each body is behind a barrier. */
#define LOOP(body)							\
	do {								\
		for (int i = 0; i < ROUNDS; i++) {			\
			asm volatile("" : "+r"(i) : : "memory");	\
			body;						\
		}							\
	} while (0)

#define BENCH(op, by_hand, by_op)					\
	static __attribute__((noinline)) u64 hand_##op(void)		\
	{								\
		u64 start = rdtsc();					\
									\
		LOOP(REP16(by_hand));					\
		return rdtsc() - start;					\
	}								\
	static __attribute__((noinline)) u64 run_##op(void)		\
	{								\
		u64 start = rdtsc();					\
									\
		LOOP(REP16(by_op));					\
		return rdtsc() - start;					\
	}
BENCHES
#undef BENCH

static __attribute__((noinline)) u64 run_nothing(void)
{
	u64 start = rdtsc();

	LOOP((void)0);
	return rdtsc() - start;
}

struct bench {
	const char *name;
	u64 (*hand)(void);
	u64 (*run)(void);
	u64 before;
};

#define BENCH(op, by_hand, by_op) { #op, hand_##op, run_##op, 0 },
static struct bench benches[] = {
	BENCHES
};
#undef BENCH

#define NR_BENCHES (sizeof(benches) / sizeof(benches[0]))

static __attribute__((format(printf, 1, 2))) void say(const char *fmt, ...)
{
	char line[160];
	va_list args;

	va_start(args, fmt);
	pvops_vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	for (size_t len = 0; line[len]; len++)
		if (line[len] == '\n')
			pvops_console_write(line, len + 1);
}

/* Thousandths of a tick for one op; the least of three runs, for the first one warms up. */
static u64 measure(u64 (*run)(void))
{
	u64 best = ~0ULL, idle = ~0ULL, ticks;

	for (int i = 0; i < 3; i++) {
		ticks = run_nothing();
		idle = ticks < idle ? ticks : idle;
		ticks = run();
		best = ticks < best ? ticks : best;
	}
	return best > idle ? (best - idle) * 1000 / (ROUNDS * UNROLL) : 0;
}

/* The arena is ordinary memory: it is its own writable alias. */
static void *bench_alias(const void *text, size_t len)
{
	return (void *)(unsigned long)text;
}

static void bench_unalias(void *alias, size_t len)
{
}

/* A world of its own for the engine: sites, table and target close together, never executed. */
static void bench_patch(u32 sites)
{
	static const struct pvops_op_row op = { .name = "bench", .room = PVOPS_SITE_CALL_LEN };
	const struct pvops_host *host = pvops_get_host();
	size_t size = PVOPS_PAGE_SIZE + sites * (sizeof(struct pvops_site) + PVOPS_SITE_CALL_LEN);
	struct pvops_patch_set set = {
		.ops = &op, .nr_ops = 1, .nr_sites = sites,
		.alias_map = bench_alias, .alias_unmap = bench_unalias, .log = host->log,
	};
	struct pvops_patch_stats stats = { 0 };
	struct pvops_form form = { 0 };
	struct pvops_site *records;
	unsigned int order = 0;
	u8 *arena, *text;
	u64 start;
	int err;

	while ((PVOPS_PAGE_SIZE << order) < size)
		order++;
	arena = host->alloc_pages(order);
	if (!arena) {
		say("bench: patch sites=%u: no memory\n", sites);
		return;
	}
	set.table = (const void *const *)arena;
	form = (struct pvops_form)PVOPS_CALL(arena + 64);
	records = (struct pvops_site *)(arena + PVOPS_PAGE_SIZE);
	text = (u8 *)(records + sites);
	for (u32 i = 0; i < sites; i++) {
		u8 *site = text + i * PVOPS_SITE_CALL_LEN;
		u32 slot = SLOT(arena, site + PVOPS_SITE_CALL_LEN);

		records[i] = (struct pvops_site){
			.offset = (s32)(site - (u8 *)&records[i].offset),
			.len = PVOPS_SITE_CALL_LEN,
		};
		site[0] = 0xff;
		site[1] = 0x15;
		for (int j = 0; j < 4; j++)
			site[2 + j] = (u8)(slot >> (8 * j));
	}
	set.sites = records;
	set.text = text;
	set.text_end = text + sites * PVOPS_SITE_CALL_LEN;
	start = rdtsc();
	err = pvops_patch_sites(&set, NULL, &form, &stats);
	say("bench: patch sites=%u ticks=%llu patched=%u err=%d\n", sites, rdtsc() - start,
	    stats.count[PVOPS_SHAPE_CALL], err);
	host->free_pages(arena, order);
}

/* A page-table update in a batch, 64 times on a live table: what the hypervisor is asked. */
static void bench_batch(void)
{
	pvops_pte_t *live = vmm_pte((unsigned long)ptep);
	u64 before = 0, after = 0, start, ticks;

	for (u32 nr = 0; nr < PVOPS_XEN_NR_HYPERCALLS; nr++)
		before += pvops_xen_hypercalls(nr);
	start = rdtsc();
	pvops_mmu_batch_begin();
	for (int i = 0; i < 64; i++)
		pvops_mmu_set_pte(live, *live);
	(void)pvops_mmu_batch_flush();
	ticks = rdtsc() - start;
	for (u32 nr = 0; nr < PVOPS_XEN_NR_HYPERCALLS; nr++)
		after += pvops_xen_hypercalls(nr);
	say("bench: batch64 value=%llu unit=hypercalls\n", after - before);
	say("bench: batch64_ticks value=%llu unit=ticks\n", ticks);

	start = rdtsc();
	for (int i = 0; i < 64; i++)
		pvops_mmu_set_pte(live, *live);
	say("bench: single64_ticks value=%llu unit=ticks\n", rdtsc() - start);
}

static void on_timer(u32 irq, void *data)
{
	pvops_irq_eoi(irq);
	(*(u32 *)data)++;
}

/* From a deadline that has passed to the handler: the whole way of an interrupt. */
static void bench_timer(void)
{
	static const struct pvops_irq_source source = { PVOPS_IRQ_TIMER, 0 };
	volatile u32 count = 0;
	int irq = pvops_irq_bind(&source, 0, on_timer, (void *)&count);
	u64 start;

	if (irq < 0)
		return;
	pvops_irq_enable();
	start = rdtsc();
	for (u32 i = 0; i < ROUNDS; i++) {
		if (pvops_time_set_timer(0))
			break;
		while (count == i)
			asm volatile("pause");
	}
	say("bench: timer_interrupt value=%llu unit=ticks\n", (rdtsc() - start) / ROUNDS);
	pvops_irq_disable();
	(void)pvops_irq_unbind((u32)irq);
}

void bench_main(void)
{
	const struct pvops_host *host = pvops_get_host();
	bool ring0 = !deprivileged();
	unsigned long flags = pvops_irq_save();
	void *page = host->alloc_pages(0);
	int err;

	if (!page) {
		say("bench: no memory\n");
		return;
	}
	/* A table of nobody's: its entries are written by ops, as they are to be. */
	pvops_mmu_alloc_table(1, page_pfn(page));
	ptep = page;
	root = (__force unsigned long)pvops_cpu_read_cr3();
	pteval = (__force pvops_pteval_t)(pvops_pteword_t)root;
	cr4 = pvops_cpu_read_cr4();

	err = pvops_unpatch();
	/*
	 * What Xen has for us from the start comes first: QEMU 7.2 gives up at a write to CR8 while
	 * its emulated SVM has an interrupt to give, for it asks for it without its own lock.
	 */
	pvops_irq_enable();
	pvops_irq_disable();
	for (u32 i = 0; i < NR_BENCHES && !err; i++)
		benches[i].before = measure(benches[i].run);
	pvops_irq_restore(flags);
	if (!err)
		err = pvops_patch();
	if (err)
		say("bench: patching failed: error %d\n", err);

	pvops_irq_disable();
	for (u32 i = 0; i < NR_BENCHES && !err; i++) {
		u64 after = measure(benches[i].run);

		if (ring0)
			say("bench: op=%s hand=%llu before=%llu after=%llu unit=milli\n",
			    benches[i].name, measure(benches[i].hand), benches[i].before, after);
		else
			say("bench: op=%s hand=- before=%llu after=%llu unit=milli\n",
			    benches[i].name, benches[i].before, after);
	}
	bench_batch();
	bench_timer();
	bench_patch(10);
	bench_patch(1000);
	bench_patch(100000);
	pvops_irq_restore(flags);
	pvops_mmu_release_table(1, page_pfn(page));
	host->free_pages(page, 0);
}
