/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The image: linked at 1 MiB physical, in the top 2 GiB (i386: the top GiB); one page-aligned
 * segment a protection.
 */
#include <pvops/pvops.lds.h>

#ifdef __x86_64__
#define VIRT_BASE 0xffffffff80000000
#else
#define VIRT_BASE 0xc0000000
#endif

ENTRY(PVOPS_ENTRY)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
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
		. = ALIGN(4096);
	} :text
	.rodata : AT(ADDR(.rodata) - VIRT_BASE) {
		*(.rodata .rodata.*)
		PVOPS_RODATA
		. = ALIGN(32);
		guest_tests_start = .;
		KEEP(*(SORT_BY_NAME(.guest_tests.*)))
		guest_tests_end = .;
		guest_files_start = .;
		KEEP(*(.guest_files))
		guest_files_end = .;
		guest_extable_start = .;
		KEEP(*(.guest_extable))
		guest_extable_end = .;
	} :rodata
	.notes : AT(ADDR(.notes) - VIRT_BASE) {
		PVOPS_NOTES
		. = ALIGN(4096);
	} :rodata :note
	guest_rodata_end = .;
	.data : AT(ADDR(.data) - VIRT_BASE) {
		PVOPS_TABLE
		*(.data .data.*)
	} :data
	.bss : AT(ADDR(.bss) - VIRT_BASE) {
		*(.bss .bss.*)
		*(COMMON)
		. = ALIGN(4096);
	} :data
	pvops_image_end = .;
	/DISCARD/ : { *(.comment) *(.note.GNU-stack) *(.note.gnu.*) *(.eh_frame) }
}
