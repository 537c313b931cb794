// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* VMI's strict mode: whole trees, and the monitor's part of them. */
#include "vmi_pages.h"

/* A directory whose large pages have a table in them of which nobody knows. */
static void within(void **state)
{
	boot();
	*entry_at(FREE, 0) = GPA(0x400) | P | W | PTE_PS;
	*entry_at(FREE, 1) = GPA(0x433) | P | W;
	*entry_at(FREE, 2) = GPA(0x400) | P | W | PTE_PS;
	allocate(FREE, PD | PAE);
	set(ENTRY(ROOT, 1), GPA(FREE) | P, PDP);
	says("link to a page that is no table;");
	for (u32 i = 0; i < 3; i += 2) {
		assert_false(writable((1 << 30) + (i << 21) + (0x33 << 12)));
		assert_true(writable((1 << 30) + (i << 21) + (0x34 << 12)));
	}
	set(ENTRY(ROOT, 1), 0, PDP);
	assert_true(*entry_at(FREE, 0) & *entry_at(FREE, 2) & PTE_PS);
	assert_int_equal(guard_larges, 8);
}

static void new_root(u32 root)
{
	memset(frame_at(root), 0, 4096);
	*entry_at(root, 3) = GPA(LAST_PD) | P;
	allocate(root, PDP | PAE);
	says("");
}

static void roots(void **state)
{
	boot();
	new_root(FREE);
	activate(FREE);
	says("");
	assert_int_equal(real_cr3, GPA(FREE));
	release(FREE, PDP | PAE);
	says("ReleasePage of a table in use;");
	activate(ROOT);
	assert_true(writable(VA(FREE)));
	*entry_at(FREE + 1, 3) = GPA(LAST_PD) | P;
	activate(FREE + 1);
	says("SetCR3 to a page that is no table;");
	assert_false(writable(VA(FREE + 1)));
	activate(ROOT);
	assert_true(writable(VA(FREE + 1)));
	says("");
	table(FREE + 2, PDP);
	activate(FREE + 2);
	says("SetCR3 to what cannot be;");
	activate(LAST_PD);
	says("SetCR3 to what cannot be;");
	activate(RAM);
	says("SetCR3 to what cannot be;");
	activate(0xfd000);
	says("SetCR3 to what cannot be;");
	call(call_set_cr3, (u32)GPA(ROOT) + 32, 0, 0);
	says("SetCR3 to what cannot be;");
	assert_int_equal(real_cr3, GPA(ROOT));
	/* The CPU reads the four entries when it is told a root, and not before. */
	flushes = 0;
	set(ENTRY(ROOT, 0), 0, PDP);
	assert_true(flushes);
}

static void hole(void **state)
{
	u64 own = *entry_at(LAST_PD, 504);

	boot();
	set(ENTRY(LAST_PD, 504), 0, PD);
	says("entry in the hypervisor's hole;");
	set(ENTRY(LAST_PD, 511), GPA(FREE) | P | W | PTE_PS, PD);
	says("entry in the hypervisor's hole;");
	assert_int_equal(*entry_at(LAST_PD, 504), own);
	set(ENTRY(ROOT, 3), 0, PDP);
	says("entry in the hypervisor's hole;");
	set(ENTRY(ROOT, 3), GPA(LOW_PD) | P, PDP);
	says("entry in the hypervisor's hole;");
	set(ENTRY(ROOT, 1), GPA(LAST_PD) | P, PDP);
	says("directory of the last GiB linked elsewhere;");
	assert_int_equal(*entry_at(ROOT, 3), GPA(LAST_PD) | P);
	assert_int_equal(*entry_at(ROOT, 1), 0);

	/* Another directory for the last GiB, and the same of it for the user. */
	memcpy(frame_at(FREE), frame_at(LAST_PD), 8 * 504);
	allocate(FREE, PD | PAE);
	set(ENTRY(ROOT, 3), GPA(FREE) | P, PDP);
	says("");
	assert_int_equal(*entry_at(FREE, 504), own);
	assert_int_equal(*entry_at(LAST_PD, 504), 0);
	memcpy(frame_at(FREE + 1), frame_at(FREE), 4096);
	*entry_at(FREE + 1, 505) = GPA(9) | P;
	allocate(FREE + 1, PD | PAE);
	set(ENTRY(ROOT, 3), GPA(FREE + 1) | P, PDP);
	says("entry in the hypervisor's hole;");
	assert_int_equal(*entry_at(FREE + 1, 505), *entry_at(FREE + 1, 504) + (1 << 21));
	set(ENTRY(ROOT, 1), GPA(FREE) | P, PDP);
	set(ENTRY(FREE, 504), GPA(FIRST_PT) | P | W, PD);
	says("");
}

static void lazy(u32 mode)
{
	call(call_set_lazy_mode, mode, 0, 0);
}

/* As late as it may be. */
static void waiting(void **state)
{
	u32 va = BASE + (100 << 21), tables = FREE, page = FREE + 0x80;
	u64 entry = GPA(page) | P | W;

	boot();
	set(ENTRY(ROOT, 0), 0, PDP);
	table(tables, PT);
	set(ENTRY(LAST_PD, 100), GPA(tables) | P | W, PD);
	for (u32 i = 0; i < 8; i++) {
		if (i > 4)
			lazy(VMI_LAZY_MMU);
		set(ENTRY(tables, i), entry, PT | (i < 5 ? VMI_PAGE_DEFER : 0));
		assert_int_equal(*entry_at(tables, i), 0);
		if (i == 0)
			flush();
		else if (i == 1)
			call(call_inval_page, va, 0, 0);
		else if (i == 2)
			activate(ROOT);
		else if (i == 3)
			set(ENTRY(tables, 20), entry, PT);
		else if (i == 4)
			set(ENTRY(tables, 20), entry, PT | VMI_PAGE_CURRENT_AS | (va + (20 << 12)));
		else if (i == 5)
			lazy(VMI_LAZY_NONE);
		else
			/* Who comes too early has a fault, and then has it. */
			assert_true(store64(i == 6 ? va + 0x6000 : ENTRY(tables, 21), 0));
		assert_int_equal(*entry_at(tables, i), entry);
		lazy(VMI_LAZY_NONE);
		update(ENTRY(tables, 21), PT);
	}
	says("");
	/* Each of them, in their order. */
	lazy(VMI_LAZY_MMU);
	for (u32 i = 0; i < 100; i++)
		set(ENTRY(tables, 30 + i % 50), entry | i << 9, PT);
	lazy(VMI_LAZY_NONE);
	for (u32 i = 0; i < 50; i++)
		assert_int_equal(*entry_at(tables, 30 + i), entry | (u64)(i + 50) << 9);
	/* What is wrong with one is found late, and is who set it. */
	set(ENTRY(tables, 0), GPA(tables) | P | W, PT | VMI_PAGE_DEFER);
	says("");
	release(tables, PT | PAE);
	says("writable mapping of a page table;ReleasePage of a table in use;");
}

static void modes(void **state)
{
	boot();
	lazy(VMI_LAZY_MMU);
	lazy(VMI_LAZY_CPU);
	says("SetLazyMode in another;");
	lazy(VMI_LAZY_NONE);
	lazy(VMI_LAZY_NONE);
	says("");
	lazy(3);
	says("SetLazyMode of none that there is;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(within), TEST(roots), TEST(hole), TEST(waiting), TEST(modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
