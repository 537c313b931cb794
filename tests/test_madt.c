// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* ACPI's list of CPUs, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "madt.h"
#include "memory.h"

#define BASE	0xe0000
#define RSDP	0x0
#define RSDT	0x40
#define XSDT	0x80
#define MADT	0x100
#define FIRST	(MADT + 44)		/* its first entry */
#define SIZE	0x800

static u8 firmware[SIZE] __attribute__((aligned(8)));
static u32 len;				/* of the MADT */
static u32 ids[8];

static void put32(u32 at, u32 val)
{
	memcpy(firmware + at, &val, 4);
}

static void sum(u32 at, u32 size, u32 where)
{
	u8 total = 0;

	firmware[at + where] = 0;
	for (u32 i = 0; i < size; i++)
		total = (u8)(total + firmware[at + i]);
	firmware[at + where] = (u8)-total;
}

static void header(u32 at, const char *signature, u32 size)
{
	memcpy(firmware + at, signature, 4);
	put32(at + 4, size);
	sum(at, size, 9);
}

static void lapic(u8 id, u32 flags)
{
	u8 *at = firmware + MADT + len;

	at[0] = 0;
	at[1] = 8;
	at[3] = id;
	put32(MADT + len + 4, flags);
	len += 8;
}

static void x2apic(u32 id, u32 flags)
{
	firmware[MADT + len] = 9;
	firmware[MADT + len + 1] = 16;
	put32(MADT + len + 4, id);
	put32(MADT + len + 8, flags);
	len += 16;
}

/* An RSDP of revision 2 whose two root tables have one entry each, the MADT. */
static int fresh(void **state)
{
	memset(firmware, 0, sizeof(firmware));
	memset(ids, 0xee, sizeof(ids));
	memcpy(firmware + RSDP, "RSD PTR ", 8);
	firmware[RSDP + 15] = 2;
	put32(RSDP + 16, BASE + RSDT);
	put32(RSDP + 20, 36);
	put32(RSDP + 24, BASE + XSDT);
	put32(RSDT + 36, BASE + MADT);
	put32(XSDT + 36, BASE + MADT);
	len = 44;
	return 0;
}

static unsigned int parse_at(u64 rsdp, unsigned int max)
{
	sum(RSDP, 20, 8);
	sum(RSDP, 36, 32);
	header(RSDT, "RSDT", 40);
	header(XSDT, "XSDT", 44);
	header(MADT, "APIC", len);
	memory_set(firmware, SIZE, BASE);
	return native_madt_cpus(rsdp, ids, max);
}

static unsigned int parse(void)
{
	return parse_at(BASE, 8);
}

static void good(void **state)
{
	lapic(3, 1);
	lapic(1, 1);
	x2apic(0x1234, 1);
	assert_int_equal(parse(), 3);
	assert_int_equal(ids[0], 3);
	assert_int_equal(ids[1], 1);
	assert_int_equal(ids[2], 0x1234);
}

static void searched(void **state)
{
	lapic(7, 1);
	assert_int_equal(parse_at(0, 8), 1);
	assert_int_equal(ids[0], 7);
	/* A pointer that leads nowhere is no worse than none. */
	assert_int_equal(parse_at(0x123456789, 8), 1);
}

static void first_revision(void **state)
{
	lapic(7, 1);
	firmware[RSDP + 15] = 0;
	put32(RSDP + 24, 0xffffffff);	/* not there in that revision */
	assert_int_equal(parse(), 1);
	assert_int_equal(ids[0], 7);
}

static void rsdt_without_xsdt(void **state)
{
	lapic(7, 1);
	put32(RSDP + 24, 0);
	assert_int_equal(parse(), 1);
}

static void disabled(void **state)
{
	lapic(0, 1);
	lapic(1, 0);
	lapic(2, 2);			/* could be plugged in */
	x2apic(3, 0);
	assert_int_equal(parse(), 1);
}

static void once_each(void **state)
{
	lapic(0, 1);
	lapic(0, 1);
	x2apic(0, 1);
	lapic(1, 1);
	assert_int_equal(parse(), 2);
	assert_int_equal(ids[1], 1);
}

static void never_all(void **state)
{
	lapic(0xff, 1);
	x2apic(0xffffffff, 1);
	lapic(1, 1);
	assert_int_equal(parse(), 1);
	assert_int_equal(ids[0], 1);
}

static void no_more_than_asked(void **state)
{
	for (u8 i = 0; i < 6; i++)
		lapic(i, 1);
	assert_int_equal(parse_at(BASE, 4), 4);
	assert_int_equal(ids[3], 3);
	assert_int_equal(ids[4], 0xeeeeeeee);
}

static void bad_entries(void **state)
{
	lapic(0, 1);
	lapic(1, 1);
	firmware[FIRST + 9] = 0;	/* would never end */
	assert_int_equal(parse(), 1);
	firmware[FIRST + 9] = 200;	/* past the end */
	assert_int_equal(parse(), 1);
	firmware[FIRST + 9] = 8;
	firmware[FIRST + 1] = 4;	/* too short to have an id, and what follows is none */
	assert_int_equal(parse(), 0);
}

static void bad_sums(void **state)
{
	static const u32 in[] = { RSDP + 9, XSDT + 10, MADT + 12, FIRST + 3 };

	lapic(0, 1);
	assert_int_equal(parse(), 1);
	for (size_t i = 0; i < sizeof(in) / sizeof(*in); i++) {
		firmware[in[i]]++;
		memory_set(firmware, SIZE, BASE);
		assert_int_equal(native_madt_cpus(BASE, ids, 8), 0);
		firmware[in[i]]--;
	}
	memory_set(firmware, SIZE, BASE);
	assert_int_equal(native_madt_cpus(BASE, ids, 8), 1);
}

static void bad_lengths(void **state)
{
	static const u32 lengths[] = { 0, 35, 43, SIZE, 0x7fffffff, 0xffffffff };

	lapic(0, 1);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		parse();
		put32(MADT + 4, lengths[i]);
		if (lengths[i] <= SIZE - MADT)
			sum(MADT, lengths[i] < 10 ? 10 : lengths[i], 9);
		memory_set(firmware, SIZE, BASE);
		assert_int_equal(native_madt_cpus(BASE, ids, 8), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(good, fresh),
		cmocka_unit_test_setup(searched, fresh),
		cmocka_unit_test_setup(first_revision, fresh),
		cmocka_unit_test_setup(rsdt_without_xsdt, fresh),
		cmocka_unit_test_setup(disabled, fresh),
		cmocka_unit_test_setup(once_each, fresh),
		cmocka_unit_test_setup(never_all, fresh),
		cmocka_unit_test_setup(no_more_than_asked, fresh),
		cmocka_unit_test_setup(bad_entries, fresh),
		cmocka_unit_test_setup(bad_sums, fresh),
		cmocka_unit_test_setup(bad_lengths, fresh),
	};

	return cmocka_run_group_tests_name("madt", tests, NULL, NULL);
}
