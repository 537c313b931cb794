// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The engine: verifying, writing, taking back. */
#include "sites.h"
#include <stdio.h>
#include <time.h>

static void hostile_records(void **state)
{
	const struct { s32 at; u16 op; u8 len, kind; } rows[] = {
		{ 0, PVOPS_NR_OPS, 6, 0 }, { 0, 0xffff, 6, 0 }, { 0, PVOPS_OP_irq_enable, 5, 0 },
		{ 0, PVOPS_OP_irq_enable, 7, 0 }, { 0, PVOPS_OP_irq_enable, 0, 0 },
		{ 0, PVOPS_OP_irq_enable, 255, 0 }, { 0, PVOPS_OP_irq_enable, 6, 3 },
		{ 0, PVOPS_OP_irq_enable, 6, PVOPS_SITE_GATE }, { 0, PVOPS_OP_irq_enable, 6, 255 },
		{ -1, PVOPS_OP_irq_enable, 6, 0 }, { TEXT_SIZE - 5, PVOPS_OP_irq_enable, 6, 0 },
		{ TEXT_SIZE, PVOPS_OP_irq_enable, 6, 0 }, { -100000, PVOPS_OP_irq_enable, 6, 0 },
	};
	u8 out[16];

	for (u32 i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		record(0, (u8 *)((unsigned long)text + (unsigned long)(long)rows[i].at),
		       rows[i].op, rows[i].len, rows[i].kind);
		assert_int_equal(pvops_plan(&set, sites, forms, 0, out), -PVOPS_EINVAL);
		assert_int_equal(pvops_plan(&set, sites, NULL, 0, out), -PVOPS_EINVAL);
		set.nr_sites = 1;
		log_lines = 0;
		assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), -PVOPS_EINVAL);
		assert_int_equal(log_lines, 1);
	}
	/* The last byte that counts. */
	record(0, text + TEXT_SIZE - 6, PVOPS_OP_irq_enable, 6, 0);
	assert_int_equal(pvops_plan(&set, sites, NULL, 0, out), 0);
}

static void patch_rerun_and_unpatch(void **state)
{
	static u8 before[TEXT_SIZE], after[TEXT_SIZE];
	struct pvops_patch_stats stats = { 0 };

	for (u16 op = 0; op < PVOPS_NR_OPS; op++)
		add_call(16U * op, op, op % 7 ? PVOPS_SITE_CALL : PVOPS_SITE_ENTRY);
	memcpy(before, text, sizeof(text));
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, &stats), 0);
	assert_int_equal(stats.count[PVOPS_SHAPE_CALL], PVOPS_NR_OPS);
	assert_int_equal(stats.failed, 0);
	memcpy(after, text, sizeof(text));
	assert_true(memcmp(before, after, sizeof(text)) != 0);
	stats = (struct pvops_patch_stats){ 0 };
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, &stats), 0);
	assert_int_equal(stats.count[PVOPS_SHAPE_CALL], PVOPS_NR_OPS);
	assert_memory_equal(text, after, sizeof(text));
	assert_int_equal(pvops_patch_sites(&set, forms, NULL, NULL), 0);
	assert_memory_equal(text, before, sizeof(text));
	assert_int_equal(log_lines, 0);
	assert_int_equal(aliases, 0);
}

static void repatch_from_one_backend_to_another(void **state)
{
	struct pvops_patch_stats stats = { 0 };

	for (u16 op = 0; op < 20; op++)
		add_call(16U * op, op, PVOPS_SITE_CALL);
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	assert_int_equal(pvops_patch_sites(&set, forms, others, &stats), 0);
	assert_int_equal(stats.count[PVOPS_SHAPE_NOP], 20);
	/* From a form that it does not have: refused, each with its line. */
	assert_int_equal(pvops_patch_sites(&set, forms, NULL, NULL), -PVOPS_EINVAL);
	assert_int_equal(log_lines, 20);
}

static void mismatch_is_named_and_left_alone(void **state)
{
	struct pvops_patch_stats stats = { 0 };
	u8 spoilt[8];

	add_call(0, PVOPS_OP_irq_disable, PVOPS_SITE_CALL);
	add_call(32, PVOPS_OP_irq_disable, PVOPS_SITE_CALL);
	add_call(64, PVOPS_OP_irq_enable, PVOPS_SITE_CALL);
	text[32 + 1] = 0x91;
	memcpy(spoilt, text + 32, 8);
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, &stats), -PVOPS_EINVAL);
	assert_int_equal(stats.failed, 1);
	assert_int_equal(stats.count[PVOPS_SHAPE_CALL], 2);
	assert_memory_equal(text + 32, spoilt, 8);
	assert_int_equal(text[3], 0xe8);
	assert_int_equal(text[64 + 1], 0xe8);
	assert_int_equal(log_lines, 1);
	assert_non_null(strstr(logged, "irq.disable"));
	assert_non_null(strstr(logged, "expected 2e 2e ff 15"));
	assert_non_null(strstr(logged, "2e 91 ff 15"));
}

