// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Patching and taking back while the kernel runs, and on all CPUs at that. */
#include "party.h"

#define RANGE	512		/* bytes of text from a target on, which is long at -O0 */
#define CYCLES	8

/* Several sites of several conventions in a row; what an op answers must be right at any time. */
static __attribute__((noinline)) bool target(u64 *word, u64 i)
{
	pvops_pteval_t val =
		pvops_pteval(kernel_root, 1);
	unsigned long before = pvops_irq_save(), inside;
	bool same;

	pvops_cpu_write_gdt_entry(word, 0, i);
	pvops_irq_disable();
	inside = pvops_irq_save();
	pvops_irq_restore(before);
	same = pvops_mmu_pte_val(pvops_mmu_make_pte(val)) == val;
	pvops_smp_yield();
	return before & PVOPS_FLAGS_IF && !(inside & PVOPS_FLAGS_IF) && same && *word == i &&
	       pvops_irq_save() & PVOPS_FLAGS_IF;
}

/* An indirect call behind CS prefixes. */
static bool is_call_through_table(const u8 *at)
{
	while (*at == 0x2e)
		at++;
	return at[0] == 0xff && at[1] == 0x15;
}

/*
 * Sites in the range that look different once patched, and how many of them are as the compiler
 * left them. A gate which is no nop here keeps its jump, and templates of several instructions
 * stay what they are while other CPUs may run.
 */
static u32 sites(const u8 *start, u32 *fresh)
{
	u32 nr = 0;

	*fresh = 0;
	for (const struct pvops_site *s = pvops_sites_start; s < pvops_sites_end; s++) {
		const u8 *at = pvops_site_addr(s);

		if (at < start || at >= start + RANGE || s->kind == PVOPS_SITE_ENTRY ||
		    (s->kind == PVOPS_SITE_GATE && pvops_form_of(s->op)->kind != PVOPS_FORM_NOP) ||
		    (nr_cpus > 1 && pvops_form_of(s->op)->flags & PVOPS_FORM_MULTI))
			continue;
		nr++;
		*fresh += s->kind == PVOPS_SITE_GATE ? at[0] == 0xe9 : is_call_through_table(at);
	}
	return nr;
}

static int patch(bool on)
{
	const u8 *start = (const u8 *)(unsigned long)target;

	return pvops_patch_range(start, start + RANGE, on);
}

GUEST_TEST(patch_range_takes_back_and_patches_again)
{
	const u8 *start = (const u8 *)(unsigned long)target;
	u32 fresh, nr = sites(start, &fresh);
	u64 word = 0;

	EXPECT(nr >= 4 && fresh == 0);
	EXPECT(target(&word, 1));
	EXPECT(patch(false) == 0);
	EXPECT(sites(start, &fresh) == nr && fresh == nr);
	EXPECT(target(&word, 2));
	EXPECT(patch(false) == 0);
	EXPECT(patch(true) == 0);
	EXPECT(sites(start, &fresh) == nr && fresh == 0);
	EXPECT(target(&word, 3));
	EXPECT(patch(true) == 0);
	EXPECT(sites(start, &fresh) == nr && fresh == 0);
}

static __attribute__((noinline)) int flush_alone(unsigned long *word)
{
	*word = pvops_cpu_read_cr4();	/* something is in the register of the result */
	return pvops_mmu_batch_flush();
}

/* A gate that is open still, and what it leads to is patched already: where both are nothing. */
GUEST_TEST(patch_gate_that_has_just_been_passed)
{
	const u8 *start = (const u8 *)(unsigned long)flush_alone, *cold = NULL;
	unsigned long word;

	if (pvops_form_of(PVOPS_OP_mmu_batch_flush)->kind != PVOPS_FORM_NOP)
		SKIP("a batch is something here");
	EXPECT(flush_alone(&word) == 0);
	EXPECT(pvops_patch_range(start, start + RANGE, false) == 0);
	for (const struct pvops_site *s = pvops_sites_start; s < pvops_sites_end && !cold; s++) {
		const u8 *at = pvops_site_addr(s);

		if (at >= start && at < start + RANGE && s->kind == PVOPS_SITE_GATE)
			cold = at + s->len + *(const s32 *)(at + 1);
	}
	ASSERT(cold);
	EXPECT(flush_alone(&word) == 0 && word);
	EXPECT(pvops_patch_range(cold, cold + 64, false) == 0);
	EXPECT(flush_alone(&word) == 0 && word);
	EXPECT(pvops_patch_range(cold, cold + 64, true) == 0);
	EXPECT(flush_alone(&word) == 0 && word);
	EXPECT(pvops_patch_range(start, start + RANGE, true) == 0);
	EXPECT(flush_alone(&word) == 0 && word);
}

GUEST_TEST(patch_range_of_nothing)
{
	EXPECT(pvops_patch_range(NULL, NULL, false) == 0);
	EXPECT(pvops_patch_range(pvops_sites_end, pvops_sites_start, false) == 0);
}

static struct {
	u32 stop;
	u32 patcher;
	u64 rounds[MAX_CPUS];
	u32 wrong;
} live;

static void runner(void *arg)
{
	unsigned int cpu = pvops_cpu();
	u64 word = 0, i = 0;

	if (cpu == live.patcher) {
		u64 start = pvops_time_clock();

		for (u32 cycle = 0; cycle < CYCLES && more(cycle, start); cycle++) {
			EXPECT(patch(false) == 0);
			EXPECT(patch(true) == 0);
		}
		__atomic_store_n(&live.stop, 1, __ATOMIC_RELEASE);
		return;
	}
	while (!__atomic_load_n(&live.stop, __ATOMIC_ACQUIRE))
		if (!target(&word, ++i))
			__atomic_fetch_add(&live.wrong, 1, __ATOMIC_RELAXED);
	EXPECT(word == i);
	live.rounds[cpu] = i;
}

