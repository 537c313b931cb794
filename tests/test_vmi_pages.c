// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* VMI's strict mode: the calls on page tables, and what they may not be told. */
#include "vmi_pages.h"

/* From the first instruction in ring 1 on: by either mapping no table can be written. */
static void first_tables(void **state)
{
	for (u32 frame = ROOT; frame <= LOW_PD; frame++) {
		assert_false(writable(VA(frame)));
		assert_false(writable(frame << 12));
	}
	assert_true(writable(VA(ROOT - 1)));
	assert_true(writable((ROOT - 1) << 12));
	assert_true(writable(VA(FREE)));
	assert_true(writable(FREE << 12));
	/* Nor does a large page without a table in it have to be split. */
	assert_true(*entry_at(LOW_PD, 3) & PTE_PS);
	assert_false(*entry_at(LOW_PD, 0) & PTE_PS);
	says("");
}

/* They are to be told of all the same. */
static void untold(void **state)
{
	map(0, BASE, RAM, 0);
	set(ENTRY(FIRST_PT, 9), GPA(9) | P, PT);
	says("entry of a page that is no table;");
	assert_int_equal(*entry_at(FIRST_PT, 9), GPA(9) | P);
	allocate(FIRST_PT, PT | PAE);
	set(ENTRY(FIRST_PT, 9), GPA(9) | P | W, PT);
	says("");
	allocate(FIRST_PT, PT | PAE);
	says("AllocatePage of a table;");
	allocate(ROOT, PT | PAE);
	says("AllocatePage of a table;");
}

static void whole_life(void **state)
{
	boot();
	set(ENTRY(ROOT, 0), 0, PDP);
	table(FREE, PT);
	assert_false(writable(VA(FREE)));
	set(ENTRY(FREE, 7), GPA(FREE + 9) | P | W, PT);
	set(ENTRY(LAST_PD, 100), GPA(FREE) | P | W, PD);
	assert_true(writable(BASE + (100 << 21) + (7 << 12)));
	assert_false(writable(BASE + (100 << 21) + (8 << 12)));
	set(ENTRY(LAST_PD, 100), 0, PD);
	release(FREE, PT | PAE);
	says("");
	assert_true(writable(VA(FREE)));
	assert_true(store64(VA(FREE), 5));
	flush();
	says("");
}

static void zeroed(void **state)
{
	boot();
	*entry_at(FREE, 511) = 1;
	allocate(FREE, PT | PAE | VMI_PAGE_ZEROED);
	says("AllocatePage of a page that is not zero;");
	*entry_at(FREE + 1, 0) = 1;
	allocate(FREE + 1, PT | PAE);
	says("");
}

static void clones(void **state)
{
	boot();
	table(FREE, PD);
	for (u32 i = 0; i < 3; i++)
		set(ENTRY(FREE, 10 + i), GPA(FREE + i) << 1, PD);
	memcpy(frame_at(FREE + 1), frame_at(FREE), 4096);
	args[0] = 10;
	args[1] = 3;
	call(call_allocate_page, FREE + 1, PD | PAE | VMI_PAGE_ZEROED | VMI_PAGE_CLONE, FREE);
	says("");
	release(FREE + 1, PD | PAE);

	*entry_at(FREE + 1, 12) ^= 0x1000;
	call(call_allocate_page, FREE + 1, PD | PAE | VMI_PAGE_ZEROED | VMI_PAGE_CLONE, FREE);
	says("AllocatePage of a clone that is none;");
	release(FREE + 1, PD | PAE);
	args[1] = 2;
	call(call_allocate_page, FREE + 1, PD | PAE | VMI_PAGE_ZEROED | VMI_PAGE_CLONE, FREE);
	says("AllocatePage of a page that is not zero;");
	release(FREE + 1, PD | PAE);

	args[0] = 512;
	args[1] = 1;
	call(call_allocate_page, FREE + 1, PD | PAE | VMI_PAGE_CLONE, FREE);
	says("AllocatePage of a clone of what is no such table;");
	release(FREE + 1, PD | PAE);
	args[0] = ~0U;
	args[1] = 2;
	call(call_allocate_page, FREE + 1, PD | PAE | VMI_PAGE_CLONE, FREE);
	says("AllocatePage of a clone of what is no such table;");
	release(FREE + 1, PD | PAE);
	args[0] = args[1] = 0;
	call(call_allocate_page, FREE + 1, PD | PAE | VMI_PAGE_CLONE, FIRST_PT);
	says("AllocatePage of a clone of what is no such table;");
	release(FREE + 1, PD | PAE);
	call(call_allocate_page, FREE + 1, PD | PAE | VMI_PAGE_CLONE, 0xfffff);
	says("AllocatePage of a clone of what is no such table;");
}

