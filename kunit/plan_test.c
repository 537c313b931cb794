// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Planning: the bytes of each op's site in each form, byte by byte; and where it has to refuse. */
#include "world.h"

static const u8 cli[] = { 0xfa };
static u8 longest[PVOPS_SITE_MAX_LEN + 1];

/* The site of the op, planned; checks that nothing behind the site was written. */
static int plan(struct kunit *test, u8 kind, const struct pvops_form *form, u8 *out)
{
	u16 op = op_of(test);
	u32 nr = add_call(128, op, kind), i;
	int err;

	memset(out, 0xa5, OUT);
	err = pvops_plan(&set, sites + nr, form, 0, out);
	for (i = op_rows[op].room; i < OUT; i++)
		KUNIT_EXPECT_EQ(test, out[i], 0xa5);
	return err;
}

static void unpatched(struct kunit *test)
{
	u8 out[OUT], *behind = text + 128 + op_rows[op_of(test)].room;
	u32 pad = op_rows[op_of(test)].room - 6U, i;

	KUNIT_ASSERT_EQ(test, plan(test, PVOPS_SITE_CALL, NULL, out), 0);
	KUNIT_EXPECT_MEMEQ(test, out, text + 128, op_rows[op_of(test)].room);
	for (i = 0; i < pad; i++)
		KUNIT_EXPECT_EQ(test, out[i], 0x2e);
	KUNIT_EXPECT_EQ(test, out[pad], 0xff);
	KUNIT_EXPECT_EQ(test, out[pad + 1], 0x15);
	KUNIT_EXPECT_EQ(test, target(behind, out + pad + 2), (unsigned long)&table[op_of(test)]);
}

static void call(struct kunit *test)
{
	u8 out[OUT], *behind = text + 128 + op_rows[op_of(test)].room;
	u32 pad = op_rows[op_of(test)].room - 5U, i;

	KUNIT_ASSERT_EQ(test, plan(test, PVOPS_SITE_CALL, forms + op_of(test), out), 0);
	for (i = 0; i < pad; i++)
		KUNIT_EXPECT_EQ(test, out[i], 0x2e);
	KUNIT_EXPECT_EQ(test, out[pad], 0xe8);
	KUNIT_EXPECT_EQ(test, target(behind, out + pad + 1), (unsigned long)target_of_calls);
}

static void entry_is_as_call(struct kunit *test)
{
	u8 out[OUT], other[OUT];

	KUNIT_ASSERT_EQ(test, plan(test, PVOPS_SITE_CALL, forms + op_of(test), out), 0);
	KUNIT_ASSERT_EQ(test, plan(test, PVOPS_SITE_ENTRY, forms + op_of(test), other), 0);
	KUNIT_EXPECT_MEMEQ(test, out, other, OUT);
}

static void nop_form(struct kunit *test)
{
	u8 out[OUT];

	KUNIT_ASSERT_EQ(test, plan(test, PVOPS_SITE_CALL, others + op_of(test), out), 0);
	KUNIT_EXPECT_TRUE(test, is_nop(out, op_rows[op_of(test)].room));
}

static void inline_behind_prefixes(struct kunit *test)
{
	struct pvops_form form = template(cli, sizeof(cli), PVOPS_FORM_PREFIX);
	u32 last = op_rows[op_of(test)].room - 1U, i;
	u8 out[OUT];

	KUNIT_ASSERT_EQ(test, plan(test, PVOPS_SITE_CALL, &form, out), 0);
	for (i = 0; i < last; i++)
		KUNIT_EXPECT_EQ(test, out[i], 0x3e);
	KUNIT_EXPECT_EQ(test, out[last], 0xfa);
}

static void inline_before_one_nop(struct kunit *test)
{
	struct pvops_form form = template(cli, sizeof(cli), 0);
	u8 out[OUT];

	KUNIT_ASSERT_EQ(test, plan(test, PVOPS_SITE_CALL, &form, out), 0);
	KUNIT_EXPECT_EQ(test, out[0], 0xfa);
	KUNIT_EXPECT_TRUE(test, is_nop(out + 1, op_rows[op_of(test)].room - 1U));
}

static void inline_that_just_fits(struct kunit *test)
{
	struct pvops_form form = template(longest, op_rows[op_of(test)].room, PVOPS_FORM_PREFIX);
	u8 out[OUT];

	KUNIT_ASSERT_EQ(test, plan(test, PVOPS_SITE_CALL, &form, out), 0);
	KUNIT_EXPECT_MEMEQ(test, out, longest, op_rows[op_of(test)].room);
	form.end++;
	KUNIT_EXPECT_EQ(test, plan(test, PVOPS_SITE_CALL, &form, out), -PVOPS_ENOSPC);
}

