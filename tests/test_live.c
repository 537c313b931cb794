// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Patching under running feet: the order of the int3 protocol, and threads that execute a site
 * while it is patched and taken back thousands of times.
 */
#define _GNU_SOURCE
#include "sites.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define OP	PVOPS_OP_irq_disable
#define LEN	8
#define SECOND	64		/* where another site is */

static u8 old[LEN], new[LEN];
static unsigned int syncs, wrong;

static void sync_nothing(void)
{
}

/* What the three rounds of serialising must find in the text. */
static void sync_checks(void)
{
	unsigned long ip = (unsigned long)text + 1, stack[4] = {0}, sp = (unsigned long)(stack + 3);

	wrong += syncs < 2 && text[0] != 0xcc;
	wrong += syncs == 2 && text[0] != new[0];
	wrong += memcmp(text + 1, syncs == 0 ? old + 1 : new + 1, LEN - 1) != 0;
	/* A CPU that traps now does what the unpatched site does. */
	if (!pvops_poke_trap(&ip, &sp))
		wrong++;
	wrong += ip != (unsigned long)table[OP] || sp != (unsigned long)(stack + 2) ||
		 stack[2] != (unsigned long)text + LEN;
	syncs++;
}

static void order_of_the_protocol(void **state)
{
	unsigned long stack[4] = { 0 }, ip, sp;

	add_call(0, OP, PVOPS_SITE_CALL);
	memcpy(old, text, LEN);
	assert_int_equal(pvops_plan(&set, sites, forms + OP, 0, new), 0);
	set.sync_cores = sync_checks;
	syncs = 0;
	wrong = 0;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	assert_int_equal(syncs, 3);
	assert_int_equal(wrong, 0);
	assert_memory_equal(text, new, LEN);
	/* A trap that comes late finds no int3 any more, and does the same. */
	ip = (unsigned long)text + 1;
	sp = (unsigned long)(stack + 3);
	assert_true(pvops_poke_trap(&ip, &sp));
	assert_int_equal(ip, (unsigned long)table[OP]);
	assert_int_equal(sp, (unsigned long)(stack + 2));
	assert_int_equal(stack[2], (unsigned long)text + LEN);
	/* An int3 that is not ours. */
	ip = (unsigned long)text + 100 + 1;
	assert_false(pvops_poke_trap(&ip, &sp));
	ip = (unsigned long)text + TEXT_SIZE + 1;
	assert_false(pvops_poke_trap(&ip, &sp));
}

/* As a CPU that runs into the int3 as soon as it stands there. */
static void trap_at_once(void *alias, size_t len)
{
	unsigned long ip = (unsigned long)text + 1, stack[4] = { 0 };
	unsigned long sp = (unsigned long)(stack + 3);

	aliases--;
	if (text[0] == 0xcc)
		wrong += !pvops_poke_trap(&ip, &sp) || ip != (unsigned long)table[OP];
}

static void published_before_the_first_int3(void **state)
{
	add_call(0, OP, PVOPS_SITE_CALL);
	set.alias_unmap = trap_at_once;
	set.sync_cores = sync_nothing;
	wrong = 0;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	assert_int_equal(pvops_patch_sites(&set, forms, others, NULL), 0);
	assert_int_equal(wrong, 0);
}

static void gate_trap(void)
{
	unsigned long ip = (unsigned long)text + 1, sp = 99;

	if (text[0] == 0xcc) {
		wrong += !pvops_poke_trap(&ip, &sp);
		wrong += ip != (unsigned long)text + 512 || sp != 99;
	}
	syncs++;
}

static void gates_of_a_kind_jump(u8 kind)
{
	unsigned long ip = (unsigned long)text + 1, sp = 99;

	sites[add_gate(0, PVOPS_OP_lock_kick, 512)].kind = kind;
	set.sync_cores = gate_trap;
	syncs = 0;
	wrong = 0;
	assert_int_equal(pvops_patch_sites(&set, NULL, others, NULL), 0);
	assert_int_equal(pvops_patch_sites(&set, others, NULL, NULL), 0);
	assert_int_equal(syncs, 6);
	assert_int_equal(wrong, 0);
	assert_int_equal(text[0], 0xe9);
	/* Late: it jumps, too; without a place where its way is kept it runs the gate again. */
	assert_true(pvops_poke_trap(&ip, &sp));
	assert_int_equal(ip, (unsigned long)text + 512);
	assert_int_equal(sp, 99);
	ip = (unsigned long)text + 1;
	set.saved = NULL;
	assert_int_equal(pvops_patch_sites(&set, NULL, others, NULL), 0);
	assert_true(pvops_poke_trap(&ip, &sp));
	assert_int_equal(ip, (unsigned long)text);
	assert_int_equal(sp, 99);
}

static void gates_jump_while_they_are_patched(void **state)
{
	gates_of_a_kind_jump(PVOPS_SITE_GATE);
	assert_int_equal(fresh(state), 0);
	gates_of_a_kind_jump(PVOPS_SITE_LEAD);
}

