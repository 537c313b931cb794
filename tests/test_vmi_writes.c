// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* VMI's strict mode: what the kernel writes to its tables itself; and all of it, at random. */
#include "vmi_pages.h"

#define AT	(BASE + (100 << 21))		/* what the tables of these tests map */
#define TABLE	FREE
#define PAGE	(FREE + 0x80)
#define ANOTHER	(FREE + 0x81)

/* One table, linked; its entry 0 is a page. */
static void begin(void)
{
	boot();
	set(ENTRY(ROOT, 0), 0, PDP);
	for (u32 i = 0; i < 2; i++) {
		allocate(TABLE + i, PT | PAE | VMI_PAGE_ZEROED);
		set(ENTRY(LAST_PD, 100 + i), GPA(TABLE + i) | P | W, PD);
	}
	set(ENTRY(TABLE, 0), GPA(PAGE) | P | W, PT);
	says("");
}

static void shown(void **state)
{
	begin();
	assert_true(store64(ENTRY(TABLE, 0), GPA(ANOTHER) | P));
	assert_int_equal(*entry_at(TABLE, 0), GPA(ANOTHER) | P);
	assert_false(writable(VA(TABLE)));
	update(ENTRY(TABLE, 0), PT);
	flush();
	says("");
	/* Only the entry that was written. */
	assert_true(store64(ENTRY(TABLE, 0), GPA(PAGE) | P));
	update(ENTRY(TABLE, 1), PT);
	flush();
	says("page table write by itself;");
	flush();
	says("");
}

/* The CPU remembers that it could write there, by two addresses. */
static void remembered(void **state)
{
	boot();
	assert_true(store64(VA(FREE), 1));
	assert_true(store64(FREE << 12, 0));
	allocate(FREE, PT | PAE | VMI_PAGE_ZEROED);
	assert_true(store64(VA(FREE), GPA(PAGE) | P));
	assert_true(store64((FREE << 12) + 8, GPA(PAGE) | P));
	flush();
	says("page table write by itself;page table write by itself;");
	assert_true(store64(VA(FREE), 0));
	flush();
	says("page table write by itself;");
	/* What is global is gone only if that is switched off. */
	real_cr4 |= CR4_PGE;
	flushes = 0;
	release(FREE, PT | PAE);
	assert_int_equal(flushes, 2);
}

static void unchanged(void **state)
{
	begin();
	/* CMPXCHG8B writes back what was there if it does not find what it wants. */
	assert_true(store64(ENTRY(TABLE, 0), GPA(PAGE) | P | W));
	/* And these two the CPU may set at any time. */
	assert_true(store64(ENTRY(TABLE, 0), GPA(PAGE) | P | W | PTE_AD));
	flush();
	says("");
}

static void not_shown(void **state)
{
	begin();
	for (u32 i = 0; i < 8; i++) {
		assert_true(store64(ENTRY(TABLE, 1), GPA(ANOTHER) | P | i << 9));
		says("");
		if (i == 0)
			flush();
		else if (i == 1)
			call(call_inval_page, AT, 0, 0);
		else if (i == 2)
			activate(ROOT);
		else if (i == 3)
			allocate(TABLE + 7, PT | PAE);
		else if (i == 4)
			release(TABLE + 7, PT | PAE);
		else if (i == 5)
			m_pending(&cpu);
		else
			set(ENTRY(TABLE, 2), 0, PT);
		says(i < 6 ? "page table write by itself;" : "");
	}
	flush();
	says("page table write by itself;");
}

static void many(void **state)
{
	begin();
	for (u32 i = 1; i < 70; i++)
		assert_true(store64(ENTRY(TABLE, i), GPA(ANOTHER) | P));
	/* More than there is room for are told of at once. */
	says("page table write by itself;page table write by itself;page table write by itself;"
	     "page table write by itself;page table write by itself;");
	for (u32 i = 1; i < 70; i++)
		update(ENTRY(TABLE, i), PT);
	flush();
	says("");
}

