// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Gates that lead to an instruction, in code that a compiler made: the op before patching, after it
 * the instruction, or the op by a direct call; and what the compiler has in registers stays there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <pvops/errno.h>
#include <pvops/patch.h>
#include <pvops/pvops.h>

#define T(f)	cmocka_unit_test_setup(f, fresh)

asm(".pushsection .pvops_sites, \"a\"\n.balign 8\nlead_sites:\n.popsection");
extern const struct pvops_site lead_sites[], lead_sites_end[];
extern const u8 __executable_start[], etext[];

#define PVOPS_ROW(op, bytes, fam, less, nop) { .name = op, .room = bytes },
static const struct pvops_op_row rows[] = {
#include <pvops/ops-names.h>
};

const void *pvops_table[PVOPS_NR_OPS];
unsigned long lead_calls, lead_at, lead_val;
static unsigned long entry, flagged;

/* As ops of the save convention: all registers but the result survive. */
void lead_set_pte(void);
void lead_pte_val(void);
asm(".pushsection .text\n"
    "lead_set_pte:\n"
    "	mov %rdi, lead_at(%rip)\n"
    "	mov %rsi, lead_val(%rip)\n"
    "	incq lead_calls(%rip)\n"
    "	ret\n"
    "lead_pte_val:\n"
    "	xor $0x1000, %rax\n"
    "	incq lead_calls(%rip)\n"
    "	ret\n"
    ".popsection");

static __attribute__((noinline)) void set(unsigned long *at, unsigned long val)
{
	unsigned long scratch;

	asm volatile(PVOPS_LEAD_ASIDE_mmu_set_pte("mov %[val], %[at]",
						  "lea %[at], %[scratch]\n"
						  "push %%rdi\n"
						  "push %%rsi\n"
						  "push %[val]\n"
						  "push %[scratch]\n"
						  "pop %%rdi\n"
						  "pop %%rsi\n",
						  "pop %%rsi\n"
						  "pop %%rdi\n")
		     : [at] "=m" (*at), [scratch] "=&r" (scratch) : [val] "r" (val)
		     : "memory", "cc");
}

static __attribute__((noinline)) void set_by_goto(unsigned long *at, unsigned long val)
{
	asm goto(PVOPS_LEAD_mmu_set_pte "mov %1, %0" : : "m" (*at), "r" (val) : "memory" : cold);
	return;
cold:
	pvops_mmu_set_pte((pvops_pte_t *)at, (pvops_pte_t)val);
}

/* All of a..f live over the site: whichever register the operand is in, the others keep theirs. */
static __attribute__((noinline)) unsigned long
val_among(unsigned long v, unsigned long a, unsigned long b, unsigned long c, unsigned long d,
	  unsigned long e)
{
	unsigned long out, sum = v;

	asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(sum));
	asm volatile(PVOPS_LEAD_ASIDE_mmu_pte_val("mov %1, %0",
						  "mov %1, %0\n"
						  "xchg %0, %%rax\n",
						  "xchg %0, %%rax\n")
		     : "=r" (out) : "r" (v) : "cc");
	asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(sum));
	flagged = a + 10 * b + 100 * c + 1000 * d + 10000 * e + 100000 * sum;
	return out;
}

static __attribute__((noinline)) unsigned long val_in_rax(unsigned long v)
{
	unsigned long out;

	asm volatile(PVOPS_LEAD_ASIDE_mmu_pte_val("mov %1, %0",
						  "mov %1, %0\n"
						  "xchg %0, %%rax\n",
						  "xchg %0, %%rax\n")
		     : "=a" (out) : "r" (v) : "cc");
	return out;
}

asm(".pushsection .pvops_sites, \"a\"\nlead_sites_end:\n.popsection");

static void *alias_map(const void *at, size_t len)
{
	return (void *)(unsigned long)at;
}

static void alias_unmap(void *alias, size_t len)
{
}

static void log_text(const char *t, size_t len)
{
	fail_msg("%.*s", (int)len, t);
}

static u32 saved[16];
static struct pvops_form calls[PVOPS_NR_OPS], nothing[PVOPS_NR_OPS];
static struct pvops_patch_set all;

static int fresh(void **state)
{
	unsigned long start = (unsigned long)__executable_start;

	lead_calls = 0;
	entry = 0;
	all = (struct pvops_patch_set){
		.sites = lead_sites, .nr_sites = (u32)(lead_sites_end - lead_sites), .saved = saved,
		.table = pvops_table, .ops = rows, .nr_ops = PVOPS_NR_OPS,
		.text = __executable_start, .text_end = etext,
		.alias_map = alias_map, .alias_unmap = alias_unmap, .log = log_text,
	};
	assert_in_range(all.nr_sites, 8, 16);
	for (u32 op = 0; op < PVOPS_NR_OPS; op++) {
		const void *func = op == PVOPS_OP_mmu_set_pte ? (const void *)lead_set_pte
							      : (const void *)lead_pte_val;

		pvops_table[op] = func;
		calls[op] = (struct pvops_form)PVOPS_CALL(func);
		nothing[op] = (struct pvops_form)PVOPS_NOP(func);
	}
	return mprotect((void *)start, ((unsigned long)etext - start + 4095) & ~4095UL,
			PROT_READ | PROT_WRITE | PROT_EXEC);
}

static void by_the_op(void)
{
	lead_calls = 0;
	entry = 1;
	set(&entry, 0x5007);
	assert_int_equal(entry, 1);
	assert_ptr_equal((void *)lead_at, &entry);
	assert_int_equal(lead_val, 0x5007);
	set_by_goto(&entry, 0x6007);
	assert_int_equal(entry, 1);
	assert_int_equal(lead_val, 0x6007);
	assert_int_equal(val_among(0x2003, 1, 2, 3, 4, 5), 0x3003);
	assert_int_equal(flagged, 54321 + 100000 * 0x2003);
	assert_int_equal(val_in_rax(0x2003), 0x3003);
	assert_int_equal(lead_calls, 4);
}

static void by_the_instruction(void)
{
	lead_calls = 0;
	set(&entry, 0x5007);
	assert_int_equal(entry, 0x5007);
	set_by_goto(&entry, 0x6007);
	assert_int_equal(entry, 0x6007);
	assert_int_equal(val_among(0x2003, 1, 2, 3, 4, 5), 0x2003);
	assert_int_equal(flagged, 54321 + 100000 * 0x2003);
	assert_int_equal(val_in_rax(0x2003), 0x2003);
	assert_int_equal(lead_calls, 0);
}

static void the_op_before_patching(void **state)
{
	by_the_op();
}

static void the_instruction_where_there_is_nothing_to_do(void **state)
{
	assert_int_equal(pvops_patch_sites(&all, NULL, nothing, NULL), 0);
	by_the_instruction();
	assert_int_equal(pvops_patch_sites(&all, nothing, NULL, NULL), 0);
	by_the_op();
}

static void the_op_by_a_direct_call(void **state)
{
	assert_int_equal(pvops_patch_sites(&all, NULL, calls, NULL), 0);
	memset(pvops_table, 0, sizeof(pvops_table));
	by_the_op();
	assert_int_equal(pvops_patch_sites(&all, calls, nothing, NULL), 0);
	by_the_instruction();
	for (u32 op = 0; op < PVOPS_NR_OPS; op++)
		pvops_table[op] = calls[op].func;
	assert_int_equal(pvops_patch_sites(&all, nothing, NULL, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_op_before_patching),
		T(the_instruction_where_there_is_nothing_to_do),
		T(the_op_by_a_direct_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
