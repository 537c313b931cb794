// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Loader's information, good and bad: PVH, multiboot2, the memory map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "boot_hw.h"
#include "memory.h"

#define BASE	0x10000

static struct {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp, memmap;
	u32 entries, reserved;
	struct { u64 addr, size; u32 type, reserved; } map[4];
	char text[2000];
} pvh;

static struct pvops_boot boot;

static int fresh(void **state)
{
	memset(&pvh, 0, sizeof(pvh));
	memset(&boot, 0, sizeof(boot));
	pvh.magic = 0x336ec578;
	pvh.version = 1;
	pvh.memmap = BASE + offsetof(typeof(pvh), map);
	pvh.entries = 3;
	pvh.rsdp = 0xf5000;
	pvh.map[0].size = 0xa0000;
	pvh.map[0].type = 1;
	pvh.map[1].addr = 0x100000;
	pvh.map[1].size = 0x7f00000;
	pvh.map[1].type = 1;
	pvh.map[2].addr = 0xf0000;
	pvh.map[2].size = 0x10000;
	pvh.map[2].type = 2;
	pvh.cmdline = BASE + offsetof(typeof(pvh), text);
	strcpy(pvh.text, "one two");
	return 0;
}

/* What somebody answers who knows the memory map where start_info has none. */
static u32 asked_entries;

u32 pvops_boot_ask_memory(const struct pvops_boot *from, struct pvops_boot_e820 *map, u32 max)
{
	assert_ptr_equal(from, &boot);
	for (u32 i = 0; i < asked_entries && i < max && i < 4; i++)
		map[i] = (struct pvops_boot_e820){ pvh.map[i].addr, pvh.map[i].size, 1 };
	return asked_entries;
}

static const char *parse_pvh(size_t size)
{
	memory_set(&pvh, size, BASE);
	boot.info = (void *)BASE;
	return pvops_boot_pvh.parse(&boot);
}

static void pvh_good(void **state)
{
	assert_null(parse_pvh(sizeof(pvh)));
	assert_string_equal(boot.cmdline, "one two");
	assert_int_equal(boot.nr_mem, 3);
	assert_int_equal(boot.mem[1].base, 0xf0000);
	assert_int_equal(boot.mem[1].type, PVOPS_MEM_RESERVED);
	assert_int_equal(boot.rsdp, 0xf5000);
	assert_int_equal(boot.used_start, 0x100000);
	assert_int_equal(boot.used_end, 0x200000);
}

static void pvh_asks_for_memory(void **state)
{
	pvh.version = 0;
	pvh.memmap = ~0ULL;		/* not there in that version */
	asked_entries = 2;
	/* So old an information ends before the map. */
	assert_string_equal(parse_pvh(39), "start info lies outside of memory");
	assert_null(parse_pvh(sizeof(pvh)));
	assert_int_equal(boot.nr_mem, 2);
	assert_int_equal(boot.mem[1].base, 0x100000);
	assert_string_equal(boot.cmdline, "one two");
	assert_int_equal(boot.rsdp, 0xf5000);
	asked_entries = 1;
	assert_string_equal(parse_pvh(sizeof(pvh)), "memory map has no RAM where the image lies");
	asked_entries = ~0U;		/* more than there was room for */
	assert_string_equal(parse_pvh(sizeof(pvh)), "start info has no memory map (version 0)");
	asked_entries = 0;
	assert_string_equal(parse_pvh(sizeof(pvh)), "start info has no memory map (version 0)");
}

static void pvh_bad(void **state)
{
#define BAD(change, why)						\
	do {								\
		fresh(state);						\
		change;							\
		assert_string_equal(parse_pvh(sizeof(pvh)), why);	\
	} while (0)
	BAD(pvh.magic++, "start info has the wrong magic number");
	BAD(pvh.version = 0, "start info has no memory map (version 0)");
	BAD(pvh.entries = 0, "memory map is empty");
	BAD(pvh.entries = 1025, "memory map has too many entries");
	BAD(pvh.entries = 1000, "memory map lies outside of memory");
	BAD(pvh.memmap = 1, "memory map lies outside of memory");
	BAD(pvh.memmap = ~0ULL - 8, "memory map lies outside of memory");
	BAD(pvh.cmdline = 5, "command line lies outside of memory");
	BAD(pvh.map[1].size = 0x10000, "memory map has no RAM where the image lies");
	BAD(pvh.map[1].type = 2, "memory map has no RAM where the image lies");
	BAD(pvh.map[1].size = ~0ULL, "memory map has a range that wraps around");
}

static void pvh_cut_off(void **state)
{
	/* Each length up to the whole: an answer, and never a byte beyond. */
	for (size_t size = 0; size < sizeof(pvh); size++) {
		fresh(state);
		parse_pvh(size);
	}
	fresh(state);
	assert_string_equal(parse_pvh(30), "start info lies outside of memory");
	fresh(state);
	assert_string_equal(parse_pvh(44), "start info is cut off");
}

static void long_command_line_is_cut(void **state)
{
	memset(pvh.text, 'y', sizeof(pvh.text));
	assert_null(parse_pvh(sizeof(pvh)));
	assert_int_equal(strlen(boot.cmdline), PVOPS_BOOT_CMDLINE - 1);
	/* One without an end at the end of memory is an error. */
	fresh(state);
	memset(pvh.text, 'y', sizeof(pvh.text));
	pvh.cmdline = BASE + sizeof(pvh) - 10;
	assert_string_equal(parse_pvh(sizeof(pvh)), "command line lies outside of memory");
	fresh(state);
	pvh.cmdline = 0;
	assert_null(parse_pvh(sizeof(pvh)));
	assert_string_equal(boot.cmdline, "");
}

/* ---- multiboot2 ---- */

