/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The firmware's window with ROMs in it, and what is said of them. */
#ifndef TESTS_VMI_ROM_H
#define TESTS_VMI_ROM_H

#include <stdarg.h>
#include <stdio.h>
#include "../backends/vmi/rom.h"
#include "logged.h"
#include "memory.h"

#define WINDOW		(VMI_ROM_LAST - VMI_ROM_FIRST)
#define PCI_AT		0x40
#define PNP_AT		0x60
#define LICENCE_AT	0x100
#define MAKER_AT	0x110
#define PRODUCT_AT	0x120

static u8 window[WINDOW];

static inline struct vmi_header *header_at(u32 gpa)
{
	return (struct vmi_header *)(window + (gpa - VMI_ROM_FIRST));
}

static inline u8 sum_of_rom(u32 gpa)
{
	u32 len = header_at(gpa)->length * VMI_ROM_UNIT;
	u8 total = 0;

	for (u32 i = 0; i < len; i++)
		total = (u8)(total + window[gpa - VMI_ROM_FIRST + i]);
	return total;
}

/* Make the sum right, by the last byte of the ROM. */
static inline void sum_rom(u32 gpa)
{
	u8 *last = window + (gpa - VMI_ROM_FIRST) + header_at(gpa)->length * VMI_ROM_UNIT - 1;

	*last = (u8)(*last - sum_of_rom(gpa));
}

/* A good ROM of so many units. */
static inline void put_rom(u32 gpa, u8 units)
{
	struct vmi_header *header = header_at(gpa);
	u8 *rom = (u8 *)header;
	struct vmi_pci pci = {
		.signature = VMI_PCI_SIGNATURE, .vendor = VMI_PCI_VENDOR, .device = VMI_PCI_DEVICE,
		.length = sizeof(pci), .major = 1, .minor = 7, .indicator = 0x80,
	};
	struct vmi_pnp pnp = {
		.signature = VMI_PNP_SIGNATURE, .revision = 1, .length = 2,
		.maker = MAKER_AT, .product = PRODUCT_AT,
	};

	memset(rom, 0, units * VMI_ROM_UNIT);
	header->rom_signature = VMI_ROM_SIGNATURE;
	header->length = units;
	header->signature = VMI_SIGNATURE;
	header->major = VMI_API_MAJOR;
	header->virtual_top = 0xfc000000;
	header->licence = LICENCE_AT;
	header->pci = PCI_AT;
	header->pnp = PNP_AT;
	memcpy(rom + PCI_AT, &pci, sizeof(pci));
	memcpy(rom + PNP_AT, &pnp, sizeof(pnp));
	strcpy((char *)rom + LICENCE_AT, "GPL v2");
	strcpy((char *)rom + MAKER_AT, "a maker");
	strcpy((char *)rom + PRODUCT_AT, "a product");
	sum_rom(gpa);
}

static inline bool find(struct vmi_rom *rom)
{
	memory_set(window, WINDOW, VMI_ROM_FIRST);
	return vmi_rom_find(rom);
}

#endif /* TESTS_VMI_ROM_H */
