// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A kernel and a module: two sets of sites with one table, patched and taken back apart from each
 * other. The module's text is a stretch of the small world's that the kernel's set ends before.
 */
#include "world.h"

#define MODULE		4096
#define NR		24
#define EACH_GATE	4		/* of a module's sites, the first of so many is one */

static struct pvops_site module_sites[NR];
static u32 module_saved[NR];
static struct pvops_patch_set module;
static u8 before[TEXT_SIZE];

static void no_other_cpu(void)
{
}

static struct pvops_patch_stats patch(struct kunit *test, const struct pvops_patch_set *which,
				      const struct pvops_form *from, const struct pvops_form *to,
				      int err)
{
	struct pvops_patch_stats stats = { 0 };

	KUNIT_EXPECT_EQ(test, pvops_patch_sites(which, from, to, &stats), err);
	return stats;
}

/* Of the module's sites. */
static void expect_done(struct kunit *test, const struct pvops_patch_stats *stats, u32 gates,
			u32 calls)
{
	KUNIT_EXPECT_EQ(test, stats->count[PVOPS_SHAPE_JUMP], gates);
	KUNIT_EXPECT_EQ(test, stats->count[PVOPS_SHAPE_CALL], calls);
	KUNIT_EXPECT_EQ(test, stats->failed, NR - gates - calls);
}

static void put_module(void)
{
	u32 i;

	for (i = 0; i < NR; i++) {
		u32 at = MODULE + 16 * i;

		if (i % EACH_GATE)
			add_call(at, (u16)i, PVOPS_SITE_CALL);
		else
			add_gate(at, (u16)i, MODULE + 2048);
		set.nr_sites--;
		module_sites[i] = sites[set.nr_sites];
		module_sites[i].offset = (s32)(text + at - (u8 *)&module_sites[i]);
	}
}

static int with_a_module(struct kunit *test)
{
	u32 i;

	fresh(NULL);
	memset(module_saved, 0, sizeof(module_saved));
	put_module();
	for (i = 0; i < NR; i++)
		add_call(16 * i, (u16)i, PVOPS_SITE_CALL);
	set.text_end = text + MODULE;
	module = set;
	module.sites = module_sites;
	module.nr_sites = NR;
	module.saved = module_saved;
	module.text = text + MODULE;
	module.text_end = text + sizeof(text);
	memcpy(before, text, sizeof(text));
	return 0;
}

static void apart_from_each_other(struct kunit *test)
{
	struct pvops_patch_stats stats = patch(test, &set, NULL, forms, 0);

	KUNIT_EXPECT_EQ(test, stats.count[PVOPS_SHAPE_CALL], NR);
	KUNIT_EXPECT_MEMEQ(test, text + MODULE, before + MODULE, sizeof(text) - MODULE);
	memcpy(before, text, MODULE);
	stats = patch(test, &module, NULL, forms, 0);
	expect_done(test, &stats, NR / EACH_GATE, NR - NR / EACH_GATE);
	KUNIT_EXPECT_MEMEQ(test, text, before, MODULE);
}

static void taken_back_before_it_goes(struct kunit *test)
{
	patch(test, &set, NULL, others, 0);
	memcpy(before, text, MODULE);
	patch(test, &module, NULL, others, 0);
	KUNIT_EXPECT_TRUE(test, is_nop(text + MODULE, 5));
	KUNIT_EXPECT_EQ(test, module_saved[0], 2048U - 5);
	patch(test, &module, others, NULL, 0);
	KUNIT_EXPECT_MEMEQ(test, text, before, sizeof(text));
	KUNIT_EXPECT_EQ(test, log_lines, 0);
	KUNIT_EXPECT_EQ(test, aliases, 0);
}

/* What comes to lie where a module was is none of the kernel's sites' affair. */
static void memory_used_again(struct kunit *test)
{
	patch(test, &set, NULL, forms, 0);
	patch(test, &module, NULL, forms, 0);
	memset(text + MODULE, 0x5a, sizeof(text) - MODULE);
	patch(test, &set, forms, NULL, 0);
	KUNIT_EXPECT_MEMEQ(test, text, before, MODULE);
	KUNIT_EXPECT_EQ(test, text[MODULE], 0x5a);
}

/* Records that outlive their text are noticed, each of them, and nothing is written. */
static void records_of_a_module_that_is_gone(struct kunit *test)
{
	struct pvops_patch_stats stats;

	patch(test, &module, NULL, forms, 0);
	memset(text + MODULE, 0x5a, sizeof(text) - MODULE);
	memcpy(before, text, sizeof(text));
	stats = patch(test, &module, forms, NULL, -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, stats.failed, NR);
	KUNIT_EXPECT_EQ(test, log_lines, NR);
	KUNIT_EXPECT_MEMEQ(test, text, before, sizeof(text));
}

static void loaded_again(struct kunit *test)
{
	int i;

	for (i = 0; i < 3; i++) {
		patch(test, &module, NULL, others, 0);
		memset(text + MODULE, 0xcc, sizeof(text) - MODULE);
		memset(module_saved, 0, sizeof(module_saved));
		put_module();
		KUNIT_EXPECT_MEMEQ(test, text, before, sizeof(text));
	}
	KUNIT_EXPECT_EQ(test, log_lines, 0);
}