static void count_syncs(void)
{
	syncs++;
}

static void many_sites_share_the_rounds(void **state)
{
	for (u16 i = 0; i < 200; i++)
		add_call(16U * i, OP, PVOPS_SITE_CALL);
	set.sync_cores = count_syncs;
	syncs = 0;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	assert_in_range(syncs, 3, 30);
	syncs = 0;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	assert_int_equal(syncs, 0);
}

static void several_instructions_are_not_patched_live(void **state)
{
	static const u8 push_pop[] = { 0x9c, 0x58 };

	add_call(0, PVOPS_OP_irq_save, PVOPS_SITE_CALL);
	forms[PVOPS_OP_irq_save] = (struct pvops_form){
		.func = (const void *)target_of_calls, .code = push_pop, .end = push_pop + 2,
		.kind = PVOPS_FORM_INLINE, .flags = PVOPS_FORM_PREFIX | PVOPS_FORM_MULTI,
	};
	set.sync_cores = count_syncs;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), -PVOPS_EBUSY);
	/* An instruction and a nop behind it are two as well. */
	forms[PVOPS_OP_irq_save].end = push_pop + 1;
	forms[PVOPS_OP_irq_save].flags = 0;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), -PVOPS_EBUSY);
	forms[PVOPS_OP_irq_save].flags = PVOPS_FORM_PREFIX;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	assert_int_equal(log_lines, 2);

	/* Nor on the way back. */
	set.sync_cores = NULL;
	assert_int_equal(pvops_patch_sites(&set, forms, NULL, NULL), 0);
	forms[PVOPS_OP_irq_save].end = push_pop + 2;
	forms[PVOPS_OP_irq_save].flags |= PVOPS_FORM_MULTI;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	set.sync_cores = count_syncs;
	assert_int_equal(pvops_patch_sites(&set, forms, NULL, NULL), -PVOPS_EBUSY);
}

static unsigned int writes, failing_write;

static void *alias_that_fails_once(const void *at, size_t len)
{
	return writes++ == failing_write ? NULL : (void *)(unsigned long)at;
}

static void failing_write_leaves_no_mixture(void **state)
{
	/* The last write is the one that nothing can be done about: an int3 stays. */
	for (failing_write = 0; failing_write < 3; failing_write++) {
		struct pvops_patch_stats stats = { 0 };

		fresh(state);
		add_call(0, OP, PVOPS_SITE_CALL);
		memcpy(old, text, LEN);
		set.sync_cores = count_syncs;
		set.alias_map = alias_that_fails_once;
		writes = 0;
		assert_int_equal(pvops_patch_sites(&set, NULL, others, &stats), -PVOPS_ENOMEM);
		assert_int_equal(stats.failed, 1);
		assert_int_equal(stats.count[PVOPS_SHAPE_NOP], 0);
		assert_int_equal(log_lines, 1);
		if (failing_write < 2)
			assert_memory_equal(text, old, LEN);
		else
			assert_int_equal(text[0], 0xcc);
	}
}

/* A trap that comes late, at the one site that the batch has not got. */
static void trap_at_the_other(void)
{
	unsigned long ip = (unsigned long)text + SECOND + 1, stack[4] = { 0 };
	unsigned long sp = (unsigned long)(stack + 3);

	wrong += text[SECOND] == 0xcc || !pvops_poke_trap(&ip, &sp) ||
		 ip != (unsigned long)table[OP] || stack[2] != (unsigned long)text + SECOND + LEN;
	syncs++;
}

static void one_of_two_is_not_taken_back(void **state)
{
	u8 patched[SECOND + LEN];

	add_call(0, OP, PVOPS_SITE_CALL);
	add_call(SECOND, OP, PVOPS_SITE_CALL);
	memcpy(old, text, LEN);
	set.sync_cores = count_syncs;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	memcpy(patched, text, sizeof(patched));
	/* Its int3 fails. */
	set.alias_map = alias_that_fails_once;
	writes = 0;
	failing_write = 1;
	assert_int_equal(pvops_patch_sites(&set, forms, NULL, NULL), -PVOPS_ENOMEM);
	assert_memory_equal(text, old, LEN);
	assert_memory_equal(text + SECOND, patched + SECOND, LEN);
	/* The way back, as after a switch: the first alone is in this batch. */
	set.sync_cores = trap_at_the_other;
	syncs = 0;
	wrong = 0;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	assert_int_equal(syncs, 3);
	trap_at_the_other();
	assert_int_equal(wrong, 0);
	assert_memory_equal(text, patched, sizeof(patched));
}

static void strange_int_is_not_taken(void **state)
{
	unsigned long ip = (unsigned long)text + 102, sp = 0;

	add_call(0, OP, PVOPS_SITE_CALL);
	set.sync_cores = count_syncs;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), 0);
	text[100] = 0xcd;	/* int $3 in two bytes */
	text[101] = 0x03;
	assert_false(pvops_poke_trap(&ip, &sp));
}

