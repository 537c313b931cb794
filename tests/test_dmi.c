// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The firmware's tables, good and bad: is it VMware? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "../backends/vmware/hv.h"
#include "memory.h"

#define BASE	0xf0000
#define SIZE	0x10000
#define ENTRY	0x4560			/* offsets into the BIOS area */
#define TABLE	(SIZE - 256)		/* up to its very end: one byte too far is found */

static u8 bios[SIZE];

static void sum(u32 at, u32 len, u32 where)
{
	u8 total = 0;

	bios[at + where] = 0;
	for (u32 i = 0; i < len; i++)
		total = (u8)(total + bios[at + i]);
	bios[at + where] = (u8)-total;
}

static void entry64(u32 at, u64 gpa, u32 len)
{
	memcpy(bios + at, "_SM3_", 5);
	bios[at + 6] = 0x18;
	memcpy(bios + at + 0x0c, &len, 4);
	memcpy(bios + at + 0x10, &gpa, 8);
	sum(at, 0x18, 5);
}

static void entry32(u32 at, u32 gpa, u16 len)
{
	memcpy(bios + at, "_SM_", 4);
	bios[at + 5] = 0x1f;
	memcpy(bios + at + 0x16, &len, 2);
	memcpy(bios + at + 0x18, &gpa, 4);
	sum(at, 0x1f, 4);
}

static bool found(void)
{
	memory_set(bios, SIZE, BASE);
	return vmware_dmi();
}

/* A BIOS structure with two strings, a system of four strings, the end. Returns its length. */
static u32 table(const char *maker, const char *serial)
{
	u8 *at = bios + TABLE;

	memset(at, 0, 256);
	memcpy(at, (u8[]){ 0, 6, 0, 0, 1, 2 }, 6);
	memcpy(at + 6, "VMware\0" "6.00\0", 13);
	at += 19;
	memcpy(at, (u8[]){ 1, 0x1b, 1, 0, 1, 2, 3, 4 }, 8);
	at += 0x1b;
	at += sprintf((char *)at, "%s", maker) + 1;
	at += sprintf((char *)at, "Product") + 1;
	at += sprintf((char *)at, "None") + 1;
	at += sprintf((char *)at, "%s", serial) + 1;
	*at++ = 0;
	memcpy(at, (u8[]){ 127, 4, 2, 0, 0, 0 }, 6);
	return (u32)(at + 6 - (bios + TABLE));
}

static int fresh(void **state)
{
	memset(bios, 0, SIZE);
	return 0;
}

static void both_entry_points(void **state)
{
	u32 len = table("VMware, Inc.", "VMware-56 4d");

	assert_false(found());
	entry64(ENTRY, BASE + TABLE, len);
	assert_true(found());
	memset(bios + ENTRY, 0, 32);
	entry32(ENTRY, BASE + TABLE, (u16)len);
	assert_true(found());
	/* They lie on multiples of 16, up to the last of them. */
	memcpy(bios + SIZE - 32, bios + ENTRY, 32);
	memmove(bios + ENTRY + 8, bios + ENTRY, 32);
	memset(bios + ENTRY, 0, 8);
	assert_true(found());
	memset(bios + SIZE - 32, 0, 32);
	assert_false(found());
	entry64(ENTRY, BASE + TABLE, len);
	memcpy(bios + SIZE - 16, bios + ENTRY, 16);	/* half of one is none */
	memset(bios + ENTRY, 0, 32);
	assert_false(found());
}

static void maker_or_serial(void **state)
{
	static const struct {
		const char *maker, *serial;
		bool vmware;
	} rows[] = {
		{ "VMware, Inc.", "1", true }, { "QEMU", "VMware-42", true },
		{ "VMware", "", true }, { "QEMU", "1", false }, { "vmware", "1", false },
		{ "NotVMware", "X-VMware", false }, { "VMwar", "VMwar", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fresh(state);
		entry64(ENTRY, BASE + TABLE, table(rows[i].maker, rows[i].serial));
		assert_int_equal(found(), rows[i].vmware);
	}
}

static void bad_entry_points(void **state)
{
	u32 len = table("VMware, Inc.", "1");

	for (u32 i = 0; i < 0x18; i++) {
		memset(bios + ENTRY, 0, 32);
		entry64(ENTRY, BASE + TABLE, len);
		bios[ENTRY + i] ^= 0x40;
		assert_false(found());
	}
	for (u32 size = 0; size < 256; size++) {
		memset(bios + ENTRY, 0, 32);
		entry64(ENTRY, BASE + TABLE, len);
		bios[ENTRY + 6] = (u8)size;
		sum(ENTRY, size ? size : 1, 5);
		assert_int_equal(found(), size >= 0x18 && size <= 32);
	}
}

static void bad_tables(void **state)
{
	static const struct {
		u64 gpa;
		u32 len;
	} rows[] = {
		{ 0, 64 }, { BASE + SIZE, 64 }, { BASE + SIZE - 4, 64 }, { ~0ULL, 64 },
		{ BASE + TABLE, 0 }, { BASE + TABLE, 3 }, { BASE + TABLE, 257 },
		{ BASE + TABLE, ~0U }, { 1ULL << 40, 64 },
	};

	table("VMware, Inc.", "VMware-1");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		memset(bios + ENTRY, 0, 32);
		entry64(ENTRY, rows[i].gpa, rows[i].len);
		assert_false(found());
	}
}