static void inline_relocated(struct kunit *test)
{
	u32 room = op_rows[op_of(test)].room, at;
	struct pvops_form form;
	u8 out[OUT];

	/* A call of five bytes, at the end of the room and at its beginning. */
	longest[0] = 0xe8;
	put32(longest + 1, 0x1234);
	for (at = 0; at < 2; at++) {
		u32 from = at ? room - 5 : 0;

		form = template(longest, 5, at ? PVOPS_FORM_PREFIX : 0);
		form.reloc = longest + 1;
		KUNIT_ASSERT_EQ(test, plan(test, PVOPS_SITE_CALL, &form, out), 0);
		KUNIT_EXPECT_EQ(test, out[from], 0xe8);
		KUNIT_EXPECT_EQ(test, target(text + 128 + from + 5, out + from + 1),
				(unsigned long)longest + 5 + 0x1234);
	}
	memset(longest, 0x11, sizeof(longest));
}

static void lengths_of_others(struct kunit *test)
{
	u16 op = op_of(test);
	u8 out[OUT];
	u32 len;

	for (len = 0; len < 256; len++) {
		record(0, text + 128, op, (u8)len, PVOPS_SITE_CALL);
		KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, forms + op, 0, out),
				len == op_rows[op].room ? 0 : -PVOPS_EINVAL);
		record(0, text + 128, op, (u8)len, PVOPS_SITE_GATE);
		KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, others + op, 0, out),
				len == PVOPS_SITE_GATE_LEN ? 0 : -PVOPS_EINVAL);
		sites[0].kind = PVOPS_SITE_LEAD;
		KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, others + op, 0, out),
				len == PVOPS_SITE_GATE_LEN ? 0 : -PVOPS_EINVAL);
	}
}

static void gate(struct kunit *test)
{
	u16 op = op_of(test);
	u32 nr = add_gate(128, op, 512);
	u8 out[OUT];

	KUNIT_ASSERT_EQ(test, pvops_plan(&set, sites + nr, others + op, 512 - 133, out), 0);
	KUNIT_EXPECT_TRUE(test, is_nop(out, 5));
	/* Any other form, and none: the jump. */
	KUNIT_ASSERT_EQ(test, pvops_plan(&set, sites + nr, forms + op, 512 - 133, out), 0);
	KUNIT_EXPECT_MEMEQ(test, out, text + 128, 5);
	KUNIT_ASSERT_EQ(test, pvops_plan(&set, sites + nr, NULL, 512 - 133, out), 0);
	KUNIT_EXPECT_MEMEQ(test, out, text + 128, 5);
	KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites + nr, NULL, 0, out), -PVOPS_EINVAL);
	/* One that leads to an instruction: prefixes of that. */
	sites[nr].kind = PVOPS_SITE_LEAD;
	KUNIT_ASSERT_EQ(test, pvops_plan(&set, sites + nr, others + op, 512 - 133, out), 0);
	KUNIT_EXPECT_MEMEQ(test, out, "\x3e\x3e\x3e\x3e\x3e", 5);
	KUNIT_ASSERT_EQ(test, pvops_plan(&set, sites + nr, forms + op, 512 - 133, out), 0);
	KUNIT_EXPECT_MEMEQ(test, out, text + 128, 5);
}

static void form_that_says_nothing(struct kunit *test)
{
	struct pvops_form form = { .func = target_of_calls };
	u8 out[OUT];
	u32 kind;

	for (kind = 0; kind < 256; kind++) {
		if (kind > PVOPS_FORM_EMPTY && kind < PVOPS_NR_FORMS)
			continue;
		form.kind = (u8)kind;
		KUNIT_EXPECT_EQ(test, plan(test, PVOPS_SITE_CALL, &form, out), -PVOPS_EINVAL);
		set.nr_sites = 0;
	}
	form.func = NULL;
	for (kind = 0; kind < PVOPS_NR_FORMS; kind++) {
		form.kind = (u8)kind;
		KUNIT_EXPECT_EQ(test, plan(test, PVOPS_SITE_CALL, &form, out), -PVOPS_EINVAL);
	}
}

