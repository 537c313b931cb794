/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Linker fragment: lines for a kernel's own linker script, which is run through the C
 * preprocessor. PVOPS_RODATA goes into its read-only data, PVOPS_TABLE into its data (page
 * aligned by itself, for pvops_seal()), PVOPS_NOTES into a PT_NOTE segment within the first
 * loaded pages, PVOPS_MULTIBOOT2 within the first 32 KiB of the file, PVOPS_SYMBOLS anywhere
 * outside a section. On i386 PVOPS_MULTIBOOT belongs into the first 8 KiB of the file, and
 * PVOPS_ENTRY has to be the ELF file's entry, for multiboot has no other. The script also
 * defines pvops_image_start and pvops_image_end (what is loaded, page aligned) and
 * pvops_text_start and pvops_text_end (what may be patched).
 */
#define PVOPS_RODATA							\
	. = ALIGN(8);							\
	pvops_sites_start = .;						\
	KEEP(*(.pvops_sites))						\
	pvops_sites_end = .;						\
	. = ALIGN(8);							\
	pvops_backends_start = .;					\
	KEEP(*(.pvops_backends))					\
	pvops_backends_end = .;						\
	. = ALIGN(8);							\
	pvops_extable_start = .;					\
	KEEP(*(.pvops_extable))						\
	pvops_extable_end = .;						\
	pvops_native_start = .;						\
	KEEP(*(.pvops_native))						\
	pvops_native_end = .;

#define PVOPS_TABLE							\
	. = ALIGN(4096);						\
	pvops_table_start = .;						\
	*(.data.pvops_sealed)						\
	. = ALIGN(4096);						\
	pvops_table_end = .;

#define PVOPS_MULTIBOOT KEEP(*(.multiboot))
#define PVOPS_MULTIBOOT2 KEEP(*(.multiboot2))

#define PVOPS_NOTES KEEP(*(.note.Xen)) KEEP(*(.note.pvops))

#ifdef __x86_64__
#define PVOPS_ENTRY pvops_entry_pvh
#else
#define PVOPS_ENTRY pvops_entry_mb1
#endif

/* The per-CPU block lies at the base of GS unless the kernel says otherwise. */
#define PVOPS_SYMBOLS PROVIDE(pvops_percpu = 0);
