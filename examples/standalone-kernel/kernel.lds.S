/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#define __ASSEMBLY__
#include <pvops/boot.h>
#include <pvops/pvops.lds.h>

#define VIRT_BASE PVOPS_VIRT_BASE

ENTRY(PVOPS_ENTRY)

PHDRS
{
	all PT_LOAD FLAGS(7);
	note PT_NOTE FLAGS(4);
}

SECTIONS
{
	PVOPS_SYMBOLS
	. = VIRT_BASE + 0x100000;
	pvops_image_start = .;
	.text : AT(ADDR(.text) - VIRT_BASE) {
		PVOPS_MULTIBOOT
		PVOPS_MULTIBOOT2
		pvops_text_start = .;
		*(.text .text.*)
		pvops_text_end = .;
	} :all
	.rodata : AT(ADDR(.rodata) - VIRT_BASE) {
		*(.rodata .rodata.*)
		PVOPS_RODATA
	} :all
	.notes : AT(ADDR(.notes) - VIRT_BASE) {
		PVOPS_NOTES
	} :all :note
	.data : AT(ADDR(.data) - VIRT_BASE) {
		PVOPS_TABLE
		*(.data .data.*)
	} :all
	.bss : AT(ADDR(.bss) - VIRT_BASE) {
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
	} :all
	pvops_image_end = .;
	/DISCARD/ : { *(.comment) *(.note.GNU-stack) *(.note.gnu.*) *(.eh_frame) }
}