static void gates_become_nothing_and_come_back(void **state)
{
	u32 nr = add_gate(0, PVOPS_OP_lock_kick, 512);
	static const u8 nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	u8 before[5];

	memcpy(before, text, 5);
	assert_int_equal(pvops_patch_sites(&set, NULL, others, NULL), 0);
	assert_memory_equal(text, nop5, 5);
	assert_int_equal(saved[nr], 512 - 5);
	assert_int_equal(pvops_patch_sites(&set, others, NULL, NULL), 0);
	assert_memory_equal(text, before, 5);
	/* Any other form: the jump stays. */
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	assert_memory_equal(text, before, 5);
}

/* What stands behind it is the op, so what is left of the gate must be part of that instruction. */
static void leading_gates_become_prefixes(void **state)
{
	static const u8 store[] = { 0xc6, 0x45, 0x08, 0x00 };
	static const u8 led[] = { 0x3e, 0x3e, 0x3e, 0x3e, 0x3e };
	u32 nr = add_gate(0, PVOPS_OP_lock_kick, 512);
	u8 before[5];

	sites[nr].kind = PVOPS_SITE_LEAD;
	memcpy(text + 5, store, sizeof(store));
	memcpy(before, text, 5);
	assert_int_equal(pvops_patch_sites(&set, NULL, others, NULL), 0);
	assert_memory_equal(text, led, 5);
	assert_memory_equal(text + 5, store, sizeof(store));
	assert_int_equal(saved[nr], 512 - 5);
	assert_int_equal(pvops_patch_sites(&set, others, NULL, NULL), 0);
	assert_memory_equal(text, before, 5);
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	assert_memory_equal(text, before, 5);
}

/* What is counted is what the sites are, whatever form their op has. */
static void sites_are_counted_by_shape(void **state)
{
	struct pvops_op_row gated[PVOPS_NR_OPS];
	bool led[PVOPS_NR_OPS] = { [PVOPS_OP_mmu_set_pte] = true };
	static const u8 cli[] = { 0xfa };
	struct pvops_patch_stats stats = { 0 };

	memcpy(gated, op_rows, sizeof(gated));
	gated[PVOPS_OP_lock_kick].gate = true;
	set.ops = gated;
	set.led = led;
	forms[PVOPS_OP_irq_disable] = (struct pvops_form){
		.func = (const void *)target_of_calls, .code = cli, .end = cli + 1,
		.kind = PVOPS_FORM_INLINE,
	};
	add_gate(0, PVOPS_OP_lock_kick, 512);
	add_call(16, PVOPS_OP_lock_kick, PVOPS_SITE_CALL);
	sites[add_gate(32, PVOPS_OP_mmu_set_pte, 512)].kind = PVOPS_SITE_LEAD;
	add_call(48, PVOPS_OP_mmu_set_pte, PVOPS_SITE_CALL);
	add_call(64, PVOPS_OP_irq_disable, PVOPS_SITE_CALL);
	add_call(80, PVOPS_OP_cpu_io_delay, PVOPS_SITE_ENTRY);
	assert_int_equal(pvops_patch_sites(&set, NULL, others, &stats), 0);
	assert_int_equal(stats.count[PVOPS_SHAPE_NOP], 3);
	assert_int_equal(stats.count[PVOPS_SHAPE_LEAD], 1);
	assert_int_equal(stats.count[PVOPS_SHAPE_UNUSED], 2);
	/* Nobody comes to either: one is an answer all the same, as live patching wants it. */
	assert_int_equal(text[17], 0xe8);
	assert_memory_equal(text + 48, "\x66\x0f\x1f\x44\x00\x00", 6);

	assert_int_equal(pvops_patch_sites(&set, others, NULL, &stats), 0);
	assert_int_equal(stats.count[PVOPS_SHAPE_TABLE], 6);
	stats = (struct pvops_patch_stats){ 0 };
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, &stats), 0);
	assert_int_equal(stats.count[PVOPS_SHAPE_JUMP], 2);
	assert_int_equal(stats.count[PVOPS_SHAPE_CALL], 3);
	assert_int_equal(stats.count[PVOPS_SHAPE_INLINE], 1);
	assert_int_equal(stats.failed, 0);
}

static void gate_without_a_way_back(void **state)
{
	add_gate(0, PVOPS_OP_lock_kick, 512);
	set.saved = NULL;
	assert_int_equal(pvops_patch_sites(&set, NULL, others, NULL), 0);
	assert_int_equal(pvops_patch_sites(&set, others, NULL, NULL), -PVOPS_EINVAL);
	assert_int_equal(log_lines, 1);
}

