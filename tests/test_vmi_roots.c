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

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(within), TEST(roots), TEST(hole) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
