// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* VMI's ROM, good and hostile: what is taken, and the one line for what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "vmi_rom.h"

#define AT	0xc9000
#define OTHER	0xcc800
#define UNITS	4
#define LINEAR	(0xc0000000U + AT)

static struct vmi_rom rom;

static int fresh(void **state)
{
	memset(window, 0, sizeof(window));
	memset(&rom, 0xee, sizeof(rom));
	logged[0] = 0;
	put_rom(AT, UNITS);
	return 0;
}

/* One line, and this one. */
static void says(const char *line)
{
	char want[200];

	snprintf(want, sizeof(want), "vmi: %s\n", line);
	assert_string_equal(logged, want);
	logged[0] = 0;
}

static void refused(const char *why)
{
	char line[200];

	assert_false(find(&rom));
	snprintf(line, sizeof(line), "ROM at 0x%x refused: %s", AT, why);
	says(line);
}

static void taken(void)
{
	assert_true(find(&rom));
	assert_string_equal(logged, "");
	assert_int_equal(rom.gpa, AT);
}

static void good(void **state)
{
	taken();
	assert_int_equal(rom.size, UNITS * 512);
	assert_int_equal(rom.virtual_top, 0xfc000000);
	assert_int_equal(rom.major, 3);
	assert_int_equal(rom.minor, 0);
	assert_int_equal(rom.rom_major, 1);
	assert_int_equal(rom.rom_minor, 7);
	assert_int_equal(rom.vendor, 0x15ad);
	assert_int_equal(rom.device, 0x801);
	assert_string_equal(rom.licence, "GPL v2");
	assert_string_equal(rom.maker, "a maker");
	assert_string_equal(rom.product, "a product");
}

static void everywhere(void **state)
{
	for (u32 gpa = VMI_ROM_FIRST; gpa < VMI_ROM_LAST; gpa += VMI_ROM_STEP) {
		memset(window, 0, sizeof(window));
		put_rom(gpa, UNITS);
		assert_true(find(&rom));
		assert_int_equal(rom.gpa, gpa);
	}
	/* Between the steps nothing is looked for. */
	memset(window, 0, sizeof(window));
	put_rom(AT + 512, UNITS);
	assert_false(find(&rom));
	assert_string_equal(logged, "");
}

static void nothing_there(void **state)
{
	memset(window, 0, sizeof(window));
	assert_false(find(&rom));
	memset(window, 0xff, sizeof(window));
	assert_false(find(&rom));
	/* No window at all. */
	memory_set(window, 16, 0);
	assert_false(vmi_rom_find(&rom));
	assert_string_equal(logged, "");
}

/* Somebody else's ROM is no business of ours, be it as broken as it may. */
static void others(void **state)
{
	header_at(AT)->signature++;
	assert_false(find(&rom));
	header_at(AT)->signature--;
	header_at(AT)->rom_signature++;
	assert_false(find(&rom));
	assert_string_equal(logged, "");
}

static void empty(void **state)
{
	header_at(AT)->length = 0;
	refused("0 bytes long");
}

/* The file ended early, and what follows is what was there before. */
static void truncated(void **state)
{
	memset(window + (AT - VMI_ROM_FIRST) + UNITS * 512 - 200, 0xff, 200);
	refused("its bytes add up to 0x28, not 0");
}

static void wrong_checksum(void **state)
{
	window[AT - VMI_ROM_FIRST + 0x91]++;
	refused("its bytes add up to 0x1, not 0");
}

static void past_the_window(void **state)
{
	memset(window, 0, sizeof(window));
	put_rom(VMI_ROM_LAST - 2048, UNITS);
	assert_true(find(&rom));
	header_at(VMI_ROM_LAST - 2048)->length++;
	assert_false(find(&rom));
	says("ROM at 0xdf800 refused: 2560 bytes long, past the end of the window");
	header_at(VMI_ROM_LAST - 2048)->length = 255;
	assert_false(find(&rom));
	says("ROM at 0xdf800 refused: 130560 bytes long, past the end of the window");
}

static void versions(void **state)
{
	header_at(AT)->minor = 200;
	sum_rom(AT);
	taken();
	assert_int_equal(rom.minor, 200);
	header_at(AT)->major = 2;
	sum_rom(AT);
	refused("API 2.200, this kernel has 3.0");
	header_at(AT)->major = 13;
	header_at(AT)->minor = 3;
	sum_rom(AT);
	refused("API 13.3, this kernel has 3.0");
}

static void pci_headers(void **state)
{
	struct vmi_pci *pci = (struct vmi_pci *)(window + (AT - VMI_ROM_FIRST) + PCI_AT);
	static const u16 nowhere[] = { 0, UNITS * 512 - 0x17, UNITS * 512, 0x8000, 0xffff };
	char why[40];

	/* Another maker's number is worth knowing, no more. */
	pci->vendor = 0x8086;
	sum_rom(AT);
	taken();
	assert_int_equal(rom.vendor, 0x8086);
	pci->length = UNITS * 512 - PCI_AT;
	sum_rom(AT);
	taken();
	pci->length++;
	sum_rom(AT);
	refused("no PCI header at 0x40");
	pci->length = 0x17;
	sum_rom(AT);
	refused("no PCI header at 0x40");
	pci->length = 0x18;
	pci->signature++;
	sum_rom(AT);
	refused("no PCI header at 0x40");
	pci->signature--;
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++) {
		header_at(AT)->pci = nowhere[i];
		sum_rom(AT);
		snprintf(why, sizeof(why), "no PCI header at 0x%x", nowhere[i]);
		refused(why);
	}
}

