// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* A multiboot loader's information, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "boot_hw.h"
#include "memory.h"

#define BASE	0x10000

static struct pvops_boot boot;

static struct {
	u32 flags, lower, upper, device, cmdline, mods[2], symbols[4], mmap_length, mmap;
	u32 drives[2], config, loader;
	struct { u32 size; u64 base, len; u32 type, more; } __attribute__((packed)) map[3];
	char text[64], name[16];
} mb1;

#define MB1_AT(field)	((u32)(BASE + offsetof(typeof(mb1), field)))

static int fresh(void **state)
{
	memset(&mb1, 0, sizeof(mb1));
	memset(&boot, 0, sizeof(boot));
	mb1.flags = 1 << 2 | 1 << 6;
	mb1.cmdline = MB1_AT(text);
	strcpy(mb1.text, "kernel.elf one two");
	mb1.loader = MB1_AT(name);
	mb1.mmap = MB1_AT(map);
	mb1.mmap_length = sizeof(mb1.map);
	for (int i = 0; i < 3; i++)
		mb1.map[i].size = sizeof(mb1.map[0]) - 4;
	mb1.map[0].len = 0xa0000;
	mb1.map[0].type = 1;
	mb1.map[1].base = 0x100000;
	mb1.map[1].len = 0x7f00000;
	mb1.map[1].type = 1;
	mb1.map[2].base = 0x100000000;
	mb1.map[2].len = 0x1000;
	mb1.map[2].type = 1;
	return 0;
}

static const char *parse_mb1(size_t size)
{
	memory_set(&mb1, size, BASE);
	boot.nr_mem = 0;
	boot.info = (void *)BASE;
	return pvops_boot_mb1.parse(&boot);
}

static void mb1_good(void **state)
{
	assert_null(parse_mb1(sizeof(mb1)));
	assert_string_equal(boot.cmdline, "one two");
	assert_int_equal(boot.nr_mem, 3);
	assert_int_equal(boot.mem[1].size, 0x7f00000);
	assert_int_equal(boot.mem[2].base, 0x100000000);
	/* A loader of another name, and the one that does not name the file. */
	mb1.flags |= 1 << 9;
	strcpy(mb1.name, "GRUB 0.97");
	assert_null(parse_mb1(sizeof(mb1)));
	assert_string_equal(boot.cmdline, "one two");
	strcpy(mb1.name, "GRUB 2.06");
	assert_null(parse_mb1(sizeof(mb1)));
	assert_string_equal(boot.cmdline, "kernel.elf one two");
	/* Without a map: two numbers. */
	mb1.flags = 1;
	mb1.lower = 640;
	mb1.upper = 0x7f00000 >> 10;
	boot.cmdline[0] = '\0';
	assert_null(parse_mb1(sizeof(mb1)));
	assert_int_equal(boot.nr_mem, 2);
	assert_int_equal(boot.mem[1].base, 0x100000);
	assert_int_equal(boot.mem[1].size, 0x7f00000);
	assert_string_equal(boot.cmdline, "");
}

static void mb1_bad(void **state)
{
	assert_string_equal(parse_mb1(60), "information lies outside of memory");
	mb1.mmap += 4;
	assert_non_null(parse_mb1(offsetof(typeof(mb1), text)));
	mb1.mmap -= 4;
	mb1.flags = 0;
	assert_string_equal(parse_mb1(sizeof(mb1)), "memory map is missing");
	fresh(NULL);
	mb1.mmap_length = ~0U;
	assert_string_equal(parse_mb1(sizeof(mb1)), "memory map is too long");
	mb1.mmap_length = 0;
	assert_string_equal(parse_mb1(sizeof(mb1)), "memory map has no RAM where the image lies");
	fresh(NULL);
	mb1.map[1].size = 19;
	assert_string_equal(parse_mb1(sizeof(mb1)), "memory map has an entry of a wrong size");
	mb1.map[1].size = ~0U;
	assert_string_equal(parse_mb1(sizeof(mb1)), "memory map has an entry of a wrong size");
	fresh(NULL);
	mb1.cmdline = 0xfffffff0;
	assert_string_equal(parse_mb1(sizeof(mb1)), "command line lies outside of memory");
	fresh(NULL);
	mb1.flags |= 1 << 9;
	mb1.loader = 0xfffffffe;
	assert_null(parse_mb1(sizeof(mb1)));
	assert_string_equal(boot.cmdline, "one two");
	mb1.mmap = 0xfffffff0;
	assert_string_equal(parse_mb1(sizeof(mb1)), "memory map lies outside of memory");
}

static void mb1_too_many_ranges(void **state)
{
	static struct { typeof(mb1) head; typeof(mb1.map[0]) map[PVOPS_BOOT_MAX_MEM + 1]; } big;

	mb1.mmap = BASE + offsetof(typeof(big), map);
	mb1.mmap_length = sizeof(big.map);
	big.head = mb1;
	for (int i = 0; i <= PVOPS_BOOT_MAX_MEM; i++)
		big.map[i].size = sizeof(mb1.map[0]) - 4;
	memory_set(&big, sizeof(big), BASE);
	boot.info = (void *)BASE;
	assert_string_equal(pvops_boot_mb1.parse(&boot), "memory map has too many ranges");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(mb1_good), T(mb1_bad), T(mb1_too_many_ranges),
	};
	int failed = cmocka_run_group_tests_name("boot_mb1", tests, NULL, NULL);

	free(memory);
	return failed;
}
