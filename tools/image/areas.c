// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The ELF header, what is loaded by segments, and what is where by sections. */
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include "object.h"

static const u8 *file_part(const struct image *image, u64 offset, u64 size)
{
	if (offset > image->size || size > image->size - offset)
		return NULL;
	return image->bytes + offset;
}

static bool read_segments(struct image *image, size_t count, struct image_error *error)
{
	image->segments = image_alloc(count, sizeof(*image->segments));
	for (size_t i = 0; i < count; i++) {
		struct image_segment *segment = image->segments + image->nr_segments;
		GElf_Phdr row;

		if (!gelf_getphdr(image->elf, (int)i, &row))
			return image_fail(error, "segment %zu: %s", i, elf_errmsg(-1));
		if (row.p_type != PT_LOAD || !row.p_memsz)
			continue;
		if (row.p_memsz > ~0ULL - row.p_vaddr || row.p_filesz > row.p_memsz)
			return image_fail(error, "segment %zu: sizes make no sense", i);
		*segment = (struct image_segment) {
			.addr = row.p_vaddr, .phys = row.p_paddr,
			.size = row.p_memsz, .file_size = row.p_filesz,
			.data = file_part(image, row.p_offset, row.p_filesz),
			.exec = row.p_flags & PF_X, .write = row.p_flags & PF_W,
		};
		if (!segment->data)
			return image_fail(error, "segment %zu ends behind the file", i);
		image->nr_segments++;
	}
	return true;
}

static void add_area(struct image *image, const struct image_area *area)
{
	image->areas = image_grow(image->areas, image->nr_areas, sizeof(*image->areas));
	image->areas[image->nr_areas++] = *area;
}

static bool read_sections(struct image *image, size_t names, struct image_error *error)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(image->elf, section))) {
		struct image_area area = { .name = "" };
		GElf_Shdr row;

		if (!gelf_getshdr(section, &row))
			return image_fail(error, "a section: %s", elf_errmsg(-1));
		if (!(row.sh_flags & SHF_ALLOC) || row.sh_flags & SHF_TLS || !row.sh_size)
			continue;
		area.name = elf_strptr(image->elf, names, row.sh_name);
		if (!area.name)
			return image_fail(error, "section %zu has no name", elf_ndxscn(section));
		area.addr = image->object ? image->placed[elf_ndxscn(section)] : row.sh_addr;
		if (row.sh_size > ~0ULL - area.addr)
			return image_fail(error, "section %s: sizes make no sense", area.name);
		area.size = row.sh_size;
		area.exec = row.sh_flags & SHF_EXECINSTR;
		area.write = row.sh_flags & SHF_WRITE;
		if (row.sh_type != SHT_NOBITS) {
			area.data = file_part(image, row.sh_offset, row.sh_size);
			if (!area.data)
				return image_fail(error, "section %s ends behind the file",
						  area.name);
		}
		add_area(image, &area);
	}
	return true;
}

/* Without sections a segment is all that is known: the part of it that is in the file, the rest. */
static void areas_of_segments(struct image *image)
{
	for (u32 i = 0; i < image->nr_segments; i++) {
		const struct image_segment *segment = image->segments + i;
		struct image_area area = {
			.name = "", .addr = segment->addr, .size = segment->file_size,
			.data = segment->data, .exec = segment->exec, .write = segment->write,
		};

		if (area.size)
			add_area(image, &area);
		area.addr += segment->file_size;
		area.size = segment->size - segment->file_size;
		area.data = NULL;
		if (area.size)
			add_area(image, &area);
	}
}

static int by_address(const void *left, const void *right)
{
	const struct image_area *a = left, *b = right;

	return a->addr < b->addr ? -1 : a->addr > b->addr;
}

static bool check_overlap(const struct image *image, struct image_error *error)
{
	for (u32 i = 1; i < image->nr_areas; i++) {
		const struct image_area *area = image->areas + i;

		if (area->addr - area[-1].addr < area[-1].size)
			return image_fail(error, "%s and %s overlap at 0x%llx",
					  area[-1].name[0] ? area[-1].name : "a segment",
					  area->name[0] ? area->name : "a segment", area->addr);
	}
	return true;
}

bool image_read_areas(struct image *image, bool objects, struct image_error *error)
{
	struct image_area elsewhere;
	size_t segments, names;
	GElf_Ehdr header;

	if (memcmp(image->bytes, ELFMAG, SELFMAG))
		return image_fail(error, "not an ELF file");
	elf_version(EV_CURRENT);
	image->elf = elf_memory((char *)image->bytes, image->size);
	if (!image->elf || elf_kind(image->elf) != ELF_K_ELF || !gelf_getehdr(image->elf, &header))
		return image_fail(error, "not an ELF file: %s", elf_errmsg(-1));
	image->wide = header.e_ident[EI_CLASS] == ELFCLASS64;
	if (header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    header.e_machine != (image->wide ? EM_X86_64 : EM_386))
		return image_fail(error, "not of x86-64 or i386");
	image->object = objects && header.e_type == ET_REL;
	if (header.e_type != ET_EXEC && header.e_type != ET_DYN && !image->object)
		return image_fail(error, header.e_type == ET_REL
				  ? "not linked: an object file has no addresses yet"
				  : "neither linked nor an object file");
	if (image->object && !object_relocate(image, error))
		return false;
	image->entry = header.e_entry;
	if (elf_getphdrnum(image->elf, &segments) || segments > 65535)
		return image_fail(error, "no segments: %s", elf_errmsg(-1));
	if (!read_segments(image, segments, error))
		return false;
	if (!elf_getshdrstrndx(image->elf, &names) && names && !read_sections(image, names, error))
		return false;
	if (!image->nr_areas && !image->object)
		areas_of_segments(image);
	if (!image->nr_areas)
		return image_fail(error, "nothing in it is loaded");
	if (image->object) {
		elsewhere = object_elsewhere(image);
		add_area(image, &elsewhere);
	}
	qsort(image->areas, image->nr_areas, sizeof(*image->areas), by_address);
	return check_overlap(image, error);
}
