// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The machines of tests/cpuid: which hypervisors' faces they show, and the clock CPUID allows. */
#include <kunit/test.h>
#include <pvops/clock.h>
#include "core.h"

struct leaf {
	u32 leaf, sub, regs[4];
};

struct machine {
	const char *name;
	const char *faces;	/* "40000000 KVMKVMKVM; 40000100 XenVMMXenVMM" */
	u32 first, nr;		/* of leaves */
};

#include "gen/machines.h"

static const struct machine *machine;
static u32 asked;
static struct pvops_probe probe;

void pvops_log(const char *fmt, ...)
{
}

static const struct leaf *find(u32 leaf, u32 sub)
{
	const struct leaf *at = leaves + machine->first;
	u32 i;

	for (i = 0; i < machine->nr; i++, at++)
		if (at->leaf == leaf && at->sub == sub)
			return at;
	return NULL;
}

static void cpuid_of_it(u32 regs[4])
{
	const struct leaf *found = find(regs[0], regs[2]);

	/* Most leaves have no subleaves and do not look at ecx. */
	if (!found && !find(regs[0], 1) && !find(regs[0], 2))
		found = find(regs[0], 0);
	asked++;
	memset(regs, 0, 16);
	if (found)
		memcpy(regs, found->regs, 16);
}

static const struct pvops_boot_proto proto = {
	.name = "hardware", .ring0 = true, .cpuid = cpuid_of_it,
};
static struct pvops_boot boot = { .proto = &proto };

static const void *next_machine(const void *prev, char *desc)
{
	const struct machine *at = prev ? (const struct machine *)prev + 1 : machines;

	if (at == machines + ARRAY_SIZE(machines))
		return NULL;
	strscpy(desc, at->name, KUNIT_PARAM_DESC_SIZE);
	return at;
}

static void detect(struct kunit *test)
{
	machine = test->param_value;
	asked = 0;
	pvops_detect(&boot, &probe);
}

static void faces(struct kunit *test)
{
	char *all = kunit_kzalloc(test, 1024, GFP_KERNEL), *at = all;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, all);
	detect(test);
	for (i = 0; i < probe.nr_matches; i++) {
		int len = 12;

		/* As the table has it: without what it is filled up with. */
		while (len && strchr(" ", probe.matches[i].signature[len - 1]))
			len--;
		at += sprintf(at, "%s%08x %.*s", i ? "; " : "", probe.matches[i].base, len,
			      probe.matches[i].signature);
	}
	KUNIT_EXPECT_STREQ(test, all, machine->faces);
}

/* In order, inside their windows, and no more questions than it takes. */
static void matches_make_sense(struct kunit *test)
{
	u32 i;

	detect(test);
	KUNIT_EXPECT_LE(test, asked, 1 + PVOPS_MAX_MATCHES);
	KUNIT_EXPECT_LE(test, probe.nr_matches, PVOPS_MAX_MATCHES);
	KUNIT_EXPECT_PTR_EQ(test, (const void *)probe.boot, (const void *)&boot);
	for (i = 0; i < probe.nr_matches; i++) {
		KUNIT_EXPECT_TRUE(test, probe.hypervisor_bit);
		KUNIT_EXPECT_EQ(test, probe.matches[i].base & 0xfffff0ff, 0x40000000);
		KUNIT_EXPECT_GE(test, probe.matches[i].max, probe.matches[i].base);
		KUNIT_EXPECT_LT(test, probe.matches[i].max, probe.matches[i].base + 0x10000);
		if (i)
			KUNIT_EXPECT_GT(test, probe.matches[i].base, probe.matches[i - 1].base);
	}
}

static void without_the_bit_no_face(struct kunit *test)
{
	const struct leaf *one;

	detect(test);
	one = find(1, 0);
	KUNIT_ASSERT_NOT_NULL(test, one);
	KUNIT_EXPECT_EQ(test, probe.hypervisor_bit, one->regs[2] >> 31 == 1);
	if (!probe.hypervisor_bit)
		KUNIT_EXPECT_EQ(test, probe.nr_matches, 0);
}

/* A clock is chosen by what is there, and what is chosen is told of. */
static void clock(struct kunit *test)
{
	struct pvops_clock_choice choice;
	struct pvops_clock_facts facts;
	const struct leaf *one;
	u32 by;

	detect(test);
	one = find(1, 0);
	pvops_clock_cpuid_facts(&probe, &facts);
	KUNIT_EXPECT_EQ(test, !!(facts.has & PVOPS_CLOCK_TSC), one->regs[3] >> 4 & 1);
	one = find(0x80000007, 0);
	KUNIT_EXPECT_EQ(test, !!(facts.has & PVOPS_CLOCK_INVARIANT), one && one->regs[3] >> 8 & 1);
	for (by = 0; by < PVOPS_NR_KHZ; by++) {
		KUNIT_EXPECT_EQ(test, !facts.khz[by], !(facts.has & PVOPS_CLOCK_KHZ(by)));
		if (facts.khz[by])
			KUNIT_EXPECT_TRUE(test, facts.khz[by] >= 10000 &&
						facts.khz[by] <= 40000000);
	}
	if (!pvops_clock_choose(&facts, &choice)) {
		KUNIT_EXPECT_NULL(test, (const void *)choice.row);
		return;
	}
	KUNIT_EXPECT_EQ(test, facts.has & choice.row->all, choice.row->all);
	KUNIT_EXPECT_EQ(test, facts.has & choice.row->none, 0);
	KUNIT_EXPECT_NE(test, choice.reason[0], '\0');
	if (choice.row->kind == PVOPS_CLOCK_KIND_TSC)
		KUNIT_EXPECT_EQ(test, choice.khz, facts.khz[choice.by]);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(faces, next_machine),
	KUNIT_CASE_PARAM(matches_make_sense, next_machine),
	KUNIT_CASE_PARAM(without_the_bit_no_face, next_machine),
	KUNIT_CASE_PARAM(clock, next_machine),
	{}
};

static struct kunit_suite suite = { .name = "pvops-machine", .test_cases = cases };
kunit_test_suite(suite);
