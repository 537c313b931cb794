// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The engine: planning, verifying, writing, taking back. Zydis says what the bytes mean. */
#include "sites.h"
#include <stdio.h>
#include <time.h>
#include <sys/mman.h>
#include <Zydis/Zydis.h>

static ZydisDecoder decoder;

/* Decode a site whole; mnemonics in order. Fails if an instruction crosses its end. */
static u32 decode(const u8 *bytes, u32 len, ZydisDecodedInstruction *out)
{
	ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
	u32 at = 0, n = 0;

	while (at < len) {
		assert_true(ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes + at, len - at,
								&out[n], ops)));
		at += out[n++].length;
	}
	assert_int_equal(at, len);
	return n;
}

static const u8 cli[] = { 0xfa }, mov_cr3[] = { 0x0f, 0x22, 0xdf };
static const u8 two[] = { 0x9c, 0x58 };			/* pushf; pop */
static const u8 nine[] = { 0x65, 0x8a, 0x25, 0, 0, 0, 0, 0xfe, 0xcc };
static const u8 ten[10];

static struct pvops_form inlined(const u8 *code, size_t len, u8 flags)
{
	return (struct pvops_form){
		.func = (const void *)target_of_calls, .code = code, .end = code + len,
		.kind = PVOPS_FORM_INLINE, .flags = flags,
	};
}

static void unpatched_bytes_of_every_op(void **state)
{
	ZydisDecodedInstruction insn[16];
	u8 out[16];

	for (u16 op = 0; op < PVOPS_NR_OPS; op++) {
		u32 nr = add_call(16U * (op % 128), op, PVOPS_SITE_CALL);

		assert_int_equal(pvops_plan(&set, sites + nr, NULL, 0, out), 0);
		assert_memory_equal(out, text + 16U * (op % 128), rooms[op]);
		assert_int_equal(decode(out, rooms[op], insn), 1);
		assert_int_equal(insn[0].mnemonic, ZYDIS_MNEMONIC_CALL);
	}
}

static void nop_of_every_op_is_one_instruction(void **state)
{
	ZydisDecodedInstruction insn[16];
	u8 out[16];

	for (u16 op = 0; op < PVOPS_NR_OPS; op++) {
		u32 nr = add_call(16U * (op % 128), op, PVOPS_SITE_CALL);

		assert_int_equal(pvops_plan(&set, sites + nr, others + op, 0, out), 0);
		assert_int_equal(decode(out, rooms[op], insn), 1);
		assert_int_equal(insn[0].mnemonic, ZYDIS_MNEMONIC_NOP);
	}
}

static void call_of_every_op_goes_there(void **state)
{
	ZydisDecodedInstruction insn[16];
	u8 out[16];

	for (u16 op = 0; op < PVOPS_NR_OPS; op++) {
		u32 nr = add_call(16U * (op % 128), op, PVOPS_SITE_CALL);
		u8 *site = text + 16U * (op % 128);
		s32 rel;

		assert_int_equal(pvops_plan(&set, sites + nr, forms + op, 0, out), 0);
		assert_int_equal(decode(out, rooms[op], insn), 1);
		assert_int_equal(insn[0].mnemonic, ZYDIS_MNEMONIC_CALL);
		memcpy(&rel, out + rooms[op] - 4, 4);
		assert_ptr_equal(site + rooms[op] + rel, (u8 *)target_of_calls);
	}
}

static void prefixes_add_no_instruction(void **state)
{
	ZydisDecodedInstruction insn[16];
	const struct { const u8 *code; size_t len; u32 insns; ZydisMnemonic first; } rows[] = {
		{ cli, sizeof(cli), 1, ZYDIS_MNEMONIC_CLI },
		{ mov_cr3, sizeof(mov_cr3), 1, ZYDIS_MNEMONIC_MOV },
		{ two, sizeof(two), 2, ZYDIS_MNEMONIC_PUSHFQ },
	};
	u8 out[16];

	for (size_t i = 0; i < 3; i++) {
		struct pvops_form form = inlined(rows[i].code, rows[i].len, PVOPS_FORM_PREFIX);

		for (u16 op = 0; op < PVOPS_NR_OPS; op++) {
			u32 nr = add_call(16U * (op % 16), op, PVOPS_SITE_CALL);

			assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), 0);
			assert_int_equal(decode(out, rooms[op], insn), rows[i].insns);
			assert_int_equal(insn[0].mnemonic, rows[i].first);
			assert_int_equal(out[0], 0x3e);
			set.nr_sites = 0;
		}
	}
}

