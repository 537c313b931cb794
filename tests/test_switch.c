// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* pvops_switch(): what it does, in which order, what it refuses, and what is left when it fails. */
#include "sites.h"
#include "core.h"
#define logged said
#include "logged.h"
#undef logged

#define FLUSH	PVOPS_OP_mmu_flush_others
#define BEGIN	PVOPS_OP_mmu_batch_begin
#define ACTIVE	PVOPS_OP_mmu_activate
#define DELAY	PVOPS_OP_cpu_io_delay
#define CLOCK	PVOPS_OP_time_clock

struct pvops_state pvops_state;

/* Sets of an image are what stands in these. */
asm(".globl pvops_sites_start, pvops_sites_end, pvops_text_start, pvops_text_end, pvops_table\n"
    ".globl pvops_table_start, pvops_table_end\n"
    ".set pvops_sites_start, sites\n"
    ".set pvops_sites_end, sites + 64\n"
    ".set pvops_text_start, text\n"
    ".set pvops_text_end, text + 8192\n"
    ".set pvops_table, table\n"
    ".set pvops_table_start, table\n"
    ".set pvops_table_end, table + 512\n");

#undef PVOPS_ROW
#define PVOPS_ROW(op, bytes, fam, share, nop) \
	{ .name = op, .family = PVOPS_FAMILY_##fam, .room = bytes, .shared = share, .gate = nop },
const struct pvops_op_row pvops_op_rows[PVOPS_NR_OPS] = {
#include <pvops/ops-names.h>
};

const char *pvops_op_name(unsigned int op)
{
	return op < PVOPS_NR_OPS ? op_rows[op].name : NULL;
}

/* Ops that the code under test uses itself: all registers but the result survive. */
void quiet_op(void);
asm(".pushsection .text\n"
    "quiet_op:\n"
    "	xor	%eax, %eax\n"
    "	ret\n"
    ".popsection");

static void base_does(void)
{
}

static void own_does(void)
{
}

static void overridden(void)
{
}

static struct pvops_form base_forms[PVOPS_NR_OPS], own_forms[PVOPS_NR_OPS];
static const struct pvops_backend base = { .name = "plain", .forms = base_forms };
static struct pvops_backend own = { .name = "fine", .base = "plain", .forms = own_forms };
static u32 gate_words[PVOPS_PAGE_SIZE / sizeof(u32)], protects, syncs, wrong;
static int protect_fails;
static unsigned int maps, failing_map;

static void *alloc_pages(unsigned int order)
{
	return gate_words;
}

static bool is_unpatched(u32 nr)
{
	const u8 *at = pvops_site_addr(sites + nr);

	while (*at == 0x2e)
		at++;
	return sites[nr].kind == PVOPS_SITE_GATE ? at[0] == 0xe9 : at[0] == 0xff;
}

/* Slots change here: by then all goes through them. */
static int protect(void *va, size_t len, enum pvops_prot prot)
{
	protects++;
	wrong += prot == PVOPS_PROT_RW ? protects % 2 == 0 : protects % 2;
	for (u32 nr = 0; nr < 2 && prot == PVOPS_PROT_RW; nr++)
		wrong += !is_unpatched(nr);
	return protect_fails;
}

static void *alias_that_may_fail(const void *at, size_t len)
{
	return ++maps == failing_map ? NULL : (void *)(unsigned long)at;
}

/* A CPU that runs into the site now does it once, by one of the two. */
static void sync_checks(void)
{
	unsigned long ip = (unsigned long)text + 1, stack[4] = { 0 };
	unsigned long sp = (unsigned long)(stack + 3);

	syncs++;
	if (text[0] != 0xcc)
		return;
	if (!pvops_poke_trap(&ip, &sp))
		wrong++;
	wrong += ip != (unsigned long)base_does && ip != (unsigned long)own_does &&
		 ip != (unsigned long)overridden;
}

static struct pvops_host host = {
	.alloc_pages = alloc_pages, .protect = protect, .alias_map = alias_that_may_fail,
	.alias_unmap = alias_unmap, .log = log_text,
};

static int world(void **state)
{
	fresh(state);
	said[0] = '\0';
	protects = syncs = wrong = maps = failing_map = 0;
	protect_fails = 0;
	host.sync_cores = sync_checks;
	own.shares = PVOPS_SHARES(mmu) | PVOPS_SHARES(cpu) | PVOPS_SHARES(time);
	memset(own_forms, 0, sizeof(own_forms));
	own_forms[FLUSH] = (struct pvops_form)PVOPS_CALL(own_does);
	own_forms[BEGIN] = (struct pvops_form)PVOPS_CALL(own_does);
	own_forms[DELAY] = (struct pvops_form)PVOPS_NOP(own_does);
	own_forms[CLOCK] = (struct pvops_form)PVOPS_CALL(own_does);
	pvops_state = (struct pvops_state){ .host = &host, .base = &base };
	pvops_state.info.backend = &own;
	for (u32 op = 0; op < PVOPS_NR_OPS; op++) {
		base_forms[op] = (struct pvops_form)PVOPS_CALL(base_does);
		if (op == BEGIN)
			base_forms[op].kind = PVOPS_FORM_NOP;
		pvops_state.forms[op] = own_forms[op].func ? own_forms[op] : base_forms[op];
		table[op] = pvops_state.forms[op].func;
	}
	table[PVOPS_OP_irq_save] = table[PVOPS_OP_irq_disable] = quiet_op;
	table[PVOPS_OP_irq_restore] = table[CLOCK] = quiet_op;
	add_call(0, FLUSH, PVOPS_SITE_CALL);
	add_gate(32, BEGIN, 512);
	add_call(64, ACTIVE, PVOPS_SITE_CALL);
	add_call(96, DELAY, PVOPS_SITE_CALL);
	pvops_state.info.nr_sites = 4;
	for (u32 nr = 4; nr < 8; nr++)
		sites[nr].op = 0xffff;
	return 0;
}

static void patched(void)
{
	assert_int_equal(pvops_patch(), 0);
	pvops_state.smp = true;
}

static void sealed(void)
{
	assert_int_equal(pvops_seal(PVOPS_SEAL_TABLE), 0);
	assert_int_equal(protects, 1);
	protects = wrong = 0;
}

static const void *called(const u8 *at, u32 room)
{
	s32 distance;

	memcpy(&distance, at + room - 4, 4);
	return at[room - 5] == 0xe8 ? (const void *)(at + room + distance) : NULL;
}

static void expect_done_by(const void *func)
{
	assert_ptr_equal(called(text, op_rows[FLUSH].room), func);
	assert_ptr_equal(table[FLUSH], func);
	assert_ptr_equal(pvops_state.forms[FLUSH].func, func);
	assert_ptr_equal(table[BEGIN], func);
	/* The gate: one nop where the base does it, a jump where a function is called. */
	assert_int_equal(text[32], func == (const void *)base_does ? 0x0f : 0xe9);
	assert_ptr_equal(called(text + 64, op_rows[ACTIVE].room), base_does);
	assert_ptr_equal(table[DELAY], own_does);
	assert_ptr_equal(pvops_done_by(PVOPS_FAMILY_mmu),
			 func == (const void *)base_does ? &base : &own);
	assert_ptr_equal(pvops_done_by(PVOPS_FAMILY_cpu), &own);
	assert_int_equal(wrong, 0);
}

static void there_and_back(void **state)
{
	patched();
	expect_done_by(own_does);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "plain"), 0);
		expect_done_by(base_does);
		assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "plain"), 0);
		assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "fine"), 0);
		expect_done_by(own_does);
	}
	/* Two passes of three rounds each time, and no site of another op is touched. */
	assert_int_equal(syncs, 3 * 2 * 6);
	assert_int_equal(protects, 0);
	assert_null(pvops_done_by(PVOPS_NR_FAMILIES));
}

