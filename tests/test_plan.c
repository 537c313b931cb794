// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The engine: which bytes a site gets. Zydis says what they mean. */
#include "sites.h"
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
		assert_memory_equal(out, text + 16U * (op % 128), op_rows[op].room);
		assert_int_equal(decode(out, op_rows[op].room, insn), 1);
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
		assert_int_equal(decode(out, op_rows[op].room, insn), 1);
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
		assert_int_equal(decode(out, op_rows[op].room, insn), 1);
		assert_int_equal(insn[0].mnemonic, ZYDIS_MNEMONIC_CALL);
		memcpy(&rel, out + op_rows[op].room - 4, 4);
		assert_ptr_equal(site + op_rows[op].room + rel, (u8 *)target_of_calls);
	}
}

/* Where the gate is a nop: who has passed it just before gets the function's answer. */
static void call_behind_a_gate_stays_one(void **state)
{
	struct pvops_op_row gated[PVOPS_NR_OPS];
	u8 call[PVOPS_SITE_MAX_LEN], out[PVOPS_SITE_MAX_LEN];

	memcpy(gated, op_rows, sizeof(gated));
	gated[PVOPS_OP_mmu_batch_flush].gate = true;
	set.ops = gated;
	add_call(0, PVOPS_OP_mmu_batch_flush, PVOPS_SITE_CALL);
	add_call(16, PVOPS_OP_cpu_io_delay, PVOPS_SITE_CALL);
	add_gate(32, PVOPS_OP_mmu_batch_flush, 512);
	for (u32 nr = 0; nr < 3; nr++) {
		assert_int_equal(pvops_plan(&set, sites + nr, forms + sites[nr].op, 1, call), 0);
		assert_int_equal(pvops_plan(&set, sites + nr, others + sites[nr].op, 1, out), 0);
		assert_int_equal(memcmp(out, call, sites[nr].len) == 0, nr == 0);
	}
	assert_memory_equal(out, "\x0f\x1f\x44\x00\x00", 5);
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
			assert_int_equal(decode(out, op_rows[op].room, insn), rows[i].insns);
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

static void room_too_small_for_a_call(void **state)
{
	static const struct pvops_op_row small[PVOPS_NR_OPS] = {
		[PVOPS_OP_irq_enable] = { .room = 3 },
	};
	u8 out[16];

	record(0, text, PVOPS_OP_irq_enable, 3, PVOPS_SITE_CALL);
	set.ops = small;
	assert_int_equal(pvops_plan(&set, sites, forms + PVOPS_OP_irq_enable, 0, out),
			 -PVOPS_EINVAL);
	assert_int_equal(pvops_plan(&set, sites, NULL, 0, out), -PVOPS_EINVAL);
}

static void form_of_no_kind(void **state)
{
	static const u8 kinds[] = { PVOPS_FORM_EMPTY, PVOPS_NR_FORMS, 255 };
	struct pvops_form form = PVOPS_CALL(target_of_calls);
	u8 out[16];

	add_call(0, PVOPS_OP_lock_kick, PVOPS_SITE_CALL);
	add_gate(32, PVOPS_OP_lock_kick, 512);
	for (u32 i = 0; i < sizeof(kinds); i++) {
		form.kind = kinds[i];
		assert_int_equal(pvops_plan(&set, sites, &form, 0, out), -PVOPS_EINVAL);
		assert_int_equal(pvops_plan(&set, sites + 1, &form, 512 - 37, out), -PVOPS_EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(unpatched_bytes_of_every_op),
		T(nop_of_every_op_is_one_instruction),
		T(call_of_every_op_goes_there),
		T(call_behind_a_gate_stays_one),
		T(prefixes_add_no_instruction),
		T(without_the_flag_nops_come_behind),
		T(template_fits_exactly_or_not),
		T(template_that_makes_no_sense),
		T(relocated_template_reaches_the_same_place),
		T(targets_out_of_reach),
		T(relocation_out_of_reach),
		T(room_too_small_for_a_call),
		T(form_of_no_kind),
	};

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