static void without_the_flag_nops_come_behind(void **state)
{
	struct pvops_form form = inlined(cli, sizeof(cli), 0);
	ZydisDecodedInstruction insn[16];
	u8 out[16];
	u32 nr = add_call(0, PVOPS_OP_irq_disable, PVOPS_SITE_CALL);

	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), 0);
	assert_int_equal(out[0], 0xfa);
	assert_int_equal(decode(out, 8, insn), 2);
	assert_int_equal(insn[1].mnemonic, ZYDIS_MNEMONIC_NOP);
}

static void template_fits_exactly_or_not(void **state)
{
	struct pvops_form form = inlined(nine, 9, PVOPS_FORM_PREFIX), big = inlined(ten, 10, 0);
	u32 nr = add_call(0, PVOPS_OP_irq_save, PVOPS_SITE_CALL), small;
	u8 out[16];

	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), 0);
	assert_memory_equal(out, nine, 9);
	assert_int_equal(pvops_plan(&set, sites + nr, &big, 0, out), -PVOPS_ENOSPC);
	small = add_call(32, PVOPS_OP_irq_enable, PVOPS_SITE_CALL);
	assert_int_equal(pvops_plan(&set, sites + small, &form, 0, out), -PVOPS_ENOSPC);
}

static void template_that_makes_no_sense(void **state)
{
	u32 nr = add_call(0, PVOPS_OP_irq_save, PVOPS_SITE_CALL);
	struct pvops_form form = inlined(nine, 9, 0);
	u8 out[16];

	form.end = form.code - 1;
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), -PVOPS_EINVAL);
	form.code = NULL;
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), -PVOPS_EINVAL);
	form = inlined(nine, 9, 0);
	form.reloc = form.code + 6;
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), -PVOPS_EINVAL);
	form.reloc = form.code - 1;
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), -PVOPS_EINVAL);
	form = inlined(nine, 9, 0);
	form.func = NULL;
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), -PVOPS_EINVAL);
	form.kind = 17;
	form.func = target_of_calls;
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), -PVOPS_EINVAL);
}

static void relocated_template_reaches_the_same_place(void **state)
{
	static u8 code[9];
	u32 nr = add_call(100, PVOPS_OP_irq_save, PVOPS_SITE_CALL);
	struct pvops_form form = inlined(code, 9, 0);
	u8 out[16];
	s32 rel;

	memcpy(code, nine, 9);
	put32(code + 3, 0x1234);
	form.reloc = code + 3;
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), 0);
	memcpy(&rel, out + 3, 4);
	assert_ptr_equal(text + 100 + 7 + rel, code + 7 + 0x1234);
	assert_memory_equal(out + 7, nine + 7, 2);
}

static void targets_out_of_reach(void **state)
{
	u32 nr = add_call(0, PVOPS_OP_irq_enable, PVOPS_SITE_CALL);
	unsigned long next = (unsigned long)text + 6;
	struct pvops_form form = { .kind = PVOPS_FORM_CALL };
	u8 out[16];

	form.func = (void *)(next + 0x7fffffffUL);
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), 0);
	form.func = (void *)(next + 0x80000000UL);
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), -PVOPS_ERANGE);
	form.func = (void *)(next - 0x80000000UL);
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), 0);
	form.func = (void *)(next - 0x80000001UL);
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), -PVOPS_ERANGE);
	set.table = (const void *const *)((u8 *)table + (1UL << 33));
	assert_int_equal(pvops_plan(&set, sites + nr, NULL, 0, out), -PVOPS_ERANGE);
}