static void nowhere(void **state)
{
	static const u32 frames[] = { RAM, 0xfd000, 0xfd001, 0xfffff, 0x100000, 0x80000000, ~0U };

	boot();
	for (u32 i = 0; i < sizeof(frames) / 4; i++) {
		allocate(frames[i], PT | PAE);
		says("AllocatePage outside of memory;");
		release(frames[i], PT | PAE);
		says("ReleasePage of no table;");
	}
	allocate(FREE, PAE);
	says("AllocatePage with such flags;");
	allocate(FREE, PT | PD | PAE);
	says("AllocatePage with such flags;");
	allocate(FREE, VMI_PAGE_PML4 | PAE);
	says("AllocatePage with such flags;");
	assert_true(writable(VA(FREE)));
	allocate(FREE, PT);
	says("AllocatePage with such flags;");
	assert_false(writable(VA(FREE)));
	release(FREE, PD | PAE);
	says("ReleasePage of a table of another level;");
	release(FREE, PT | PAE);
	says("ReleasePage of no table;");
	allocate(FREE, PT | PAE | 0x100);
	says("AllocatePage with such flags;");
}

static void entries(void **state)
{
	boot();
	table(FREE, PT);
	set(ENTRY(FREE, 0), P | GPA(9), PD);
	says("entry of another level;");
	set(ENTRY(FREE, 0), P | GPA(9), 0);
	says("entry of another level;");
	set(ENTRY(FREE, 0), P | GPA(9), PT | PD);
	says("entry of another level;");
	set(ENTRY(FREE, 0), P | GPA(9), PT | 0x40);
	says("entry of another level;");
	set(ENTRY(FREE, 0) + 4, P, PT);
	says("entry that is nowhere;");
	set(0xb0000000, P, PT);
	says("entry that is nowhere;");
	set(M_TOP, P, PT);
	says("entry that is nowhere;");
	set(0xfffffff8, P, PT);
	says("entry that is nowhere;");
	/* Memory onto itself is a mapping, but none of those that were told. */
	set(FREE << 12, P | GPA(9), PT);
	says("entry that no linear mapping has;");
	update(ENTRY(FREE + 1, 0), PT);
	says("entry of a page that is no table;");
	update(ENTRY(FREE, 0), PD);
	says("entry of another level;");
	map(0, BASE, RAM, 1);
	set(ENTRY(FREE, 0), P | GPA(9), PT);
	says("linear mapping that is not so;");
	args[0] = PT;
	call(call_set_pxe, P, ENTRY(FREE, 0), PT);
	says("SetPxE with PAE;linear mapping that is not so;");
}

static void current_space(void **state)
{
	u32 va = BASE + (100 << 21) + (7 << 12);

	boot();
	table(FREE, PT);
	set(ENTRY(LAST_PD, 100), GPA(FREE) | P | W,
	    PD | VMI_PAGE_CURRENT_AS | VMI_PAGE_DEFER | (va & VMI_PAGE_VA_MASK));
	set(ENTRY(FREE, 7), GPA(9) | P, PT | VMI_PAGE_CURRENT_AS | va);
	says("");
	set(ENTRY(FREE, 8), GPA(9) | P, PT | VMI_PAGE_CURRENT_AS | va);
	says("entry of another address;");
	set(ENTRY(FREE, 7), GPA(9) | P, PT | VMI_PAGE_CURRENT_AS | 0x80000000);
	says("entry of another address;");
	update(ENTRY(FREE, 7), PT | VMI_PAGE_CURRENT_AS | va);
	says("");
}

static void linear_mappings(void **state)
{
	boot();
	map(4, BASE, 1, 0);
	says("SetLinearMapping of what cannot be;");
	map(~0U, BASE, 1, 0);
	says("SetLinearMapping of what cannot be;");
	map(1, BASE + 1, 1, 0);
	says("SetLinearMapping of what cannot be;");
	map(1, M_TOP, 0, 0);
	says("SetLinearMapping of what cannot be;");
	map(1, M_TOP - 0x1000, 2, 0);
	says("SetLinearMapping of what cannot be;");
	map(1, BASE, 0x100000, 0);
	says("SetLinearMapping of what cannot be;");
	map(1, BASE, 16, ~0U);
	says("SetLinearMapping of what cannot be;");
	map(1, M_TOP - 0x1000, 1, 0);
	says("");
}