static void what_is_written(void **state)
{
	begin();
	assert_true(store64(ENTRY(TABLE, 1), GPA(TABLE) | P | W));
	update(ENTRY(TABLE, 1), PT);
	says("writable mapping of a page table by itself;");
	assert_false(writable(AT + 0x1000));
	assert_true(store64(ENTRY(TABLE, 1), OWN_GPA + P));
	update(ENTRY(TABLE, 1), PT);
	says("mapping of the hypervisor's memory by itself;");
	assert_false(*entry_at(TABLE, 1));
	assert_true(store64(ENTRY(LAST_PD, 505), 0));
	says("entry in the hypervisor's hole by itself;");
	assert_true(*entry_at(LAST_PD, 505));
	update(ENTRY(LAST_PD, 505), PD);
	assert_true(store64(ENTRY(ROOT, 3), 0));
	update(ENTRY(ROOT, 3), PDP);
	says("entry in the hypervisor's hole by itself;");
	assert_int_equal(*entry_at(ROOT, 3), GPA(LAST_PD) | P);
	/* What nobody walks. */
	assert_true(store64(ENTRY(ROOT, 100), ~0ULL));
	flush();
	says("page table write by itself;");
}

static void interrupts(void **state)
{
	begin();
	regs.eflags = FLAG_IF | FLAG_ONE;
	assert_true(store64(ENTRY(TABLE, 1), GPA(ANOTHER) | P));
	/* None until it is shown. */
	assert_int_equal(regs.eflags, FLAG_ONE);
	update(ENTRY(TABLE, 1), PT);
	assert_int_equal(regs.eflags, FLAG_IF | FLAG_ONE);
	regs.eflags = FLAG_ONE;
	assert_true(store64(ENTRY(TABLE, 1), GPA(PAGE) | P));
	update(ENTRY(TABLE, 1), PT);
	assert_int_equal(regs.eflags, FLAG_ONE);
	/* A kernel that steps itself has its trap too. */
	regs.eflags = FLAG_TF | FLAG_ONE;
	assert_false(store64(ENTRY(TABLE, 1), GPA(ANOTHER) | P));
	assert_int_equal(regs.eflags, FLAG_TF | FLAG_ONE);
	assert_false(cpu.stepping);
}

static void not_ours(void **state)
{
	begin();
	/* Read-only by the kernel's own wish; not there at all; read; the hole; user mode. */
	set(ENTRY(TABLE, 1), GPA(TABLE) | P, PT);
	flush();
	assert_false(store64(AT + 0x1000, 1));
	assert_false(store64(AT + 0x2000, 1));
	assert_false(store64(0xb0000000, 1));
	regs = (struct mregs){ .cs = 9, .error = PF_PRESENT, .vector = VECTOR_PF };
	assert_false(m_page_fault(&cpu, &regs, VA(TABLE)));
	regs.error = PF_WRITE;
	assert_false(m_page_fault(&cpu, &regs, VA(TABLE)));
	regs.error = PF_PRESENT | PF_WRITE;
	assert_false(m_page_fault(&cpu, &regs, M_TOP));
	assert_false(m_page_fault(&cpu, &regs, VA(PAGE)));
	regs.cs = 0x1b;
	assert_false(m_page_fault(&cpu, &regs, VA(TABLE)));
	assert_false(m_debug(&cpu, &regs, 0x4000));
	says("");
	/* The table's entry would let it, the directory's does not. */
	set(ENTRY(TABLE, 1), GPA(TABLE) | P | W, PT);
	says("writable mapping of a page table;");
	set(ENTRY(LAST_PD, 100), GPA(TABLE) | P, PD);
	flush();
	assert_false(store64(AT + 0x1000, 1));
	says("");
}