/* A header that is right, but the neighbour's. */
static void pci_of_another(void **state)
{
	static const u32 at[] = { UNITS * 512 - 0x17, UNITS * 512, 0x8000 };
	struct vmi_pci pci = { .signature = VMI_PCI_SIGNATURE, .length = sizeof(pci) };
	char why[40];

	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		fresh(state);
		memcpy(window + (AT - VMI_ROM_FIRST) + at[i], &pci, sizeof(pci));
		header_at(AT)->pci = (u16)at[i];
		do
			window[AT - VMI_ROM_FIRST + 0x200]++;
		while (sum_of_rom(AT));
		snprintf(why, sizeof(why), "no PCI header at 0x%x", at[i]);
		refused(why);
	}
}

static void licences(void **state)
{
	char *text = (char *)window + (AT - VMI_ROM_FIRST) + LICENCE_AT;

	header_at(AT)->licence = 0;
	sum_rom(AT);
	taken();
	assert_string_equal(rom.licence, "");
	header_at(AT)->licence = LICENCE_AT;
	strcpy(text, "of\x1b[31m my own \xc3\xa4, and very long, longer than anybody wants");
	sum_rom(AT);
	taken();
	assert_string_equal(rom.licence, "of?[31m my own ??, and very lon");
	header_at(AT)->licence = UNITS * 512;
	sum_rom(AT);
	refused("licence at 0x800 runs out of it");
	header_at(AT)->licence = UNITS * 512 - 4;
	memset(window + (AT - VMI_ROM_FIRST) + UNITS * 512 - 4, 'x', 4);
	do				/* another byte than the last one makes the sum right */
		window[AT - VMI_ROM_FIRST + 0x200]++;
	while (sum_of_rom(AT));
	refused("licence at 0x7fc runs out of it");
}

static void pnp_headers(void **state)
{
	struct vmi_pnp *pnp = (struct vmi_pnp *)(window + (AT - VMI_ROM_FIRST) + PNP_AT);

	pnp->maker = 0xfff0;
	sum_rom(AT);
	taken();
	assert_string_equal(rom.maker, "");
	assert_string_equal(rom.product, "a product");
	pnp->signature++;
	sum_rom(AT);
	taken();
	assert_string_equal(rom.product, "");
	header_at(AT)->pnp = UNITS * 512 - 1;
	sum_rom(AT);
	taken();
}

static void holes(void **state)
{
	static const u32 right[] = { 0, 0xf0000000, 0xfc000000, 0xfffff000 };
	static const u32 wrong[] = { 1, 0x1000, 0xc0000000, 0xeffff000, 0xfc000800, 0xffffffff };
	char why[60];

	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
		header_at(AT)->virtual_top = right[i];
		sum_rom(AT);
		taken();
		assert_int_equal(rom.virtual_top, right[i]);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		header_at(AT)->virtual_top = wrong[i];
		sum_rom(AT);
		snprintf(why, sizeof(why), "hypervisor's hole from 0x%x on", wrong[i]);
		refused(why);
	}
}

static void two(void **state)
{
	put_rom(OTHER, 1);
	assert_false(find(&rom));
	says("ROMs at 0xc9000 and 0xcc800, one too many: both refused");
	/* One of them bad: the other one is it. */
	header_at(OTHER)->major = 2;
	sum_rom(OTHER);
	assert_true(find(&rom));
	assert_int_equal(rom.gpa, AT);
	says("ROM at 0xcc800 refused: API 2.0, this kernel has 3.0");
	put_rom(OTHER, 1);
	header_at(AT)->length = 0;
	assert_true(find(&rom));
	assert_int_equal(rom.gpa, OTHER);
	says("ROM at 0xc9000 refused: 0 bytes long");
}

/* A copy of a header in a ROM's data is not a ROM. */
static void inside(void **state)
{
	memset(window, 0, sizeof(window));
	put_rom(AT, 9);
	put_rom(AT + 0x800, 2);
	put_rom(AT + 0x1000, 1);
	sum_rom(AT);
	taken();
	/* Behind its last byte, on the next step, it is one. */
	put_rom(AT + 0x1800, 1);
	assert_false(find(&rom));
	says("ROMs at 0xc9000 and 0xca800, one too many: both refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(good, fresh),
		cmocka_unit_test_setup(everywhere, fresh),
		cmocka_unit_test_setup(nothing_there, fresh),
		cmocka_unit_test_setup(others, fresh),
		cmocka_unit_test_setup(empty, fresh),
		cmocka_unit_test_setup(truncated, fresh),
		cmocka_unit_test_setup(wrong_checksum, fresh),
		cmocka_unit_test_setup(past_the_window, fresh),
		cmocka_unit_test_setup(versions, fresh),
		cmocka_unit_test_setup(pci_headers, fresh),
		cmocka_unit_test_setup(pci_of_another, fresh),
		cmocka_unit_test_setup(licences, fresh),
		cmocka_unit_test_setup(pnp_headers, fresh),
		cmocka_unit_test_setup(holes, fresh),
		cmocka_unit_test_setup(two, fresh),
		cmocka_unit_test_setup(inside, fresh),
	};

	return cmocka_run_group_tests_name("vmi_rom", tests, NULL, NULL);
}