/* The edges of a signed 32-bit distance, from the end of a site of the op. */
static const struct edge {
	const char *name;
	long far;
	int err;
} edges[] = {
	{ "farthest after", 0x7fffffff, 0 },
	{ "too far after", 0x80000000, -PVOPS_ERANGE },
	{ "farthest before", -0x80000000L, 0 },
	{ "too far before", -0x80000001L, -PVOPS_ERANGE },
	{ "very far after", 0x100000000, -PVOPS_ERANGE },
	{ "very far before", -0x100000000, -PVOPS_ERANGE },
	{ "here", 0, 0 },
};

static void name_edge(const struct edge *edge, char *desc)
{
	strscpy(desc, edge->name, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(edge, edges, name_edge);

static void reach_of_calls(struct kunit *test)
{
	const struct edge *edge = test->param_value;
	struct pvops_form form = { .kind = PVOPS_FORM_CALL };
	u8 out[OUT];
	u16 op;

	for (op = 0; op < PVOPS_NR_OPS; op++) {
		add_call(128, op, PVOPS_SITE_CALL);
		form.func = (const void *)((unsigned long)(text + 128 + op_rows[op].room) +
					   (unsigned long)edge->far);
		KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, &form, 0, out), edge->err);
		set.nr_sites = 0;
	}
}

static void reach_of_the_table(struct kunit *test)
{
	const struct edge *edge = test->param_value;
	u8 out[OUT];

	add_call(128, 0, PVOPS_SITE_CALL);
	set.table = (const void *const *)((unsigned long)(text + 128 + op_rows[0].room) +
					  (unsigned long)edge->far);
	KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, NULL, 0, out), edge->err);
}

/* What 32 bits in a template can lead to, seen from the site. */
static void reach_of_relocations(struct kunit *test)
{
	struct pvops_form form = template(longest, 5, 0);
	long moved = (long)(longest - (text + 128));
	u32 refused = 0, i;
	u8 out[OUT];

	add_call(128, 0, PVOPS_SITE_CALL);
	form.reloc = longest + 1;
	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		if (edges[i].far - moved != (s32)(edges[i].far - moved))
			continue;
		put32(longest + 1, (u32)(edges[i].far - moved));
		KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, &form, 0, out), edges[i].err);
		refused += edges[i].err != 0;
	}
	KUNIT_EXPECT_EQ(test, refused, 1);
	memset(longest, 0x11, sizeof(longest));
}

static void reloc_outside_of_the_template(struct kunit *test)
{
	struct pvops_form form = template(longest, 5, 0);
	u8 out[OUT];
	int at;

	add_call(128, 0, PVOPS_SITE_CALL);
	for (at = -4; at < 9; at++) {
		form.reloc = longest + at;
		if (at == 0 || at == 1)
			continue;
		KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, &form, 0, out), -PVOPS_EINVAL);
	}
	form = template(NULL, 0, 0);
	KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, &form, 0, out), -PVOPS_EINVAL);
	form = template(longest, 0, 0);
	form.end--;
	KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, &form, 0, out), -PVOPS_EINVAL);
}

static void gate_leads_into_the_text(struct kunit *test)
{
	u8 out[OUT];

	add_gate(128, 0, 512);
	KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, NULL, -133U, out), 0);
	KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, NULL, -134U, out), -PVOPS_EINVAL);
	KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, NULL, TEXT_SIZE - 134U, out), 0);
	KUNIT_EXPECT_EQ(test, pvops_plan(&set, sites, NULL, TEXT_SIZE - 133U, out), -PVOPS_EINVAL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(unpatched, next_op),
	KUNIT_CASE_PARAM(call, next_op),
	KUNIT_CASE_PARAM(entry_is_as_call, next_op),
	KUNIT_CASE_PARAM(nop_form, next_op),
	KUNIT_CASE_PARAM(inline_behind_prefixes, next_op),
	KUNIT_CASE_PARAM(inline_before_one_nop, next_op),
	KUNIT_CASE_PARAM(inline_that_just_fits, next_op),
	KUNIT_CASE_PARAM(inline_relocated, next_op),
	KUNIT_CASE_PARAM(lengths_of_others, next_op),
	KUNIT_CASE_PARAM(gate, next_op),
	KUNIT_CASE_PARAM(form_that_says_nothing, next_op),
	KUNIT_CASE_PARAM(reach_of_calls, edge_gen_params),
	KUNIT_CASE_PARAM(reach_of_the_table, edge_gen_params),
	KUNIT_CASE(reach_of_relocations),
	KUNIT_CASE(reloc_outside_of_the_template),
	KUNIT_CASE(gate_leads_into_the_text),
	{}
};

static struct kunit_suite suite = {
	.name = "pvops-plan", .init = fresh_world, .test_cases = cases,
};
kunit_test_suite(suite);
