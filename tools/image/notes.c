// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Notes, by libelf: of segments, or of sections in a file that has no such segment. */
#include <gelf.h>
#include "notes.h"

u64 note_number(const struct note *note)
{
	u64 value = 0;

	for (u32 i = note->len < 8 ? note->len : 8; i--;)
		value = value << 8 | note->desc[i];
	return value;
}

static void see_data(Elf_Data *data, void (*see)(const struct note *note, void *arg), void *arg)
{
	size_t at = 0, name, desc;
	GElf_Nhdr row;

	while (data && at < data->d_size && (at = gelf_getnote(data, at, &row, &name, &desc))) {
		const char *owner = (const char *)data->d_buf + name;
		struct note note = { "", row.n_type, row.n_descsz, (u8 *)data->d_buf + desc };

		if (row.n_namesz && !owner[row.n_namesz - 1])
			note.owner = owner;
		see(&note, arg);
	}
}

void notes_each(const struct image *image, void (*see)(const struct note *note, void *arg),
		void *arg)
{
	Elf_Scn *section = NULL;
	bool segments = false;
	size_t count = 0;
	GElf_Phdr segment;
	GElf_Shdr row;

	elf_getphdrnum(image->elf, &count);
	for (size_t i = 0; i < count; i++) {
		if (!gelf_getphdr(image->elf, (int)i, &segment) || segment.p_type != PT_NOTE)
			continue;
		segments = true;
		see_data(elf_getdata_rawchunk(image->elf, (s64)segment.p_offset, segment.p_filesz,
					      segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR),
			 see, arg);
	}
	while (!segments && (section = elf_nextscn(image->elf, section)))
		if (gelf_getshdr(section, &row) && row.sh_type == SHT_NOTE)
			see_data(elf_getdata(section, NULL), see, arg);
}