/* Cut anywhere: right from where the maker's name is whole. */
static void cut_tables(void **state)
{
	u32 whole = 19 + 0x1b + 6;

	for (u32 len = 4; len <= 256; len++) {
		u32 full = table("VMware, Inc.", "1");

		memmove(bios + SIZE - len, bios + TABLE, len < full ? len : full);
		if (len > full)
			memset(bios + SIZE - len + full, 0, len - full);
		memset(bios + ENTRY, 0, 32);
		entry64(ENTRY, BASE + SIZE - len, len);
		assert_int_equal(found(), len >= whole);
	}
}

static void bad_structures(void **state)
{
	u32 len = table("VMware, Inc.", "VMware-1");
	u8 *system = bios + TABLE + 19;

	entry64(ENTRY, BASE + TABLE, len);
	assert_true(found());
	system[1] = 7;				/* too short for a serial number */
	assert_false(found());
	system[1] = 3;				/* no structure at all */
	assert_false(found());
	system[1] = 0;
	assert_false(found());
	system[1] = 255;			/* beyond the table */
	assert_false(found());
	system[1] = 0x1b;
	system[0] = 127;			/* the end comes first */
	assert_false(found());
	system[0] = 2;				/* somebody else's names */
	assert_false(found());
	system[0] = 1;
	system[4] = system[7] = 0;		/* no strings */
	assert_false(found());
	system[4] = system[7] = 5;		/* one more than there are */
	assert_false(found());
	system[4] = system[7] = 255;
	assert_false(found());
	system[4] = 1;
	assert_true(found());
	/* What comes behind the end, or behind the last string, is no answer. */
	memset(bios + TABLE, 0, 256);
	memcpy(bios + TABLE, (u8[]){ 127, 4, 0, 0, 0, 0, 1, 8, 0, 0, 1, 0, 0, 1 }, 14);
	strcpy((char *)bios + TABLE + 14, "VMware");
	entry64(ENTRY, BASE + TABLE, 256);
	assert_false(found());
	bios[TABLE] = 126;
	assert_true(found());
	bios[TABLE + 1] = 2;			/* its length is less than its head */
	memmove(bios + TABLE + 4, bios + TABLE + 6, 32);
	assert_false(found());
	memcpy(bios + TABLE, (u8[]){ 1, 8, 0, 0, 3, 0, 0, 3, 'a', 0, 0 }, 11);
	strcpy((char *)bios + TABLE + 11, "VMware");
	assert_false(found());
	memcpy(bios + TABLE, (u8[]){ 1, 5, 0, 0, 1 }, 5);	/* no room for the numbers */
	strcpy((char *)bios + TABLE + 5, "VMware");
	assert_false(found());
	/* Nothing but what may be any structure's bytes: bounded, and the answer is no. */
	memset(bios + TABLE, 0xff, 256);
	entry64(ENTRY, BASE + TABLE, 256);
	assert_false(found());
	memset(bios + TABLE, 4, 256);
	assert_false(found());
}

/* Longer than any firmware has it: not walked. */
static void huge_table(void **state)
{
	const u32 most = 1 << 18;
	u8 *large = calloc(1, SIZE + most + 1);

	table("VMware", "1");
	for (u32 more = 0; more < 2; more++) {
		entry64(ENTRY, BASE + SIZE, most + more);
		memcpy(large, bios, SIZE);
		memcpy(large + SIZE, bios + TABLE, 256);
		memory_set(large, SIZE + most + 1, BASE);
		assert_int_equal(vmware_dmi(), !more);
		memset(bios + ENTRY, 0, 32);
	}
	free(large);
}

static void no_bios_area(void **state)
{
	memory_set(bios, SIZE - 1, BASE);
	assert_false(vmware_dmi());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(both_entry_points),
		T(maker_or_serial),
		T(bad_entry_points),
		T(bad_tables),
		T(cut_tables),
		T(bad_structures),
		T(huge_table),
		T(no_bios_area),
	};

	return cmocka_run_group_tests_name("dmi", tests, NULL, NULL);
}
