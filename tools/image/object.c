// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Object files: sections are put one behind the other as a linker would, symbols that the file does
 * not define get addresses of their own behind them, and relocations are done with these.
 */
#include <stdlib.h>
#include <string.h>
#include "object.h"

#define BASE		0x40000000ULL	/* fits 31 bits, and few constants look like it */
#define MOST		0x30000000ULL
#define APART		16		/* from one undefined symbol to the next */
#define TABLE_ROOM	(8 * 65536)	/* of a table of ops that is elsewhere */

/* The table of ops needs more room than other undefined symbols. */
static void find_table(struct image *image, Elf_Scn *section, const GElf_Shdr *row)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;

	for (u32 i = 1; data && gelf_getsym(data, (int)i, &symbol); i++) {
		const char *name = elf_strptr(image->elf, row->sh_link, symbol.st_name);

		if (name && !strcmp(name, "pvops_table"))
			image->table_index = i;
	}
}

static bool lay_out(struct image *image, struct image_error *error)
{
	u64 next = BASE;
	Elf_Scn *section = NULL;
	size_t count;

	if (elf_getshdrnum(image->elf, &count))
		return image_fail(error, "no sections: %s", elf_errmsg(-1));
	free(image->placed);
	image->placed = image_alloc(count, sizeof(*image->placed));
	image->nr_placed = (u32)count;
	image->nr_elsewhere = 0;
	image->table_index = 0;
	while ((section = elf_nextscn(image->elf, section))) {
		GElf_Shdr row;

		if (!gelf_getshdr(section, &row))
			return image_fail(error, "a section: %s", elf_errmsg(-1));
		if (row.sh_type == SHT_SYMTAB && row.sh_entsize && !image->nr_elsewhere) {
			if (row.sh_size / row.sh_entsize > MOST / APART)
				return image_fail(error, "too many symbols for an object file");
			image->nr_elsewhere = (u32)(row.sh_size / row.sh_entsize);
			find_table(image, section, &row);
		}
		if (!(row.sh_flags & SHF_ALLOC) || row.sh_flags & SHF_TLS)
			continue;
		if (row.sh_addralign & (row.sh_addralign - 1) || row.sh_addralign > MOST ||
		    row.sh_size > MOST)
			return image_fail(error, "section %zu: sizes make no sense",
					  elf_ndxscn(section));
		if (row.sh_addralign)
			next = (next + row.sh_addralign - 1) & ~(row.sh_addralign - 1);
		image->placed[elf_ndxscn(section)] = next;
		next += row.sh_size;
		if (next > BASE + MOST)
			break;
	}
	image->elsewhere = (next + APART - 1) & ~(u64)(APART - 1);
	return next <= BASE + MOST || image_fail(error, "too large for an object file");
}

struct image_area object_elsewhere(const struct image *image)
{
	return (struct image_area) {
		.name = OBJECT_ELSEWHERE, .addr = image->elsewhere,
		.size = (u64)image->nr_elsewhere * APART + TABLE_ROOM,
	};
}

u64 object_place(const struct image *image, const GElf_Sym *symbol, size_t index)
{
	if (symbol->st_shndx == SHN_ABS)
		return symbol->st_value;
	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= image->nr_placed) {
		if (index == image->table_index)
			index = image->nr_elsewhere;
		return image->elsewhere + index * APART;
	}
	return image->placed[symbol->st_shndx] + symbol->st_value;
}

/** struct kind - of relocations: how many bytes, and is it a distance from where it stands? */
struct kind {
	u8 size;
	bool relative;
};

static struct kind kind_of(bool wide, u64 type)
{
	static const struct kind kinds[] = {
		[R_X86_64_64] = { 8, false }, [R_X86_64_PC64] = { 8, true },
		[R_X86_64_32] = { 4, false }, [R_X86_64_32S] = { 4, false },
		[R_X86_64_PC32] = { 4, true }, [R_X86_64_PLT32] = { 4, true },
		[R_X86_64_16] = { 2, false }, [R_X86_64_PC16] = { 2, true },
		[R_X86_64_8] = { 1, false }, [R_X86_64_PC8] = { 1, true },
	}, narrow[] = {
		[R_386_32] = { 4, false }, [R_386_PC32] = { 4, true }, [R_386_PLT32] = { 4, true },
		[R_386_16] = { 2, false }, [R_386_PC16] = { 2, true },
		[R_386_8] = { 1, false }, [R_386_PC8] = { 1, true },
	};