/* Half of it in one table, half in the next. */
static void two_at_once(void **state)
{
	begin();
	assert_true(store64(ENTRY(TABLE, 511) + 4, 0));
	says("");
	*entry_at(TABLE + 1, 0) = 0;
	assert_true(store64(ENTRY(TABLE, 511) + 4, 0x1234567800000001ULL));
	assert_int_equal(*entry_at(TABLE, 511), 1ULL << 32);
	assert_int_equal(*entry_at(TABLE + 1, 0), 0x12345678);
	assert_false(writable(VA(TABLE)));
	assert_false(writable(VA(TABLE + 1)));
	flush();
	says("page table write by itself;page table write by itself;");
}

/* The instruction has a fault of its own behind the one that we let it go on from. */
static void broken_off(void **state)
{
	begin();
	set(ENTRY(FIRST_PT + 1, 1), 0, PT);		/* behind TABLE */
	flush();
	regs.eflags = FLAG_IF | FLAG_ONE;
	assert_false(store64(ENTRY(TABLE, 511) + 4, ~0ULL));
	assert_false(cpu.stepping);
	assert_int_equal(regs.eflags, FLAG_IF | FLAG_ONE);
	assert_false(writable(VA(TABLE)));
	assert_int_equal(*entry_at(TABLE, 511), 0);
	flush();
	says("");
}

/* A table that maps itself, and is written by that. */
static void its_own(void **state)
{
	begin();
	set(ENTRY(TABLE, 5), GPA(TABLE) | P | W, PT);
	says("writable mapping of a page table;");
	assert_true(store64(AT + 0x5000 + 8 * 6, GPA(PAGE) | P | W));
	assert_int_equal(*entry_at(TABLE, 5) & ~PTE_AD, GPA(TABLE) | P);
	assert_int_equal(*entry_at(TABLE, 6), GPA(PAGE) | P | W);
	flush();
	says("page table write by itself;");
	/* By the very entry that it changes. */
	assert_true(store64(AT + 0x5000 + 8 * 5, GPA(PAGE) | P | W));
	assert_int_equal(*entry_at(TABLE, 5), GPA(PAGE) | P | W);
	flush();
	says("page table write by itself;");
	assert_false(writable(VA(TABLE)));
}

/* Large pages with tables in them. */
static void large(void **state)
{
	boot();
	allocate(FREE, PT | PAE);
	says("");
	assert_true(store64(FREE << 12, GPA(PAGE) | P));
	flush();
	says("page table write by itself;");
	assert_false(writable(FREE << 12));
	assert_true(writable((FREE + 1) << 12));
	release(FREE, PT | PAE);
	assert_true(writable(FREE << 12));
	/* A new one over tables, and instead of the one that was split. */
	set(ENTRY(LOW_PD, 20), GPA(0) | P | W | PTE_PS, PD);
	assert_false(writable((20 << 21) + (ROOT << 12)));
	assert_true(writable((20 << 21) + (1 << 12)));
	set(ENTRY(LOW_PD, 20), GPA(0x400) | P | W | PTE_PS, PD);
	assert_true(*entry_at(LOW_PD, 20) & PTE_PS);
	allocate(0x401, PT | PAE);
	assert_false(writable((20 << 21) + (1 << 12)));
	assert_false(writable((2 << 21) + (1 << 12)));
	set(ENTRY(LOW_PD, 20), 0, PD);
	/* Unlinked, it is as the kernel wrote it; linked again, it is looked at again. */
	set(ENTRY(ROOT, 0), 0, PDP);
	assert_int_equal(*entry_at(LOW_PD, 2), GPA(0x400) | P | W | PTE_PS);
	set(ENTRY(ROOT, 0), GPA(LOW_PD) | P, PDP);
	assert_false(writable((2 << 21) + (1 << 12)));
	says("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shown), TEST(remembered), TEST(unchanged), TEST(not_shown), TEST(many),
		TEST(what_is_written), TEST(interrupts), TEST(not_ours), TEST(two_at_once),
		TEST(broken_off), TEST(its_own), TEST(large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
