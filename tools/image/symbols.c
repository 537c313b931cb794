// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The symbol table, by address and by name. */
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include "object.h"

static int by_address(const void *left, const void *right)
{
	const struct image_symbol *a = left, *b = right;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if (a->kind != b->kind)
		return (int)a->kind - (int)b->kind;
	if (a->global != b->global)
		return b->global - a->global;
	return strcmp(a->name, b->name);
}

static int by_name(const void *left, const void *right)
{
	const struct image_symbol *a = *(const void *const *)left, *b = *(const void *const *)right;
	int order = strcmp(a->name, b->name);

	return order ? order : b->global - a->global;
}

static void add_symbol(struct image *image, const char *name, const GElf_Sym *row, size_t index)
{
	static const enum image_symbol_kind kinds[] = {
		[STT_NOTYPE] = IMAGE_LABEL, [STT_OBJECT] = IMAGE_OBJECT, [STT_FUNC] = IMAGE_FUNC,
	};
	u8 type = GELF_ST_TYPE(row->st_info);

	if (type == STT_GNU_IFUNC)
		type = STT_FUNC;
	/* What objtool, compilers and assemblers make up for their own use begins with a dot. */
	if (type > STT_FUNC || (row->st_shndx == SHN_UNDEF && !image->object) || !name[0] ||
	    name[0] == '.')
		return;
	image->symbols = image_grow(image->symbols, image->nr_symbols, sizeof(*image->symbols));
	image->symbols[image->nr_symbols++] = (struct image_symbol) {
		.name = name, .size = row->st_size, .kind = kinds[type],
		.global = GELF_ST_BIND(row->st_info) != STB_LOCAL,
		.addr = image->object ? object_place(image, row, index) : row->st_value,
	};
}

static bool read_table(struct image *image, Elf_Scn *section, const GElf_Shdr *table,
		       struct image_error *error)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = table->sh_entsize ? table->sh_size / table->sh_entsize : 0;

	if (!data)
		return image_fail(error, "symbols: %s", elf_errmsg(-1));
	for (size_t i = 1; i < count; i++) {
		const char *name;
		GElf_Sym row;

		if (!gelf_getsym(data, (int)i, &row))
			return image_fail(error, "symbol %zu: %s", i, elf_errmsg(-1));
		name = elf_strptr(image->elf, table->sh_link, row.st_name);
		if (!name)
			return image_fail(error, "symbol %zu has no name", i);
		add_symbol(image, name, &row, i);
	}
	return true;
}

static bool read_tables(struct image *image, u32 type, struct image_error *error)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(image->elf, section))) {
		GElf_Shdr row;

		if (gelf_getshdr(section, &row) && row.sh_type == type &&
		    !read_table(image, section, &row, error))
			return false;
	}
	return true;
}

bool image_read_symbols(struct image *image, struct image_error *error)
{
	/* What a dynamic linker needs stays when the rest is stripped. */
	if (!read_tables(image, SHT_SYMTAB, error) ||
	    (!image->nr_symbols && !read_tables(image, SHT_DYNSYM, error)))
		return false;
	if (!image->nr_symbols)
		return true;
	qsort(image->symbols, image->nr_symbols, sizeof(*image->symbols), by_address);
	image->by_name = image_alloc(image->nr_symbols, sizeof(*image->by_name));
	for (u32 i = 0; i < image->nr_symbols; i++)
		image->by_name[i] = image->symbols + i;
	qsort(image->by_name, image->nr_symbols, sizeof(*image->by_name), by_name);
	return true;
}

const struct image_symbol *image_symbol(const struct image *image, const char *name)
{
	u32 low = 0, high = image->nr_symbols;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (strcmp(image->by_name[mid]->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == image->nr_symbols || strcmp(image->by_name[low]->name, name))
		return NULL;
	return image->by_name[low];
}

/* How many symbols are at or below an address. */
static u32 symbols_to(const struct image *image, u64 addr)
{
	if (!image->nr_symbols)
		return 0;
	return image_before(&image->symbols->addr, image->nr_symbols, sizeof(*image->symbols),
			    addr);
}

const struct image_symbol *image_symbol_below(const struct image *image, u64 addr)
{
	const struct image_area *area = image_area_at(image, addr);
	u32 i = symbols_to(image, addr);

	if (!area || !i || image->symbols[i - 1].addr < area->addr)
		return NULL;
	/* The best one of that address comes first. */
	while (--i && image->symbols[i - 1].addr == image->symbols[i].addr)
		;
	return image->symbols + i;
}

/* A symbol within a function, as assembly has them, does not end it: look back for a size. */
#define LOOK_BACK	256

const struct image_symbol *image_function(const struct image *image, u64 addr)
{
	const struct image_area *area = image_area_at(image, addr);
	const struct image_symbol *label = NULL;
	bool ended = false;	/* something with a size lies between */
	u32 i = symbols_to(image, addr);

	for (u32 n = 0; area && i-- && n < LOOK_BACK; n++) {
		const struct image_symbol *symbol = image->symbols + i;

		if (symbol->addr < area->addr)
			break;
		if (symbol->size && addr - symbol->addr < symbol->size)
			return symbol->kind == IMAGE_OBJECT ? NULL : symbol;
		if (symbol->size)
			ended = true;
		else if (symbol->kind != IMAGE_OBJECT && !ended &&
			 (!label || label->addr == symbol->addr))
			label = symbol;
	}
	return label;
}

const struct image_symbol *image_object(const struct image *image, u64 addr)
{
	u32 i = symbols_to(image, addr);

	for (u32 n = 0; i-- && n < LOOK_BACK; n++) {
		const struct image_symbol *symbol = image->symbols + i;

		if (symbol->kind == IMAGE_OBJECT && addr - symbol->addr < symbol->size)
			return symbol;
		if (symbol->size && symbol->addr != addr)
			break;
	}
	return NULL;
}

const char *image_where(const struct image *image, u64 addr, char *text, size_t size)
{
	const struct image_symbol *symbol = image_function(image, addr);

	if (!symbol)
		symbol = image_symbol_below(image, addr);
	if (!symbol)
		image_place(image, addr, text, size);
	else if (addr == symbol->addr)
		snprintf(text, size, "%s", symbol->name);
	else
		snprintf(text, size, "%s+0x%llx", symbol->name, addr - symbol->addr);
	return text;
}
