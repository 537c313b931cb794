// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* A backend's forms, op by op: as SUITE's table has them, and what a site becomes by them. */
#include "world.h"
#include "forms.h"

/* But for the displacement, which is where it leads to that counts. */
static void expect_bytes(struct kunit *test, const u8 *at, const struct form_expected *right)
{
	u8 bytes[PVOPS_SITE_MAX_LEN];

	memcpy(bytes, at, right->len);
	if (right->reloc)
		memset(bytes + right->reloc, 0, 4);
	KUNIT_EXPECT_MEMEQ(test, (const void *)bytes, (const void *)right->bytes, right->len);
}

static void form_of_an_op(struct kunit *test)
{
	const struct pvops_form *form = pvops_kunit_forms + op_of(test);
	const struct form_expected *right = pvops_kunit_expected + op_of(test);

	KUNIT_EXPECT_EQ(test, form->kind, right->kind);
	KUNIT_EXPECT_PTR_EQ(test, form->func, right->fn);
	KUNIT_ASSERT_EQ(test, form->end - form->code, right->len);
	if (form->code)
		expect_bytes(test, form->code, right);
	KUNIT_EXPECT_EQ(test, form->flags & PVOPS_FORM_MULTI, right->several);
	/* A segment of its own is a prefix already. */
	KUNIT_EXPECT_EQ(test, !!(form->flags & PVOPS_FORM_PREFIX),
			right->kind == PVOPS_FORM_INLINE && !right->reloc);
	KUNIT_EXPECT_PTR_EQ(test, (const void *)form->reloc,
			    right->reloc ? (const void *)(form->code + right->reloc) : NULL);
}

/* The bytes in a site: nothing but prefixes in front of them, and nothing behind. */
static void site_of_an_op(struct kunit *test)
{
	const struct form_expected *right = pvops_kunit_expected + op_of(test);
	u16 op = op_of(test);
	u32 nr = add_call(128, op, PVOPS_SITE_CALL), i, slack;
	u8 out[OUT];

	memset(out, 0xa5, OUT);
	KUNIT_ASSERT_EQ(test, pvops_plan(&set, sites + nr, pvops_kunit_forms + op, 0, out), 0);
	KUNIT_EXPECT_EQ(test, out[op_rows[op].room], 0xa5);
	switch (right->kind) {
	case PVOPS_FORM_NOP:
		KUNIT_EXPECT_TRUE(test, is_nop(out, op_rows[op].room));
		break;
	case PVOPS_FORM_INLINE:
		KUNIT_ASSERT_LE(test, right->len, op_rows[op].room);
		slack = op_rows[op].room - right->len;
		if (right->reloc) {
			const u8 *reloc = pvops_kunit_forms[op].reloc;

			expect_bytes(test, out, right);
			KUNIT_EXPECT_EQ(test, target(text + 128 + right->reloc, out + right->reloc),
					target(reloc, reloc));
			KUNIT_EXPECT_TRUE(test, !slack || is_nop(out + right->len, slack));
			break;
		}
		for (i = 0; i < slack; i++)
			KUNIT_EXPECT_EQ(test, out[i], 0x3e);
		expect_bytes(test, out + slack, right);
		break;
	default:
		KUNIT_EXPECT_EQ(test, target(text + 128 + op_rows[op].room,
					     out + op_rows[op].room - 4),
				(unsigned long)right->fn);
	}
}

/* The function for the table ends in ret, where it is the template itself. */
static void template_as_a_function(struct kunit *test)
{
	const struct pvops_form *form = pvops_kunit_forms + op_of(test);

	if (form->kind == PVOPS_FORM_INLINE)
		KUNIT_EXPECT_EQ(test, form->end[0], 0xc3);
	KUNIT_EXPECT_NOT_NULL(test, form->func);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(form_of_an_op, next_op),
	KUNIT_CASE_PARAM(site_of_an_op, next_op),
	KUNIT_CASE_PARAM(template_as_a_function, next_op),
	{}
};

static struct kunit_suite suite = {
	.name = "pvops-" SUITE, .init = fresh_world, .test_cases = cases,
};
kunit_test_suite(suite);
