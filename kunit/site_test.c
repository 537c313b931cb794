// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Records of sites: how they are written down, and which of them are believed. */
#include "world.h"

static void eight_bytes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(struct pvops_site), 8);
	KUNIT_EXPECT_EQ(test, offsetof(struct pvops_site, offset), 0);
	KUNIT_EXPECT_EQ(test, offsetof(struct pvops_site, op), 4);
	KUNIT_EXPECT_EQ(test, offsetof(struct pvops_site, len), 6);
	KUNIT_EXPECT_EQ(test, offsetof(struct pvops_site, kind), 7);
}

/* As the macros of site.h put it down, with the assembler's own idea of the distances. */
asm(".pushsection .rodata\n"
    "pvops_kunit_record:\n"
    "	.long	pvops_kunit_site - .\n"
    "	.short	7\n"
    "	.byte	8, 1\n"
    "	.popsection\n"
    ".pushsection .data\n"
    "pvops_kunit_site:\n"
    "	.byte	0x2e, 0x2e, 0xff, 0x15, 0, 0, 0, 0\n"
    "	.popsection\n");
extern const struct pvops_site pvops_kunit_record;
extern u8 pvops_kunit_site[];

static void as_the_assembler_writes_it(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, pvops_site_addr(&pvops_kunit_record), &pvops_kunit_site[0]);
	KUNIT_EXPECT_EQ(test, pvops_kunit_record.op, 7);
	KUNIT_EXPECT_EQ(test, pvops_kunit_record.len, 8);
	KUNIT_EXPECT_EQ(test, pvops_kunit_record.kind, PVOPS_SITE_GATE);
}

static void offset_before_and_behind(struct kunit *test)
{
	static const s32 offsets[] = { 0, 1, -1, 4096, -4096, S32_MAX, S32_MIN };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		sites[0].offset = offsets[i];
		KUNIT_EXPECT_EQ(test, (unsigned long)pvops_site_addr(sites),
				(unsigned long)sites + (unsigned long)(long)offsets[i]);
	}
}

/* Text and records, moved together. */
static void moves_with_the_image(struct kunit *test)
{
	struct image {
		u8 text[64];
		struct pvops_site site;
	} *images = kunit_kcalloc(test, 2, sizeof(*images), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, images);
	images[0].site.offset = -(s32)offsetof(struct image, site) + 40;
	images[1] = images[0];
	KUNIT_EXPECT_PTR_EQ(test, pvops_site_addr(&images[0].site), images[0].text + 40);
	KUNIT_EXPECT_PTR_EQ(test, pvops_site_addr(&images[1].site), images[1].text + 40);
}

static void rooms_of_the_table(struct kunit *test)
{
	u8 room = op_rows[op_of(test)].room;

	/* A nop of more than 9 bytes would be two, and a call has 6. */
	KUNIT_EXPECT_GE(test, room, PVOPS_SITE_CALL_LEN);
	KUNIT_EXPECT_LE(test, room, 9);
	KUNIT_EXPECT_LE(test, room, PVOPS_SITE_MAX_LEN);
}

static void names_of_the_table(struct kunit *test)
{
	const char *name = op_rows[op_of(test)].name, *dot = strchr(name, '.');
	u32 op, same = 0;

	KUNIT_ASSERT_NOT_NULL(test, dot);
	KUNIT_EXPECT_NE(test, dot[1], '\0');
	for (op = 0; op < PVOPS_NR_OPS; op++)
		same += !strcmp(op_rows[op].name, name);
	KUNIT_EXPECT_EQ(test, same, 1);
}

static void valid_in_the_text_only(struct kunit *test)
{
	u16 op = op_of(test);
	u8 len = op_rows[op].room;
	const struct { u8 *at; bool right; } rows[] = {
		{ text, true }, { text - 1, false }, { text + TEXT_SIZE - len, true },
		{ text + TEXT_SIZE - len + 1, false }, { text + TEXT_SIZE, false },
		{ text + TEXT_SIZE - 1, false }, { text - len, false },
		{ text + (1UL << 30), false }, { text - (1UL << 30), false },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		record(0, rows[i].at, op, len, PVOPS_SITE_CALL);
		KUNIT_EXPECT_EQ_MSG(test, pvops_site_valid(&set, sites), rows[i].right, "row %u",
				    i);
		record(0, rows[i].at, op, len, PVOPS_SITE_ENTRY);
		KUNIT_EXPECT_EQ_MSG(test, pvops_site_valid(&set, sites), rows[i].right, "row %u",
				    i);
	}
}