static void gate_to_outside_of_the_text(void **state)
{
	add_gate(0, PVOPS_OP_lock_kick, TEXT_SIZE + 10);
	assert_int_equal(pvops_patch_sites(&set, NULL, others, NULL), -PVOPS_EINVAL);
	assert_int_equal(text[0], 0xe9);
}

static void gate_to_before_the_text(void **state)
{
	add_gate(0, PVOPS_OP_lock_kick, (u32)-10);
	assert_int_equal(pvops_patch_sites(&set, NULL, others, NULL), -PVOPS_EINVAL);
	assert_int_equal(text[0], 0xe9);
}

static bool second_only(const struct pvops_site *site, const void *arg)
{
	return site == (const struct pvops_site *)arg + 1;
}

static void only_wanted_sites_change(void **state)
{
	struct pvops_patch_stats stats = { 0 };

	for (u32 at = 0; at < 48; at += 16)
		add_call(at, PVOPS_OP_irq_enable, PVOPS_SITE_CALL);
	set.wanted = second_only;
	set.wanted_arg = sites;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, &stats), 0);
	assert_int_equal(stats.count[PVOPS_SHAPE_CALL], 1);
	assert_int_equal(text[0], 0xff);
	assert_int_equal(text[16 + 1], 0xe8);
	assert_int_equal(text[32], 0xff);
}

static u8 elsewhere[16];

static void *alias_of_elsewhere(const void *at, size_t len)
{
	aliases++;
	return elsewhere;
}

static void alias_of_something_else_is_noticed(void **state)
{
	struct pvops_patch_stats stats = { 0 };

	add_call(0, PVOPS_OP_irq_enable, PVOPS_SITE_CALL);
	set.alias_map = alias_of_elsewhere;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, &stats), -PVOPS_EIO);
	assert_int_equal(stats.failed, 1);
	assert_int_equal(log_lines, 1);
}

/* Make the displacement of the site at @at end in ff 15, and a second site of that. */
static void add_overlap(u32 at)
{
	u16 op = PVOPS_OP_irq_enable, other = 0;
	unsigned long from = sizeof(long) > 4 ? (unsigned long)text + at + 6 : 0;

	while (op_rows[other].room != 6 || other == op)
		other++;
	set.table = (const void *const *)(from + 0x15ff0000) - op;
	text[at] = 0xff;
	text[at + 1] = 0x15;
	put32(text + at + 2, 0x15ff0000);
	put32(text + at + 6, slot_operand(set.table + other, text + at + 10));
	record(0, text + at, op, 6, PVOPS_SITE_CALL);
	record(1, text + at + 4, other, 6, PVOPS_SITE_CALL);
	set.nr_sites = 2;
}

static void no_other_cpu(void)
{
}

static void overlap_that_matches_is_noticed(void **state)
{
	struct pvops_patch_stats stats = { 0 };

	add_overlap(64);
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, &stats), -PVOPS_EINVAL);
	assert_int_equal(stats.failed, 1);
	fresh(state);
	add_overlap(64);
	set.sync_cores = no_other_cpu;
	stats = (struct pvops_patch_stats){ 0 };
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, &stats), -PVOPS_EINVAL);
	assert_int_equal(stats.failed, 1);
}

static void empty_form_is_an_error(void **state)
{
	add_call(0, PVOPS_OP_irq_enable, PVOPS_SITE_CALL);
	forms[PVOPS_OP_irq_enable] = (struct pvops_form){ 0 };
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), -PVOPS_EINVAL);
	assert_int_equal(text[0], 0xff);
	assert_int_equal(log_lines, 1);
}

static void no_alias_no_patch(void **state)
{
	struct pvops_patch_stats stats = { 0 };

	add_call(0, PVOPS_OP_irq_enable, PVOPS_SITE_CALL);
	alias_fails = 1;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, &stats), -PVOPS_ENOMEM);
	assert_int_equal(stats.failed, 1);
	assert_int_equal(stats.count[PVOPS_SHAPE_CALL], 0);
	assert_int_equal(text[0], 0xff);
}

static void overlapping_records(void **state)
{
	add_call(0, PVOPS_OP_irq_enable, PVOPS_SITE_CALL);
	record(1, text + 1, PVOPS_OP_irq_enable, 6, PVOPS_SITE_CALL);
	record(2, text, PVOPS_OP_irq_enable, 6, PVOPS_SITE_CALL);
	set.nr_sites = 3;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), -PVOPS_EINVAL);
	assert_int_equal(text[1], 0xe8);
	assert_int_equal(log_lines, 1);
}

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