/* A module that was built for a kernel with another table of ops. */
static void of_another_kernel(struct kunit *test)
{
	struct pvops_patch_stats stats;

	module.nr_ops = 8;
	stats = patch(test, &module, NULL, forms, -PVOPS_EINVAL);
	expect_done(test, &stats, 8 / EACH_GATE, 8 - 8 / EACH_GATE);
	KUNIT_EXPECT_EQ(test, log_lines, NR - 8);
	KUNIT_EXPECT_NOT_NULL(test, strstr(logged, "an unknown op"));
	KUNIT_EXPECT_MEMEQ(test, text + MODULE + 16 * 8, before + MODULE + 16 * 8, 16 * (NR - 8));
}

static void site_of_the_kernel_in_a_module_s_list(struct kunit *test)
{
	struct pvops_patch_stats stats;

	module_sites[5].offset = (s32)(text + 16 * 5 - (u8 *)&module_sites[5]);
	stats = patch(test, &module, NULL, forms, -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, stats.failed, 1);
	KUNIT_EXPECT_MEMEQ(test, text, before, MODULE);
}

static void one_broken_site_in_a_module(struct kunit *test)
{
	const u32 at = MODULE + 16 * 6;
	struct pvops_patch_stats stats;

	text[at] ^= 1;
	before[at] ^= 1;
	stats = patch(test, &module, NULL, forms, -PVOPS_EINVAL);
	expect_done(test, &stats, NR / EACH_GATE, NR - NR / EACH_GATE - 1);
	KUNIT_EXPECT_NOT_NULL(test, strstr(logged, op_rows[6].name));
	KUNIT_EXPECT_MEMEQ(test, text + at, before + at, 16);
	/* And back: it is as it was, which is what taking back wants. */
	stats = patch(test, &module, forms, NULL, -PVOPS_EINVAL);
	KUNIT_EXPECT_MEMEQ(test, text, before, sizeof(text));
}

/* Patched while CPUs run, by a set on somebody's stack; then module and records go. */
static void late_trap_of_a_module_that_is_gone(struct kunit *test)
{
	const u32 at = MODULE + 16;
	unsigned long stack[4], ip = (unsigned long)text + at + 1, sp = (unsigned long)(stack + 3);

	module.sync_cores = no_other_cpu;
	patch(test, &module, NULL, forms, 0);
	KUNIT_EXPECT_TRUE(test, pvops_poke_trap(&ip, &sp));
	KUNIT_EXPECT_EQ(test, ip, (unsigned long)table[1]);
	ip = (unsigned long)text + at + 1;
	pvops_patch_forget(&set);
	KUNIT_EXPECT_TRUE(test, pvops_poke_trap(&ip, &sp));
	pvops_patch_forget(&module);
	ip = (unsigned long)text + at + 1;
	sp = (unsigned long)(stack + 3);
	/* The records are still there to be found, if anybody looked. */
	KUNIT_EXPECT_FALSE(test, pvops_poke_trap(&ip, &sp));
	KUNIT_EXPECT_EQ(test, ip, (unsigned long)text + at + 1);
	KUNIT_EXPECT_EQ(test, sp, (unsigned long)(stack + 3));
}

/* Another one is patched next: the first is as good as gone. */
static void late_trap_of_the_set_before(struct kunit *test)
{
	unsigned long stack[4], ip = (unsigned long)text + MODULE + 16 + 1;
	unsigned long sp = (unsigned long)(stack + 3);

	module.sync_cores = no_other_cpu;
	set.sync_cores = no_other_cpu;
	patch(test, &module, NULL, forms, 0);
	patch(test, &set, NULL, forms, 0);
	KUNIT_EXPECT_FALSE(test, pvops_poke_trap(&ip, &sp));
	ip = (unsigned long)text + 16 + 1;
	KUNIT_EXPECT_TRUE(test, pvops_poke_trap(&ip, &sp));
	/* Nobody minds that it is forgotten twice, or once it has been already. */
	pvops_patch_forget(&module);
	pvops_patch_forget(&set);
	pvops_patch_forget(&set);
}

static void no_sites_at_all(struct kunit *test)
{
	struct pvops_patch_stats stats;

	module.nr_sites = 0;
	module.sites = NULL;
	stats = patch(test, &module, NULL, forms, 0);
	KUNIT_EXPECT_EQ(test, stats.count[PVOPS_SHAPE_CALL] + stats.failed, 0);
	KUNIT_EXPECT_EQ(test, pvops_patch_sites(&module, forms, NULL, NULL), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(apart_from_each_other),
	KUNIT_CASE(taken_back_before_it_goes),
	KUNIT_CASE(memory_used_again),
	KUNIT_CASE(records_of_a_module_that_is_gone),
	KUNIT_CASE(loaded_again),
	KUNIT_CASE(of_another_kernel),
	KUNIT_CASE(site_of_the_kernel_in_a_module_s_list),
	KUNIT_CASE(one_broken_site_in_a_module),
	KUNIT_CASE(late_trap_of_a_module_that_is_gone),
	KUNIT_CASE(late_trap_of_the_set_before),
	KUNIT_CASE(no_sites_at_all),
	{}
};

static struct kunit_suite suite = {
	.name = "pvops-unload", .init = with_a_module, .test_cases = cases,
};
kunit_test_suite(suite);
