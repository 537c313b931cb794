/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A kernel image as tools see it: an ELF file's areas, symbols, ops and sites, and its
 * instructions. Nothing in the file is believed before it is checked; reading never fails behind
 * image_open() but by an answer that says so.
 */
#ifndef TOOLS_IMAGE_H
#define TOOLS_IMAGE_H

#include <stdio.h>
#include <pvops/patch.h>
#include <pvops/types.h>

/**
 * struct image_area - a run of addresses: a section that is loaded, or a segment of a file without
 * sections.
 * @name: "" for a segment
 * @data: its bytes in the file, NULL if it has none there
 */
struct image_area {
	const char *name;
	u64 addr, size;
	const u8 *data;
	bool exec, write;
};

/** enum image_symbol_kind - what a symbol says of itself. */
enum image_symbol_kind {
	IMAGE_FUNC,
	IMAGE_OBJECT,
	IMAGE_LABEL,
};

/** struct image_symbol - one that is defined, in an area or absolute. */
struct image_symbol {
	const char *name;
	u64 addr, size;
	enum image_symbol_kind kind;
	bool global;
};

/** struct image_segment - what is loaded. @phys: where, to who enters without paging. */
struct image_segment {
	u64 addr, phys, size, file_size;
	const u8 *data;
	bool exec, write;
};

/** struct image_site - a record of .pvops_sites. @record: where it is; @addr may lie anywhere. */
struct image_site {
	u64 addr, record;
	u32 op;
	u8 len, kind;
};

/**
 * struct image - an open one.
 * @path: as it was given
 * @bytes: the file; @size of them
 * @wide: ELF64, else ELF32
 * @entry: the ELF header's
 * @areas: by address, none overlaps another
 * @segments: in the file's order
 * @symbols: by address; at one address functions first, then global ones
 * @by_name: the same by name
 * @ops: by number; rooms that are not known are 0; those of this source tree, unless the image
 *	says that its list is another
 * @table: address of pvops_table, 0 if there is none
 * @sites: by address
 * @record_bytes: of all records
 */
struct image {
	const char *path;
	const u8 *bytes;
	size_t size;
	void *elf;
	bool wide;
	u64 entry;
	struct image_area *areas;
	u32 nr_areas;
	struct image_segment *segments;
	u32 nr_segments;
	struct image_symbol *symbols;
	const struct image_symbol **by_name;
	u32 nr_symbols;
	struct pvops_op_row *ops;
	u32 nr_ops;
	u64 table;
	struct image_site *sites;
	u32 nr_sites;
	u64 record_bytes;
};

/** struct image_error - why it is not to be. One line without the file's name. */
struct image_error {
	char text[200];
};

/* What image_open() may be told. */
struct image_options {
	bool no_symbols;	/* as if it had been stripped */
};

/**
 * image_open() - read an ELF file of x86-64 or i386.
 * @path: kept
 * @options: NULL for none
 * @error: set if it fails
 *
 * Return: for image_close(), or NULL.
 */
struct image *image_open(const char *path, const struct image_options *options,
			 struct image_error *error);
void image_close(struct image *image);

/** image_area_at() - the area an address is in, or NULL. */
const struct image_area *image_area_at(const struct image *image, u64 addr);

/** image_area_named() - the first area of this name, or NULL. */
const struct image_area *image_area_named(const struct image *image, const char *name);

/** image_at() - @len bytes at an address; NULL unless all are in one area's part of the file. */
const u8 *image_at(const struct image *image, u64 addr, u64 len);

/** image_word() - a little-endian number of 1 to 8 bytes at an address; false if not there. */
bool image_word(const struct image *image, u64 addr, u32 len, u64 *value);

/** image_pointer() - a number of the image's width. */
bool image_pointer(const struct image *image, u64 addr, u64 *value);

/** image_text() - a terminated text at an address, or NULL. */
const char *image_text(const struct image *image, u64 addr);

/** image_virtual() - the address that a physical one has in the image; false if none. */
bool image_virtual(const struct image *image, u64 phys, u64 *addr);

/** image_symbol() - a symbol by its name, a global one if there is; or NULL. */
const struct image_symbol *image_symbol(const struct image *image, const char *name);

/** image_symbol_below() - the last symbol at or below an address that its area has, or NULL. */
const struct image_symbol *image_symbol_below(const struct image *image, u64 addr);

/**
 * image_function() - the function an address is in, or NULL: by size where there is one, else the
 * label before it in its area. Objects are none.
 */
const struct image_symbol *image_function(const struct image *image, u64 addr);

/** image_object() - the object whose bytes an address is in, or NULL. */
const struct image_symbol *image_object(const struct image *image, u64 addr);

/** image_where() - "name+0x12" or "0x..."; returns @text. */
const char *image_where(const struct image *image, u64 addr, char *text, size_t size);

/** image_op_name() - "irq.disable", or "op 123", made in @text, for one that is not known. */
const char *image_op_name(const struct image *image, u32 op, char *text, size_t size);

/* ---- of the files of this folder: what image_open() does in turn; false after an error ---- */

bool image_read_areas(struct image *image, struct image_error *error);
bool image_read_symbols(struct image *image, struct image_error *error);
void image_read_ops(struct image *image);
bool image_read_sites(struct image *image, struct image_error *error);
/* Sets the text; always false. */
bool image_fail(struct image_error *error, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Room for more elements, or an end with a message: a tool cannot go on without memory. */
void *image_alloc(size_t count, size_t size);
/* As realloc() to twice as many whenever @count is a power of two from 16 on. */
void *image_grow(void *list, size_t count, size_t size);

#endif /* TOOLS_IMAGE_H */