static void valid_kinds(struct kunit *test)
{
	u32 kind;

	for (kind = 0; kind < 256; kind++) {
		u8 len = kind == PVOPS_SITE_GATE || kind == PVOPS_SITE_LEAD ? PVOPS_SITE_GATE_LEN :
									      op_rows[0].room;

		record(0, text, 0, len, (u8)kind);
		KUNIT_EXPECT_EQ(test, pvops_site_valid(&set, sites), kind <= PVOPS_SITE_LEAD);
	}
}

static void valid_ops(struct kunit *test)
{
	u32 op;

	for (op = 0; op < 65536; op++) {
		record(0, text, (u16)op, op < PVOPS_NR_OPS ? op_rows[op].room : 6, PVOPS_SITE_CALL);
		if (pvops_site_valid(&set, sites) != (op < PVOPS_NR_OPS))
			KUNIT_FAIL(test, "op %u", op);
	}
	set.nr_ops = 1;
	record(0, text, 1, op_rows[1].room, PVOPS_SITE_CALL);
	KUNIT_EXPECT_FALSE(test, pvops_site_valid(&set, sites));
}

static void one_instruction_or_several(struct kunit *test)
{
	static const u8 code[16];
	u16 op = op_of(test);
	struct pvops_form form = template(code, op_rows[op].room, 0);

	add_call(0, op, PVOPS_SITE_CALL);
	KUNIT_EXPECT_TRUE(test, pvops_form_single(sites, NULL));
	KUNIT_EXPECT_TRUE(test, pvops_form_single(sites, forms + op));
	KUNIT_EXPECT_TRUE(test, pvops_form_single(sites, others + op));
	KUNIT_EXPECT_TRUE(test, pvops_form_single(sites, &form));
	/* A nop comes behind it. */
	form.end--;
	KUNIT_EXPECT_FALSE(test, pvops_form_single(sites, &form));
	form.flags = PVOPS_FORM_PREFIX;
	KUNIT_EXPECT_TRUE(test, pvops_form_single(sites, &form));
	form.flags |= PVOPS_FORM_MULTI;
	KUNIT_EXPECT_FALSE(test, pvops_form_single(sites, &form));
	sites[0].kind = PVOPS_SITE_GATE;
	KUNIT_EXPECT_TRUE(test, pvops_form_single(sites, &form));
}

static void nops_of_all_lengths(struct kunit *test)
{
	u8 out[OUT];
	u32 len, i;

	for (len = 0; len < OUT; len++) {
		memset(out, 0xa5, OUT);
		pvops_fill_nops(out, len);
		for (i = len; i < OUT; i++)
			KUNIT_EXPECT_EQ(test, out[i], 0xa5);
		for (i = 0; i < len; i += 9)
			KUNIT_EXPECT_TRUE_MSG(test, is_nop(out + i, min(len - i, 9U)), "%u of %u",
					      i, len);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(eight_bytes),
	KUNIT_CASE(as_the_assembler_writes_it),
	KUNIT_CASE(offset_before_and_behind),
	KUNIT_CASE(moves_with_the_image),
	KUNIT_CASE_PARAM(rooms_of_the_table, next_op),
	KUNIT_CASE_PARAM(names_of_the_table, next_op),
	KUNIT_CASE_PARAM(valid_in_the_text_only, next_op),
	KUNIT_CASE(valid_kinds),
	KUNIT_CASE(valid_ops),
	KUNIT_CASE_PARAM(one_instruction_or_several, next_op),
	KUNIT_CASE(nops_of_all_lengths),
	{}
};

static struct kunit_suite suite = {
	.name = "pvops-site", .init = fresh_world, .test_cases = cases,
};
kunit_test_suite(suite);