static void alone(void **state)
{
	patched();
	pvops_state.smp = false;
	host.sync_cores = NULL;
	assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "plain"), 0);
	expect_done_by(base_does);
}

static void sealed_slots_are_opened_when_nothing_is_patched(void **state)
{
	patched();
	sealed();
	assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "plain"), 0);
	assert_int_equal(protects, 2);
	expect_done_by(base_does);
}

static void before_patching_the_table_alone(void **state)
{
	u8 before[sizeof(text)];

	memcpy(before, text, sizeof(text));
	assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "plain"), 0);
	assert_memory_equal(text, before, sizeof(text));
	patched();
	expect_done_by(base_does);
}

static void what_was_overridden_comes_back(void **state)
{
	pvops_state.forms[FLUSH].func = (const void *)overridden;
	table[FLUSH] = (const void *)overridden;
	patched();
	assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "plain"), 0);
	expect_done_by(base_does);
	assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "fine"), 0);
	assert_ptr_equal(called(text, op_rows[FLUSH].room), overridden);
	assert_ptr_equal(table[FLUSH], overridden);
}

static void refused(enum pvops_family family, const char *name, int err, const char *line)
{
	u8 before[sizeof(text)];
	const void *slots[PVOPS_NR_OPS];

	memcpy(before, text, sizeof(text));
	memcpy(slots, table, sizeof(table));
	said[0] = '\0';
	syncs = 0;
	assert_int_equal(pvops_switch(family, name), err);
	assert_string_equal(said, line);
	assert_memory_equal(text, before, sizeof(text));
	assert_memory_equal(slots, table, sizeof(table));
	assert_int_equal(syncs, 0);
	if (family < PVOPS_NR_FAMILIES)
		assert_ptr_equal(pvops_done_by(family), &own);
}