GUEST_TEST(patch_range_while_other_cpus_run_through)
{
	if (nr_cpus < 2)
		SKIP("one CPU");
	live = (typeof(live)){ 0 };
	live.patcher = pvops_cpu();
	party(nr_cpus, runner, NULL);
	EXPECT(live.wrong == 0);
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		EXPECT(cpu == live.patcher || live.rounds[cpu]);
}

struct answers {
	unsigned long cr0, cr3, cr4, cr8, tr, irq;
	u64 efer;
	u32 cpuid[4];
	u32 cpus;
	pvops_pteval_t val;
	pvops_pfn_t pfn;
};

static __attribute__((noinline)) void ask(struct answers *a)
{
	unsigned long flags = irqs_off();

	a->cr0 = pvops_cpu_read_cr0();
	a->cr3 = (__force unsigned long)pvops_cpu_read_cr3();
	a->cr4 = pvops_cpu_read_cr4();
	a->cr8 = pvops_cpu_read_cr8();
	a->tr = pvops_cpu_store_tr();
	a->irq = pvops_irq_save() & PVOPS_FLAGS_IF;
	a->efer = pvops_cpu_read_msr(0xc0000080);
	a->cpuid[0] = 0;
	a->cpuid[2] = 0;
	pvops_cpu_cpuid(a->cpuid, a->cpuid + 1, a->cpuid + 2, a->cpuid + 3);
	a->cpus = pvops_smp_nr_cpus();
	a->val = pvops_mmu_pte_val(pvops_mmu_make_pte(pvops_pteval(kernel_root, 0x63)));
	a->pfn = pvops_mmu_mfn_to_pfn(pvops_mmu_pfn_to_mfn(kernel_root));
	irqs_back(flags);
}

GUEST_TEST(patch_range_does_not_change_answers)
{
	const u8 *start = (const u8 *)(unsigned long)ask;
	struct answers one = { 0 }, two = { 0 }, three = { 0 };
	u32 fresh;

	ask(&one);
	EXPECT(pvops_patch_range(start, start + 2 * RANGE, false) == 0);
	EXPECT(sites(start, &fresh) == fresh && fresh >= 4);
	ask(&two);
	EXPECT(pvops_patch_range(start, start + 2 * RANGE, true) == 0);
	ask(&three);
	for (size_t i = 0; i < sizeof(one); i++) {
		EXPECT(((u8 *)&one)[i] == ((u8 *)&two)[i]);
		EXPECT(((u8 *)&one)[i] == ((u8 *)&three)[i]);
	}
}

GUEST_TEST(patch_all_taken_back_and_patched_again)
{
	u64 word = 0;

	EXPECT(pvops_unpatch() == 0);
	EXPECT(target(&word, 7));
	EXPECT(process_run("t", "syscall") == 0);
#ifndef __x86_64__
	/* With one CPU the way out goes through the table, too. */
	EXPECT(process_run("t", "segments") == 0);
#endif
	EXPECT(pvops_patch() == 0);
	EXPECT(target(&word, 8));
	EXPECT(process_run("t", "syscall") == 0);
	EXPECT(pvops_patch() == 0);
}

GUEST_TEST(patch_counts_every_site)
{
	const struct pvops_info *info = pvops_get_info();
	u32 sum = 0;

	for (int shape = 0; shape < PVOPS_NR_SHAPES; shape++)
		sum += info->stats.count[shape];
	EXPECT(info->nr_sites == (u32)(pvops_sites_end - pvops_sites_start));
	EXPECT(sum == info->nr_sites && info->stats.failed == 0);
	EXPECT(info->stats.count[PVOPS_SHAPE_TABLE] == 0);
	EXPECT(info->stats.count[PVOPS_SHAPE_NOP] && info->stats.count[PVOPS_SHAPE_INLINE] &&
	       info->stats.count[PVOPS_SHAPE_CALL]);
	/* Behind each gate is one call: of as many gates as are nops nobody comes there. */
	EXPECT(info->stats.count[PVOPS_SHAPE_JUMP] || info->stats.count[PVOPS_SHAPE_UNUSED]);
}

GUEST_TEST(patch_override_comes_too_late)
{
	struct pvops_form form = *pvops_form_of(PVOPS_OP_time_clock);

	EXPECT(pvops_override(PVOPS_OP_time_clock, &form) == -PVOPS_EBUSY);
	EXPECT(pvops_override(PVOPS_NR_OPS, &form) == -PVOPS_EINVAL);
	EXPECT(pvops_override(~0U, &form) == -PVOPS_EINVAL);
	form.kind = PVOPS_FORM_EMPTY;
	EXPECT(pvops_override(PVOPS_OP_time_clock, &form) == -PVOPS_EINVAL);
	form.kind = PVOPS_NR_FORMS;
	EXPECT(pvops_override(PVOPS_OP_time_clock, &form) == -PVOPS_EINVAL);
	form.kind = PVOPS_FORM_CALL;
	form.func = NULL;
	EXPECT(pvops_override(PVOPS_OP_time_clock, &form) == -PVOPS_EINVAL);
}

GUEST_TEST(patch_op_names)
{
	EXPECT(!pvops_op_name(PVOPS_NR_OPS) && !pvops_op_name(~0U));
	for (unsigned int op = 0; op < PVOPS_NR_OPS; op++)
		EXPECT(pvops_op_name(op) && pvops_op_name(op)[0]);
}
