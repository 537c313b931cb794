/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The hypervisor's ROM and its answers, of which nothing is believed unseen. */
#ifndef PVOPS_VMI_ROM_H
#define PVOPS_VMI_ROM_H

#include <pvops/abi/vmi.h>

#define VMI_TEXT	32

/**
 * struct vmi_rom - a ROM that can be used.
 * @gpa: where it lies
 * @size: bytes, all inside the window
 * @virtual_top: the hypervisor's part of the linear addresses begins here; 0: it has none
 * @major: of the API; @minor: the same
 * @rom_major: of the ROM itself; @rom_minor: the same
 * @vendor: PCI's number; @device: the same
 * @licence: what it says of itself, cut and made printable, as @maker and @product; or ""
 */
struct vmi_rom {
	u32 gpa;
	u32 size;
	u32 virtual_top;
	u8 major, minor;
	u8 rom_major, rom_minor;
	u16 vendor, device;
	char licence[VMI_TEXT];
	char maker[VMI_TEXT];
	char product[VMI_TEXT];
};

/**
 * vmi_rom_find() - look for a ROM of VMI in the firmware's window.
 * @rom: filled in, if one is found
 *
 * One line in the log for each ROM that is of VMI and cannot be used. Two that could be are
 * refused both: which of them is the hypervisor's cannot be told. Reads memory by
 * pvops_boot_phys().
 *
 * Return: whether there is exactly one.
 */
bool vmi_rom_find(struct vmi_rom *rom);

/** struct vmi_reloc - a checked answer. @target: linear address, for CALL and JUMP. */
struct vmi_reloc {
	u32 target;
	u8 type;
};

/**
 * vmi_relocs() - ask for every call, twice, and check the answers.
 * @rom: whose
 * @linear: where the ROM is mapped
 * @ask: get_reloc
 * @relocs: the answers, VMI_NR_CALLS of them; all NONE after a refusal
 *
 * One line in the log for the first answer that cannot be. To be called before vmi_init, while
 * a refusal costs nothing.
 *
 * Return: whether all of them can be used.
 */
bool vmi_relocs(const struct vmi_rom *rom, u32 linear, u64 (*ask)(u32 call),
		struct vmi_reloc *relocs);

/**
 * vmi_relocs_moved() - whether a copy answers as the ROM itself did.
 * @rom: whose
 * @was: answers in place; @there: where that was mapped
 * @now: answers of the copy; @here: where that is
 *
 * One line in the log for the first that differs.
 */
bool vmi_relocs_moved(const struct vmi_rom *rom, const struct vmi_reloc *was, u32 there,
		      const struct vmi_reloc *now, u32 here);

/** vmi_call_name() - a call's name, for messages. */
const char *vmi_call_name(u32 call);

#endif /* PVOPS_VMI_ROM_H */
