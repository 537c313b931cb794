// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The MADT (ACPI 6.4, 5.2.12): which CPUs there are. */
#include <pvops/boot.h>
#include "madt.h"

#define BIOS_START	0xe0000
#define BIOS_END	0x100000
#define MAX_TABLE	(1U << 20)
#define MAX_ENTRIES	256

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	/* revision 2 on */
	u32 length;
	u32 xsdt_low, xsdt_high;
	u8 more[4];
};

#define RSDP_V1	20

struct header {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[22];
	u32 creator_revision;
};

struct madt {
	struct header header;
	u32 lapic, flags;
};

#define LAPIC		0
#define X2APIC		9
#define ENABLED		1

static bool checksum(const u8 *bytes, u32 len)
{
	u8 sum = 0;

	while (len--)
		sum = (u8)(sum + *bytes++);
	return !sum;
}

static bool is(const char *text, const char *signature, u32 len)
{
	while (len && *text == *signature) {
		text++;
		signature++;
		len--;
	}
	return !len;
}

/* A whole table, checked; NULL if there is none at that address. */
static const struct header *table(u64 gpa)
{
	const struct header *header = pvops_boot_phys(gpa, sizeof(*header));

	if (!header || header->length < sizeof(*header) || header->length > MAX_TABLE)
		return NULL;
	header = pvops_boot_phys(gpa, header->length);
	return header && checksum((const u8 *)header, header->length) ? header : NULL;
}

static const struct rsdp *rsdp_at(u64 gpa)
{
	const struct rsdp *rsdp = pvops_boot_phys(gpa, RSDP_V1);

	if (!rsdp || !is(rsdp->signature, "RSD PTR ", 8) || !checksum((const u8 *)rsdp, RSDP_V1))
		return NULL;
	if (rsdp->revision < 2)
		return rsdp;
	rsdp = pvops_boot_phys(gpa, sizeof(*rsdp));
	return rsdp && rsdp->length >= sizeof(*rsdp) && rsdp->length <= PVOPS_PAGE_SIZE &&
	       pvops_boot_phys(gpa, rsdp->length) && checksum((const u8 *)rsdp, rsdp->length) ?
	       rsdp : NULL;
}

static const struct rsdp *find_rsdp(u64 gpa)
{
	const struct rsdp *rsdp = gpa ? rsdp_at(gpa) : NULL;

	for (gpa = BIOS_START; !rsdp && gpa < BIOS_END; gpa += 16)
		rsdp = rsdp_at(gpa);
	return rsdp;
}

static const struct madt *find_madt(const struct rsdp *rsdp)
{
	u64 xsdt = rsdp->revision >= 2 ? rsdp->xsdt_low | (u64)rsdp->xsdt_high << 32 : 0;
	const struct header *root = table(xsdt ? xsdt : rsdp->rsdt), *found;
	u32 width = xsdt ? 8 : 4, entries;

	/*
	 * No look at its name: Xen gives its PVH initial domain an XSDT without one, on machines
	 * that have none to copy from. Its sum is right, and each table it names is checked.
	 */
	if (!root)
		return NULL;
	entries = (root->length - (u32)sizeof(*root)) / width;
	for (u32 i = 0; i < entries && i < MAX_ENTRIES; i++) {
		const u8 *entry = (const u8 *)(root + 1) + (size_t)i * width;
		u64 gpa = 0;

		for (u32 j = 0; j < width; j++)
			gpa |= (u64)entry[j] << (8 * j);
		found = table(gpa);
		if (found && is(found->signature, "APIC", 4) &&
		    found->length >= sizeof(struct madt))
			return (const struct madt *)found;
	}
	return NULL;
}

static u32 get32(const u8 *at)
{
	return at[0] | (u32)at[1] << 8 | (u32)at[2] << 16 | (u32)at[3] << 24;
}

/* To the list, unless it says "all" or is there: starting it would reset a CPU that runs. */
static unsigned int add(u32 *ids, unsigned int n, u32 id, u32 all)
{
	if (id == all)
		return n;
	for (unsigned int i = 0; i < n; i++)
		if (ids[i] == id)
			return n;
	ids[n] = id;
	return n + 1;
}

unsigned int native_madt_cpus(u64 gpa, u32 *ids, unsigned int max)
{
	const struct rsdp *rsdp = find_rsdp(gpa);
	const struct madt *madt = rsdp ? find_madt(rsdp) : NULL;
	unsigned int n = 0;
	const u8 *at, *end;

	if (!madt)
		return 0;
	at = (const u8 *)(madt + 1);
	end = (const u8 *)madt + madt->header.length;
	/* An entry is type, length, ...; one that is too short to be one ends the list. */
	for (; end - at >= 2 && at[1] >= 2 && at[1] <= end - at && n < max; at += at[1]) {
		if (at[0] == LAPIC && at[1] >= 8 && get32(at + 4) & ENABLED)
			n = add(ids, n, at[3], 0xff);
		else if (at[0] == X2APIC && at[1] >= 16 && get32(at + 8) & ENABLED)
			n = add(ids, n, get32(at + 4), 0xffffffff);
	}
	return n;
}