static u8 list[512];
static u32 fill;

static void tag(u32 type, u32 size, const void *body, u32 len)
{
	memcpy(list + fill, &type, 4);
	memcpy(list + fill + 4, &size, 4);
	memcpy(list + fill + 8, body, len);
	fill += (8 + len + 7) & ~7U;
}

static const struct {
	u32 entry_size, version;
	struct { u64 base, size; u32 type, zero; } map[2];
} mmap = { 24, 0, { { 0, 0xa0000, 1, 0 }, { 0x100000, 0x4000000, 1, 0 } } };

static const char *parse_mb2(u32 total)
{
	memset(&boot, 0, sizeof(boot));
	memcpy(list, &total, 4);
	memory_set(list, fill, BASE);
	boot.info = (void *)BASE;
	return pvops_boot_mb2.parse(&boot);
}

static void begin(void)
{
	memset(list, 0, sizeof(list));
	fill = 8;
}

static void mb2_good(void **state)
{
	begin();
	tag(1, 8 + 13, "kernel a b=1", 13);
	tag(6, 8 + sizeof(mmap), &mmap, sizeof(mmap));
	tag(14, 8 + 20, "RSD PTR ............", 20);
	tag(0, 8, "", 0);
	assert_null(parse_mb2(fill));
	assert_string_equal(boot.cmdline, "a b=1");
	assert_int_equal(boot.nr_mem, 2);
	assert_true(boot.rsdp > BASE && boot.rsdp < BASE + fill);
}

static void mb2_bad(void **state)
{
	begin();
	tag(6, 8 + sizeof(mmap), &mmap, sizeof(mmap));
	assert_string_equal(parse_mb2(fill), "list of tags has no end");
	assert_string_equal(parse_mb2(8), "information has a wrong size or alignment");
	assert_string_equal(parse_mb2(0x7fffffff), "information has a wrong size or alignment");
	assert_string_equal(parse_mb2(fill + 100), "information is cut off");
	begin();
	tag(0, 8, "", 0);
	assert_string_equal(parse_mb2(fill), "memory map is missing");
	begin();
	tag(6, 4, "", 0);
	tag(0, 8, "", 0);
	assert_string_equal(parse_mb2(fill), "a tag has a wrong size");
	begin();
	tag(6, 4000, "", 0);
	tag(0, 8, "", 0);
	assert_string_equal(parse_mb2(fill), "a tag has a wrong size");
	begin();
	tag(6, 8, "", 0);
	tag(0, 8, "", 0);
	assert_string_equal(parse_mb2(fill), "memory map tag is cut off");
	begin();
	tag(6, 8 + 8, "\x03\0\0\0\0\0\0", 8);
	tag(0, 8, "", 0);
	assert_string_equal(parse_mb2(fill), "memory map has entries of a wrong size");
}

/* ---- the map itself ---- */

static bool sorted(void)
{
	for (u32 i = 1; i < boot.nr_mem; i++)
		if (boot.mem[i].base < boot.mem[i - 1].base + boot.mem[i - 1].size)
			return false;
	return true;
}

static void reserved_wins_over_ram(void **state)
{
	assert_true(pvops_boot_add_mem(&boot, 0, 0x100000, PVOPS_MEM_RAM));
	assert_true(pvops_boot_add_mem(&boot, 0x4000, 0x1000, PVOPS_MEM_RESERVED));
	assert_int_equal(boot.nr_mem, 3);
	assert_int_equal(boot.mem[0].size, 0x4000);
	assert_int_equal(boot.mem[1].type, PVOPS_MEM_RESERVED);
	assert_int_equal(boot.mem[2].base, 0x5000);
	/* And RAM that comes later does not take it back. */
	assert_true(pvops_boot_add_mem(&boot, 0x3000, 0x4000, PVOPS_MEM_RAM));
	assert_int_equal(boot.nr_mem, 3);
	assert_true(sorted());
}

static void any_order_is_sorted(void **state)
{
	srand(1);
	for (int round = 0; round < 2000; round++) {
		memset(&boot, 0, sizeof(boot));
		for (int i = 0; i < 12; i++)
			pvops_boot_add_mem(&boot, (u64)(rand() % 64) << 12,
					   (u64)(rand() % 20) << 12,
					   rand() % 2 ? PVOPS_MEM_RAM : PVOPS_MEM_RESERVED);
		assert_true(sorted());
		for (u32 i = 0; i < boot.nr_mem; i++)
			assert_true(boot.mem[i].size);
	}
}

static void too_many_ranges(void **state)
{
	bool ok = true;

	for (u64 i = 0; i < 2 * PVOPS_BOOT_MAX_MEM && ok; i++)
		ok = pvops_boot_add_mem(&boot, i << 20, 1 << 12, PVOPS_MEM_RAM);
	assert_false(ok);
	assert_int_equal(boot.nr_mem, PVOPS_BOOT_MAX_MEM);
	assert_true(pvops_boot_add_mem(&boot, 0, 0, PVOPS_MEM_RAM));
}

static void range_to_the_end_of_all(void **state)
{
	assert_true(pvops_boot_add_mem(&boot, ~0ULL - 0xfff, 0x2000, PVOPS_MEM_RAM));
	assert_int_equal(boot.nr_mem, 1);
	assert_true(sorted());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(pvh_good), T(pvh_asks_for_memory), T(pvh_bad),
		T(pvh_cut_off), T(long_command_line_is_cut), T(mb2_good),
		T(mb2_bad), T(reserved_wins_over_ram), T(any_order_is_sorted), T(too_many_ranges),
		T(range_to_the_end_of_all),
	};
	int failed = cmocka_run_group_tests_name("boot", tests, NULL, NULL);

	free(memory);
	return failed;
}
