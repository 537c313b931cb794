// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Patching while other CPUs run. The other CPU is sync_cores(): it looks at the text at each of the
 * three moments in which all CPUs must see the same, and runs into the int3 on purpose.
 */
#include "world.h"

#define AT	64

static u32 syncs;
static u8 seen[4][16];
static unsigned long stack[4], went_to[4], pushed[4];
static bool ours[4];

/* The trap of a CPU that meets the site now. */
static void run_into_it(u32 when)
{
	unsigned long ip = (unsigned long)text + AT + 1, sp = (unsigned long)(stack + 3);

	ours[when] = pvops_poke_trap(&ip, &sp);
	went_to[when] = ip;
	pushed[when] = sp == (unsigned long)(stack + 2) ? stack[2] : 0;
}

static void another_cpu(void)
{
	u32 when = syncs < 3 ? syncs : 3;

	memcpy(seen[when], text + AT, 16);
	run_into_it(when);
	syncs++;
}

static int live_world(struct kunit *test)
{
	fresh(NULL);
	set.sync_cores = another_cpu;
	syncs = 0;
	memset(ours, 0, sizeof(ours));
	memset(pushed, 0, sizeof(pushed));
	return 0;
}

static void three_steps(struct kunit *test)
{
	u16 op = op_of(test);
	u8 before[16], len = op_rows[op].room;

	add_call(AT, op, PVOPS_SITE_CALL);
	memcpy(before, text + AT, 16);
	KUNIT_ASSERT_EQ(test, pvops_patch_sites(&set, NULL, forms, NULL), 0);
	KUNIT_ASSERT_EQ(test, syncs, 3);
	/* int3 and the old tail; int3 and the new one; all of it. */
	KUNIT_EXPECT_EQ(test, seen[0][0], 0xcc);
	KUNIT_EXPECT_MEMEQ(test, seen[0] + 1, before + 1, len - 1);
	KUNIT_EXPECT_EQ(test, seen[1][0], 0xcc);
	KUNIT_EXPECT_MEMEQ(test, seen[1] + 1, text + AT + 1, len - 1);
	KUNIT_EXPECT_MEMEQ(test, seen[2], text + AT, len);
	KUNIT_EXPECT_NE(test, text[AT], 0xcc);
}

static void trap_does_what_the_site_did(struct kunit *test)
{
	u16 op = op_of(test);
	u32 i;

	add_call(AT, op, PVOPS_SITE_CALL);
	KUNIT_ASSERT_EQ(test, pvops_patch_sites(&set, NULL, others, NULL), 0);
	/* In the last one the int3 is gone: a CPU may have fetched it all the same. */
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_TRUE(test, ours[i]);
		KUNIT_EXPECT_EQ(test, went_to[i], (unsigned long)table[op]);
		KUNIT_EXPECT_EQ(test, pushed[i], (unsigned long)text + AT + op_rows[op].room);
	}
}

static void trap_at_a_gate(struct kunit *test)
{
	u32 i;

	add_gate(AT, 0, 512);
	KUNIT_ASSERT_EQ(test, pvops_patch_sites(&set, NULL, others, NULL), 0);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, ours[i]);
		KUNIT_EXPECT_EQ(test, went_to[i], (unsigned long)text + 512);
		KUNIT_EXPECT_EQ(test, pushed[i], 0);
	}
}

/* All is over and the int3 gone: to where the gate led if that is known, else to what is there. */
static void late_trap_at_a_gate(struct kunit *test)
{
	add_gate(AT, 0, 512);
	KUNIT_ASSERT_EQ(test, pvops_patch_sites(&set, NULL, others, NULL), 0);
	run_into_it(3);
	KUNIT_EXPECT_TRUE(test, ours[3]);
	KUNIT_EXPECT_EQ(test, went_to[3], (unsigned long)text + 512);
	KUNIT_EXPECT_EQ(test, pushed[3], 0);

	live_world(test);
	set.saved = NULL;
	add_gate(AT, 0, 512);
	KUNIT_ASSERT_EQ(test, pvops_patch_sites(&set, NULL, others, NULL), 0);
	run_into_it(3);
	KUNIT_EXPECT_TRUE(test, ours[3]);
	KUNIT_EXPECT_EQ(test, went_to[3], (unsigned long)text + AT);
}

static void trap_of_somebody_else(struct kunit *test)
{
	unsigned long ip = (unsigned long)text + 2048 + 1, sp = (unsigned long)(stack + 3);

	add_call(AT, 0, PVOPS_SITE_CALL);
	KUNIT_ASSERT_EQ(test, pvops_patch_sites(&set, NULL, forms, NULL), 0);
	text[2048] = 0xcc;
	KUNIT_EXPECT_FALSE(test, pvops_poke_trap(&ip, &sp));
	KUNIT_EXPECT_EQ(test, ip, (unsigned long)text + 2048 + 1);
	KUNIT_EXPECT_EQ(test, sp, (unsigned long)(stack + 3));
}

