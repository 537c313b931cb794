// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The firmware's tables (SMBIOS 3.6, DSP0134): does the system call itself VMware's?
 *
 * Where CPUID says nothing of a hypervisor, this comes before the backdoor: reading a port is
 * harmless only if nothing real is behind it.
 */
#include "hv.h"

#define BIOS_START	0xf0000
#define BIOS_END	0x100000
#define MAX_TABLE	(1U << 18)
#define MAX_STRUCTURES	4096

#define SYSTEM		1		/* type of a structure: System Information */
#define END		127
#define MANUFACTURER	4		/* offset: number of a string */
#define SERIAL		7

static bool begins(const u8 *text, const u8 *end, const char *with)
{
	while (*with && text < end && *text == (u8)*with) {
		text++;
		with++;
	}
	return !*with;
}

static bool checksum(const u8 *bytes, u32 len)
{
	u8 sum = 0;

	while (len--)
		sum = (u8)(sum + *bytes++);
	return !sum;
}

static u64 get(const u8 *at, unsigned int bytes)
{
	u64 val = 0;

	while (bytes--)
		val = val << 8 | at[bytes];
	return val;
}

/* The table of structures that an entry point leads to (5.2.1, 5.2.2); NULL if it is none. */
static const u8 *table(const u8 *entry, u32 *len)
{
	bool wide = begins(entry, entry + 5, "_SM3_");
	u32 size = wide ? entry[6] : entry[5], least = wide ? 0x18 : 0x1f;
	u64 gpa;

	if (!wide && !begins(entry, entry + 4, "_SM_"))
		return NULL;
	/* Entry points lie inside the area, 32 bytes at the least. */
	if (size < least || size > 32 || !checksum(entry, size))
		return NULL;
	*len = (u32)(wide ? get(entry + 0x0c, 4) : get(entry + 0x16, 2));
	gpa = wide ? get(entry + 0x10, 8) : get(entry + 0x18, 4);
	if (*len > MAX_TABLE)
		return NULL;
	return pvops_boot_phys(gpa, *len);
}

/* String number @nr behind a structure, which ends with two zeroes: does it begin so? */
static bool string_begins(const u8 *text, const u8 *end, u8 nr, const char *with)
{
	for (; nr > 1 && text < end && *text; nr--) {
		while (text < end && *text)
			text++;
		text += text < end;
	}
	return nr == 1 && begins(text, end, with);
}

static bool search(const u8 *at, const u8 *end)
{
	for (int i = 0; i < MAX_STRUCTURES && end - at >= 4; i++) {
		const u8 *strings = at + at[1];

		if (at[0] == END || at[1] < 4 || at[1] > end - at)
			return false;
		if (at[0] == SYSTEM && at[1] > SERIAL)
			return string_begins(strings, end, at[SERIAL], "VMware") ||
			       string_begins(strings, end, at[MANUFACTURER], "VMware");
		for (at = strings; end - at >= 2 && (at[0] || at[1]); at++)
			;
		at += 2;
	}
	return false;
}

bool vmware_dmi(void)
{
	const u8 *bios = pvops_boot_phys(BIOS_START, BIOS_END - BIOS_START), *at;
	u32 len;

	for (u32 off = 0; bios && off + 32 <= BIOS_END - BIOS_START; off += 16) {
		at = table(bios + off, &len);
		if (at)
			return search(at, at + len);
	}
	return false;
}