static void mapped_elsewhere(void **state)
{
	u32 va = BASE + (100 << 21);

	boot();
	set(ENTRY(ROOT, 0), 0, PDP);
	table(FREE, PT);
	set(ENTRY(LAST_PD, 100), GPA(FREE) | P | W, PD);
	/* Where the kernel has said that it is, it may be writable: only it is not. */
	set(ENTRY(FIRST_PT + 1, FREE % 512), GPA(FREE) | P | W, PT);
	says("");
	assert_false(writable(VA(FREE)));
	set(ENTRY(FREE, 0), GPA(FREE) | P | W, PT);
	says("writable mapping of a page table;");
	assert_false(writable(va));
	set(ENTRY(FREE, 0), GPA(FREE) | P, PT);
	says("");
	/* The other way round. */
	set(ENTRY(FREE, 0), GPA(FREE + 1) | P | W, PT);
	says("");
	assert_true(writable(va));
	allocate(FREE + 1, PT | PAE);
	says("page table that is mapped writable;");
	assert_false(writable(va));
	release(FREE + 1, PT | PAE);
	assert_true(writable(va));
	assert_true(writable(VA(FREE + 1)));
	says("");
}

static void not_the_monitors(void **state)
{
	boot();
	table(FREE, PT);
	set(ENTRY(FREE, 0), OWN_GPA + 0x5000 + P, PT);
	says("");
	set(ENTRY(LAST_PD, 100), GPA(FREE) | P | W, PD);
	says("mapping of the hypervisor's memory;");
	assert_int_equal(*entry_at(FREE, 0), 0);
	set(ENTRY(FREE, 1), OWN_GPA + P, PT);
	says("mapping of the hypervisor's memory;");
	set(ENTRY(LAST_PD, 101), OWN_GPA + P + PTE_PS, PD);
	says("mapping of the hypervisor's memory;");
	assert_int_equal(*entry_at(LAST_PD, 101), 0);
	set(ENTRY(LAST_PD, 101), OWN_GPA + 0x1000 + P, PD);
	says("link to what is no memory;");
	set(ENTRY(LAST_PD, 101), GPA(RAM) | P, PD);
	says("link to what is no memory;");
	set(ENTRY(LAST_PD, 101), 0xffffffffff000ULL | P, PD);
	says("link to what is no memory;");
	/* Devices are nobody's tables. */
	set(ENTRY(FREE, 2), 0xfee00000ULL | P | W, PT);
	set(ENTRY(FREE, 3), 0xffffffffff000ULL | P | W, PT);
	says("");
}

static void links(void **state)
{
	boot();
	*entry_at(FREE, 3) = GPA(9) | P | W;
	set(ENTRY(LAST_PD, 100), GPA(FREE) | P | W, PD);
	says("link to a page that is no table;");
	/* One all the same: watched as one, as long as it is linked, and let go with its link. */
	set(ENTRY(LAST_PD, 100), GPA(FREE) | P | W | 4, PD);
	says("");
	assert_false(writable(VA(FREE)));
	assert_true(writable(BASE + (100 << 21) + (3 << 12)));
	set(ENTRY(LAST_PD, 100), 0, PD);
	says("");
	assert_true(writable(VA(FREE)));
	table(FREE, PD);
	set(ENTRY(LAST_PD, 100), GPA(FREE) | P | W, PD);
	says("link to a table of another level;");
	assert_int_equal(*entry_at(LAST_PD, 100), 0);
	table(FREE + 1, PT);
	set(ENTRY(ROOT, 1), GPA(FREE + 1) | P, PDP);
	says("link to a table of another level;");
	set(ENTRY(ROOT, 1), GPA(FREE) | P | W | 4, PDP);
	says("reserved bits in an entry;");
	assert_int_equal(*entry_at(ROOT, 1), GPA(FREE) | P);
	release(FREE, PD | PAE);
	says("ReleasePage of a table in use;");
	assert_false(writable(VA(FREE)));
	set(ENTRY(ROOT, 1), 0, PDP);
	says("");
	assert_true(writable(VA(FREE)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_tables), TEST(untold), TEST(whole_life), TEST(zeroed), TEST(clones),
		TEST(nowhere), TEST(entries), TEST(current_space), TEST(linear_mappings),
		TEST(mapped_elsewhere), TEST(not_the_monitors), TEST(links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