	if (wide && type < sizeof(kinds) / sizeof(kinds[0]))
		return kinds[type];
	if (!wide && type < sizeof(narrow) / sizeof(narrow[0]))
		return narrow[type];
	return (struct kind) { };
}

/** struct job - relocations of one section. @base: its address. @bytes: those of the copy. */
struct job {
	struct image *image;
	Elf_Data *symbols;
	u64 base, size;
	u8 *bytes;
};

static void relocate_one(const struct job *job, const GElf_Rela *row, bool addend)
{
	struct kind kind = kind_of(job->image->wide, GELF_R_TYPE(row->r_info));
	size_t index = GELF_R_SYM(row->r_info);
	u64 value = (u64)row->r_addend;
	GElf_Sym symbol;

	if (!GELF_R_TYPE(row->r_info))
		return;
	if (!kind.size || row->r_offset > job->size || kind.size > job->size - row->r_offset ||
	    !gelf_getsym(job->symbols, (int)index, &symbol)) {
		job->image->not_relocated++;
		return;
	}
	for (u32 i = 0; !addend && i < kind.size; i++)
		value |= (u64)job->bytes[row->r_offset + i] << 8 * i;
	value += object_place(job->image, &symbol, index);
	if (kind.relative)
		value -= job->base + row->r_offset;
	for (u32 i = 0; i < kind.size; i++)
		job->bytes[row->r_offset + i] = (u8)(value >> 8 * i);
}

static void relocate_section(struct image *image, Elf_Scn *section, const GElf_Shdr *row, u8 *copy)
{
	Elf_Scn *target = elf_getscn(image->elf, row->sh_info);
	Elf_Scn *symbols = elf_getscn(image->elf, row->sh_link);
	Elf_Data *data = elf_getdata(section, NULL);
	struct job job = { .image = image, .symbols = symbols ? elf_getdata(symbols, NULL) : NULL };
	GElf_Shdr where;

	if (!target || !data || !job.symbols || !gelf_getshdr(target, &where) ||
	    where.sh_type == SHT_NOBITS || where.sh_offset > image->size ||
	    where.sh_size > image->size - where.sh_offset)
		return;
	/* It is the debugging information then, which libdw unpacks itself: as it is. */
	if (where.sh_flags & SHF_COMPRESSED) {
		image->no_lines = true;
		return;
	}
	job.base = image->placed[row->sh_info];
	job.bytes = copy + where.sh_offset;
	job.size = where.sh_size;
	for (int i = 0; row->sh_entsize && (u64)i < row->sh_size / row->sh_entsize; i++) {
		GElf_Rela rela = { };
		GElf_Rel rel;

		if (row->sh_type == SHT_RELA && gelf_getrela(data, i, &rela)) {
			relocate_one(&job, &rela, true);
		} else if (row->sh_type == SHT_REL && gelf_getrel(data, i, &rel)) {
			rela.r_offset = rel.r_offset;
			rela.r_info = rel.r_info;
			relocate_one(&job, &rela, false);
		}
	}
}

bool object_relocate(struct image *image, struct image_error *error)
{
	u8 *copy = image_alloc(image->size, 1);
	Elf_Scn *section = NULL;

	memcpy(copy, image->bytes, image->size);
	if (!lay_out(image, error)) {
		free(copy);
		return false;
	}
	while ((section = elf_nextscn(image->elf, section))) {
		GElf_Shdr row;

		if (gelf_getshdr(section, &row) &&
		    (row.sh_type == SHT_RELA || row.sh_type == SHT_REL))
			relocate_section(image, section, &row, copy);
	}
	/* What is believed of the file from here on is read, and checked, in the copy. */
	elf_end(image->elf);
	image_unmap(image);
	image->bytes = copy;
	image->copied = true;
	image->elf = elf_memory((char *)copy, image->size);
	return image->elf ? lay_out(image, error)
			  : image_fail(error, "not an ELF file: %s", elf_errmsg(-1));
}