static void cost_is_linear(void **state)
{
	static struct pvops_site many[100000];
	static u8 much[100000 * 6];
	static const u32 counts[] = { 1000, 10000, 100000 };
	u64 per_site[3], start, took;

	set.sites = many;
	set.saved = NULL;
	set.text = much;
	set.text_end = much + sizeof(much);
	for (int i = 0; i < 3; i++) {
		per_site[i] = ~0ULL;
		set.nr_sites = counts[i];
		for (u32 n = 0; n < counts[i]; n++) {
			u8 *site = much + 6U * n;

			site[0] = 0xff;
			site[1] = 0x15;
			put32(site + 2, slot_operand(&table[PVOPS_OP_irq_enable], site + 6));
			many[n] = (struct pvops_site){
				.offset = (s32)(site - (u8 *)&many[n].offset),
				.op = PVOPS_OP_irq_enable, .len = 6,
			};
		}
		/* The best of some, for the machine does other things too. */
		for (int tries = 0; tries < 5; tries++) {
			start = now_ns();
			assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
			took = (now_ns() - start) * 1000 / counts[i];
			per_site[i] = took < per_site[i] ? took : per_site[i];
			assert_int_equal(pvops_patch_sites(&set, forms, NULL, NULL), 0);
		}
		printf("# %u sites: %lu ps a site\n", counts[i], (unsigned long)per_site[i]);
	}
	/* Quadratic would be a hundred times. */
	assert_true(per_site[2] < 8 * per_site[0]);
	assert_int_equal(sizeof(struct pvops_site), 8);
}

/* Who asks what a site is gets the same answers that patching goes by. */
static void site_is_what_its_bytes_are(void **state)
{
	u32 call = add_call(0, PVOPS_OP_irq_disable, PVOPS_SITE_CALL);
	u32 gate = add_gate(32, PVOPS_OP_lock_kick, 512);

	assert_true(pvops_site_is(&set, call, NULL) && pvops_site_is(&set, gate, NULL));
	assert_false(pvops_site_is(&set, call, forms + PVOPS_OP_irq_disable));
	assert_false(pvops_site_is(&set, gate, others + PVOPS_OP_lock_kick));
	/* A gate whose op is something keeps its jump. */
	assert_true(pvops_site_is(&set, gate, forms + PVOPS_OP_lock_kick));
	assert_int_equal(pvops_patch_sites(&set, NULL, others, NULL), 0);
	assert_true(pvops_site_is(&set, call, others + PVOPS_OP_irq_disable));
	assert_true(pvops_site_is(&set, gate, others + PVOPS_OP_lock_kick));
	assert_false(pvops_site_is(&set, call, NULL) || pvops_site_is(&set, gate, NULL));
	text[2] ^= 1;
	assert_false(pvops_site_is(&set, call, others + PVOPS_OP_irq_disable));
	assert_false(pvops_site_is(&set, call, NULL));
	text[2] ^= 1;
	/* To look changes nothing. */
	assert_int_equal(pvops_patch_sites(&set, others, NULL, NULL), 0);
	assert_true(pvops_site_is(&set, call, NULL) && pvops_site_is(&set, gate, NULL));
	sites[call].op = PVOPS_NR_OPS;
	assert_false(pvops_site_is(&set, call, NULL));
	record(gate, text - 100000, PVOPS_OP_lock_kick, 5, PVOPS_SITE_GATE);
	assert_false(pvops_site_is(&set, gate, NULL));
	assert_int_equal(log_lines, 0);
}

static void forms_have_names(void **state)
{
	assert_string_equal(pvops_form_name(PVOPS_FORM_EMPTY), "empty");
	assert_string_equal(pvops_form_name(PVOPS_FORM_NOP), "nop");
	assert_string_equal(pvops_form_name(PVOPS_FORM_INLINE), "inline");
	assert_string_equal(pvops_form_name(PVOPS_FORM_CALL), "call");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(hostile_records),
		T(patch_rerun_and_unpatch),
		T(repatch_from_one_backend_to_another),
		T(mismatch_is_named_and_left_alone),
		T(gates_become_nothing_and_come_back),
		T(leading_gates_become_prefixes),
		T(sites_are_counted_by_shape),
		T(gate_without_a_way_back),
		T(gate_to_outside_of_the_text),
		T(gate_to_before_the_text),
		T(only_wanted_sites_change),
		T(alias_of_something_else_is_noticed),
		T(overlap_that_matches_is_noticed),
		T(empty_form_is_an_error),
		T(no_alias_no_patch),
		T(overlapping_records),
		T(site_is_what_its_bytes_are),
		T(forms_have_names),
		T(cost_is_linear),
	};

	return cmocka_run_group_tests_name("patch", tests, NULL, NULL);
}
