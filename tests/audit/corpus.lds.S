/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* An image as a kernel links it, with the library's fragment and a table of ops. */
#include <pvops/pvops.lds.h>

ENTRY(start)

SECTIONS
{
	PVOPS_SYMBOLS
	. = 0x100000;
	.text : {
		pvops_text_start = .;
		*(.text)
		pvops_text_end = .;
	}
	.exit.text : { *(.exit.text) }
	.head.text : { *(.head.text) }
	. = ALIGN(4096);
	.rodata : {
		*(.rodata)
		PVOPS_RODATA
	}
	.notes : { PVOPS_NOTES }
	. = ALIGN(4096);
	.data : { *(.data) *(.bss) }
	/DISCARD/ : { *(.note.gnu.*) *(.comment) }
}