static void entries_are_not_patched_live(void **state)
{
	add_call(0, PVOPS_OP_cpu_iret, PVOPS_SITE_ENTRY);
	set.sync_cores = count_syncs;
	assert_int_equal(pvops_patch_sites(&set, NULL, forms, NULL), -PVOPS_EBUSY);
	/* As it was: a call through the table, on i386 by CS. */
	assert_int_equal(text[op_rows[PVOPS_OP_cpu_iret].room - PVOPS_SITE_CALL_LEN], 0xff);
	assert_int_equal(op_rows[PVOPS_OP_cpu_iret].room, sizeof(long) > 4 ? 6 : 7);
	assert_int_equal(log_lines, 1);
}

/* ---- threads ---- */

#define THREADS	3
#define ROUNDS	3000

static u8 *code, *code_alias;
static const void *live_table[1];
static volatile bool stop;
static u64 calls[THREADS], hits[THREADS];

/* What the op does, in the save convention: nothing but count. */
void live_target(void);
extern __thread u64 live_hits;
__thread u64 live_hits;
asm(".pushsection .text\n"
    "live_target:\n"
#ifdef __x86_64__
    "	incq	%fs:live_hits@tpoff\n"
#else
    "	addl	$1, %gs:live_hits@ntpoff\n"
    "	adcl	$0, %gs:live_hits@ntpoff + 4\n"
#endif
    "	ret\n"
    ".popsection");

#ifndef __x86_64__
#define REG_RIP	REG_EIP
#define REG_RSP	REG_ESP
#endif

static void on_trap(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	unsigned long ip = (unsigned long)regs[REG_RIP], sp = (unsigned long)regs[REG_RSP];

	if (!pvops_poke_trap(&ip, &sp))
		_exit(77);
	regs[REG_RIP] = (greg_t)ip;
	regs[REG_RSP] = (greg_t)sp;
}

static void *caller(void *arg)
{
	long nr = (long)arg;

	live_hits = 0;
	while (!stop) {
		((void (*)(void))code)();
		calls[nr]++;
	}
	hits[nr] = live_hits;
	return NULL;
}

static void *live_alias(const void *at, size_t len)
{
	return code_alias + ((const u8 *)at - code);
}

static void live_unalias(void *alias, size_t len)
{
}

static void sync_all(void)
{
	/* MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE */
	if (syscall(SYS_membarrier, 32, 0, 0))
		_exit(78);
}

static void threads_never_see_a_mixture(void **state)
{
	static const struct pvops_op_row live_op = { .name = "live", .room = 8 };
	struct pvops_form form = PVOPS_CALL(live_target);
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	pthread_t threads[THREADS];
	u64 all = 0;
	int fd = memfd_create("code", 0);

	assert_int_equal(ftruncate(fd, 4096), 0);
	code = mmap((void *)(((unsigned long)text & ~0xfffffffUL) + 0x20000000), 4096,
		    PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	code_alias = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(code, MAP_FAILED);
	if (syscall(SYS_membarrier, 64, 0, 0))
		skip();
	live_table[0] = live_target;
	code_alias[0] = 0x2e;
	code_alias[1] = 0x2e;
	code_alias[2] = 0xff;
	code_alias[3] = 0x15;
	put32(code_alias + 4, slot_operand(live_table, code + 8));
	code_alias[8] = 0xc3;
	set.table = live_table;
	set.ops = &live_op;
	set.nr_ops = 1;
	set.text = code;
	set.text_end = code + 4096;
	set.alias_map = live_alias;
	set.alias_unmap = live_unalias;
	set.sync_cores = sync_all;
	record(0, code, 0, 8, PVOPS_SITE_CALL);
	set.nr_sites = 1;
	sigaction(SIGTRAP, &action, NULL);
	stop = false;
	for (long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, caller, (void *)i);
	for (int round = 0; round < ROUNDS; round++) {
		assert_int_equal(pvops_patch_sites(&set, NULL, &form, NULL), 0);
		assert_int_equal(pvops_patch_sites(&set, &form, NULL, NULL), 0);
	}
	stop = true;
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(calls[i], hits[i]);
		all += calls[i];
	}
	printf("# %d times patched and taken back under %lu calls\n", ROUNDS, (unsigned long)all);
	assert_true(all > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(order_of_the_protocol), T(published_before_the_first_int3),
		T(gates_jump_while_they_are_patched),
		T(many_sites_share_the_rounds),
		T(several_instructions_are_not_patched_live),
		T(failing_write_leaves_no_mixture), T(one_of_two_is_not_taken_back),
		T(strange_int_is_not_taken),
		T(entries_are_not_patched_live),
		T(threads_never_see_a_mixture),
	};

	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