static void unsafe_ones_are_refused(void **state)
{
	patched();
	refused(PVOPS_NR_FAMILIES, "plain", -PVOPS_EINVAL, "");
	refused(PVOPS_FAMILY_mmu, "other", -PVOPS_ENODEV,
		"not switched to other: it has not been started here\n");
	/* By ops.tbl, whatever the backend says. */
	refused(PVOPS_FAMILY_time, "plain", -PVOPS_EACCES,
		"not switched to plain: what the family has set up is bound to fine\n");
	/* By the backend. */
	own.shares = PVOPS_SHARES(cpu);
	refused(PVOPS_FAMILY_mmu, "plain", -PVOPS_EACCES,
		"not switched to plain: what the family has set up is bound to fine\n");
	own.shares = PVOPS_SHARES(mmu);
	host.sync_cores = NULL;
	refused(PVOPS_FAMILY_mmu, "plain", -PVOPS_EBUSY,
		"not switched to plain: other CPUs run, and cannot be made to serialise\n");
	host.sync_cores = sync_checks;
	assert_int_equal(pvops_seal(PVOPS_SEAL_FINAL), 0);
	refused(PVOPS_FAMILY_mmu, "plain", -PVOPS_EPERM,
		"not switched to plain: sealed for good\n");
	pvops_state.base = NULL;
	refused(PVOPS_FAMILY_mmu, "plain", -PVOPS_ENODEV,
		"not switched to plain: it has not been started here\n");
}

static void cpus_in_the_middle(void **state)
{
	static const u8 two[] = { 0x90, 0x90 };
	const struct pvops_form several = {
		.func = (const void *)base_does, .code = two, .end = two + 2,
		.kind = PVOPS_FORM_INLINE, .flags = PVOPS_FORM_PREFIX | PVOPS_FORM_MULTI,
	};
	const char *line = "not switched to plain: other CPUs may stand in the middle of "
			   "mmu.flush_others\n";

	/* One that stays as it is: no matter. */
	base_forms[ACTIVE] = pvops_state.forms[ACTIVE] = several;
	patched();
	base_forms[FLUSH] = several;
	refused(PVOPS_FAMILY_mmu, "plain", -PVOPS_EBUSY, line);
	base_forms[FLUSH] = (struct pvops_form)PVOPS_CALL(base_does);
	sites[0].kind = PVOPS_SITE_ENTRY;
	refused(PVOPS_FAMILY_mmu, "plain", -PVOPS_EBUSY, line);
	sites[0].kind = PVOPS_SITE_CALL;
	assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "plain"), 0);
	pvops_state.forms[FLUSH] = several;
	said[0] = '\0';
	assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "fine"), -PVOPS_EBUSY);
	assert_non_null(strstr(said, "in the middle of mmu.flush_others"));
}

static void failing_writes(void **state)
{
	/*
	 * By their number: int3 and tail of the one site that is to be taken back, for the gate
	 * jumps as it is; then int3 and tail of both. Behind a first byte that fails an int3
	 * stays.
	 */
	static const unsigned int numbers[] = { 1, 2, 4, 5, 6, 7 };

	for (u32 i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		world(state);
		patched();
		maps = 0;
		failing_map = numbers[i];
		assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "plain"), -PVOPS_ENOMEM);
		assert_int_equal(log_lines, 1);
		if (numbers[i] <= 2) {
			/* Not taken back: as before, all of it. */
			expect_done_by(own_does);
			continue;
		}
		assert_ptr_equal(table[FLUSH], base_does);
		assert_ptr_equal(pvops_done_by(PVOPS_FAMILY_mmu), &base);
		assert_true(is_unpatched(0) != is_unpatched(1));
		assert_int_equal(wrong, 0);
		/* What has not been patched can be once more. */
		assert_int_equal(pvops_patch(), 0);
		expect_done_by(base_does);
	}
}

static void slots_that_stay_closed(void **state)
{
	patched();
	sealed();
	protect_fails = -PVOPS_ENOMEM;
	assert_int_equal(pvops_switch(PVOPS_FAMILY_mmu, "plain"), -PVOPS_ENOMEM);
	assert_int_equal(protects, 1);
	expect_done_by(own_does);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, world)
		T(there_and_back), T(alone),
		T(sealed_slots_are_opened_when_nothing_is_patched),
		T(before_patching_the_table_alone), T(what_was_overridden_comes_back),
		T(unsafe_ones_are_refused), T(cpus_in_the_middle),
		T(failing_writes),
		T(slots_that_stay_closed),
	};

	return cmocka_run_group_tests_name("switch", tests, NULL, NULL);
}