static void refused(struct kunit *test, const struct pvops_form *from, const struct pvops_form *to)
{
	u8 before[16];

	memcpy(before, text + AT, 16);
	log_lines = 0;
	KUNIT_EXPECT_EQ(test, pvops_patch_sites(&set, from, to, NULL), -PVOPS_EBUSY);
	KUNIT_EXPECT_EQ(test, log_lines, 1);
	KUNIT_EXPECT_EQ(test, syncs, 0);
	KUNIT_EXPECT_MEMEQ(test, text + AT, before, 16);
}

static void entries_are_left_alone(struct kunit *test)
{
	add_call(AT, 0, PVOPS_SITE_ENTRY);
	refused(test, NULL, forms);
}

static void several_instructions(struct kunit *test)
{
	static const u8 code[2] = { 0x9c, 0x58 };
	u16 op = op_of(test), i;

	for (i = 0; i < PVOPS_NR_OPS; i++)
		others[i] = template(code, 2, PVOPS_FORM_PREFIX | PVOPS_FORM_MULTI);
	add_call(AT, op, PVOPS_SITE_CALL);
	refused(test, NULL, others);
	set.sync_cores = NULL;
	KUNIT_ASSERT_EQ(test, pvops_patch_sites(&set, NULL, others, NULL), 0);
	set.sync_cores = another_cpu;
	refused(test, others, forms);
}

static void many_share_three_syncs(struct kunit *test)
{
	u16 op;

	for (op = 0; op < PVOPS_NR_OPS; op++)
		add_call(AT + 16 * op, op, PVOPS_SITE_CALL);
	KUNIT_ASSERT_EQ(test, pvops_patch_sites(&set, NULL, forms, NULL), 0);
	KUNIT_EXPECT_EQ(test, syncs, 3);
}

/* The alias is gone from the second step on: no site may stay a mixture that runs. */
static int good_aliases;

static void *alias_for_a_while(const void *at, size_t len)
{
	return good_aliases-- > 0 ? (void *)at : NULL;
}

static void no_alias(void *alias, size_t len)
{
}

static void write_that_fails(struct kunit *test)
{
	unsigned int fails;
	u8 before[16];

	for (fails = 0; fails < 2; fails++) {
		live_world(test);
		add_call(AT, 0, PVOPS_SITE_CALL);
		memcpy(before, text + AT, 16);
		set.alias_map = alias_for_a_while;
		set.alias_unmap = no_alias;
		good_aliases = fails;
		KUNIT_EXPECT_EQ(test, pvops_patch_sites(&set, NULL, forms, NULL), -PVOPS_ENOMEM);
		/* As it was, or an int3 that goes on being answered. */
		KUNIT_EXPECT_TRUE(test, text[AT] == before[0] || text[AT] == 0xcc);
		KUNIT_EXPECT_MEMEQ(test, text + AT + 1, before + 1, op_rows[0].room - 1);
	}
}

static int writes, bad_write;

static void *alias_but_once(const void *at, size_t len)
{
	return writes++ == bad_write ? NULL : (void *)at;
}

/* It comes back at once: the site is whole again, unless it was the last byte that was lost. */
static void write_that_fails_once(struct kunit *test)
{
	struct pvops_patch_stats stats;
	u8 before[16];

	for (bad_write = 0; bad_write < 3; bad_write++) {
		live_world(test);
		add_call(AT, 0, PVOPS_SITE_CALL);
		memcpy(before, text + AT, 16);
		set.alias_map = alias_but_once;
		set.alias_unmap = no_alias;
		writes = 0;
		memset(&stats, 0, sizeof(stats));
		KUNIT_EXPECT_EQ(test, pvops_patch_sites(&set, NULL, others, &stats), -PVOPS_ENOMEM);
		KUNIT_EXPECT_EQ(test, stats.failed, 1);
		KUNIT_EXPECT_EQ(test, syncs, 3);
		if (bad_write < 2)
			KUNIT_EXPECT_MEMEQ(test, text + AT, before, 16);
		else
			KUNIT_EXPECT_EQ(test, text[AT], 0xcc);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(three_steps, next_op),
	KUNIT_CASE_PARAM(trap_does_what_the_site_did, next_op),
	KUNIT_CASE(trap_at_a_gate),
	KUNIT_CASE(late_trap_at_a_gate),
	KUNIT_CASE(trap_of_somebody_else),
	KUNIT_CASE(entries_are_left_alone),
	KUNIT_CASE_PARAM(several_instructions, next_op),
	KUNIT_CASE(many_share_three_syncs),
	KUNIT_CASE(write_that_fails),
	KUNIT_CASE(write_that_fails_once),
	{}
};

static struct kunit_suite suite = {
	.name = "pvops-live", .init = live_world, .test_cases = cases,
};
kunit_test_suite(suite);