static void relocation_out_of_reach(void **state)
{
	u8 *far = mmap((void *)0x300000000000, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	u32 nr = add_call(0, PVOPS_OP_irq_save, PVOPS_SITE_CALL);
	struct pvops_form form = inlined(far, 9, 0);
	u8 out[16];

	assert_ptr_not_equal(far, MAP_FAILED);
	memcpy(far, nine, 9);
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), 0);
	form.reloc = far + 3;
	assert_int_equal(pvops_plan(&set, sites + nr, &form, 0, out), -PVOPS_ERANGE);
	munmap(far, 4096);
}

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
		record(0, text + rows[i].at, rows[i].op, rows[i].len, rows[i].kind);
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
	assert_int_equal(stats.count[PVOPS_FORM_CALL], PVOPS_NR_OPS);
	assert_int_equal(stats.failed, 0);
	memcpy(after, text, sizeof(text));
	assert_true(memcmp(before, after, sizeof(text)) != 0);
	stats = (struct pvops_patch_stats){ 0 };
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, &stats), 0);
	assert_int_equal(stats.count[PVOPS_FORM_CALL], PVOPS_NR_OPS);
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
	assert_int_equal(stats.count[PVOPS_FORM_NOP], 20);
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
	assert_int_equal(stats.count[PVOPS_FORM_CALL], 2);
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
	ZydisDecodedInstruction insn[4];
	u8 before[5];

	memcpy(before, text, 5);
	assert_int_equal(pvops_patch_sites(&set, NULL, others, NULL), 0);
	assert_int_equal(decode(text, 5, insn), 1);
	assert_int_equal(insn[0].mnemonic, ZYDIS_MNEMONIC_NOP);
	assert_int_equal(saved[nr], 512 - 5);
	assert_int_equal(pvops_patch_sites(&set, others, NULL, NULL), 0);
	assert_memory_equal(text, before, 5);
	/* Any other form: the jump stays. */
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	assert_memory_equal(text, before, 5);
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

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

static void cost_is_linear(void **state)
{
	static struct pvops_site many[100000];
	static u8 much[100000 * 6];
	static const u32 counts[] = { 1000, 10000, 100000 };
	u64 per_site[3];

	set.sites = many;
	set.saved = NULL;
	set.text = much;
	set.text_end = much + sizeof(much);
	for (int i = 0; i < 3; i++) {
		u64 start;

		set.nr_sites = counts[i];
		for (u32 n = 0; n < counts[i]; n++) {
			u8 *site = much + 6U * n;

			site[0] = 0xff;
			site[1] = 0x15;
			put32(site + 2, (u32)((u8 *)&table[PVOPS_OP_irq_enable] - (site + 6)));
			many[n] = (struct pvops_site){
				.offset = (s32)(site - (u8 *)&many[n].offset),
				.op = PVOPS_OP_irq_enable, .len = 6,
			};
		}
		start = now_ns();
		assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
		per_site[i] = (now_ns() - start) * 1000 / counts[i];
		printf("# %u sites: %lu ps a site\n", counts[i], (unsigned long)per_site[i]);
	}
	assert_true(per_site[2] < 5 * per_site[0] + 1000);
	assert_int_equal(sizeof(struct pvops_site), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(unpatched_bytes_of_every_op),
		T(nop_of_every_op_is_one_instruction),
		T(call_of_every_op_goes_there),
		T(prefixes_add_no_instruction),
		T(without_the_flag_nops_come_behind),
		T(template_fits_exactly_or_not),
		T(template_that_makes_no_sense),
		T(relocated_template_reaches_the_same_place),
		T(targets_out_of_reach),
		T(relocation_out_of_reach),
		T(hostile_records),
		T(patch_rerun_and_unpatch),
		T(repatch_from_one_backend_to_another),
		T(mismatch_is_named_and_left_alone),
		T(gates_become_nothing_and_come_back),
		T(gate_without_a_way_back),
		T(gate_to_outside_of_the_text),
		T(empty_form_is_an_error),
		T(no_alias_no_patch),
		T(overlapping_records),
		T(cost_is_linear),
	};

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	return cmocka_run_group_tests_name("patch", tests, NULL, NULL);
}
