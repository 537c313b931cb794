// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Hostile ROMs of VMI: headers, and answers to get_reloc. */
#include "fuzz.h"
#include "vmi_rom.h"

#define LINEAR	0xc0000000U

static u32 linear;
static u64 answers[VMI_NR_CALLS];
static bool asked[VMI_NR_CALLS];

static u64 ask(u32 call)
{
	check(call < VMI_NR_CALLS);
	/* Mostly what was said before, or all would be refused for this alone. */
	if (asked[call] && byte() % 32 != 1)
		return answers[call];
	asked[call] = true;
	/* Mostly calls to somewhere near, now and then behind the end. */
	if (byte() % 32 != 1)
		answers[call] = 1ULL << 32 | (linear + (u32)(byte() << 3));
	else
		fill(answers + call, sizeof(*answers));
	return answers[call];
}

static void terminated(const char text[VMI_TEXT])
{
	for (u32 i = 0; i < VMI_TEXT; i++) {
		if (!text[i])
			return;
		check(text[i] >= ' ' && text[i] < 0x7f);
	}
	check(!"terminated");
}

static void used(const struct vmi_rom *rom)
{
	struct vmi_reloc relocs[VMI_NR_CALLS];

	check(rom->gpa >= VMI_ROM_FIRST && rom->gpa < VMI_ROM_LAST && !(rom->gpa % VMI_ROM_STEP));
	check(rom->size && rom->size <= VMI_ROM_LAST - rom->gpa);
	check(rom->major == VMI_API_MAJOR);
	terminated(rom->licence);
	terminated(rom->maker);
	terminated(rom->product);
	linear = LINEAR + rom->gpa;
	memset(asked, 0, sizeof(asked));
	if (!vmi_relocs(rom, linear, ask, relocs))
		return;
	for (u32 call = 0; call < VMI_NR_CALLS; call++) {
		check(relocs[call].type <= VMI_RELOC_NOP);
		if (relocs[call].type == VMI_RELOC_CALL || relocs[call].type == VMI_RELOC_JUMP)
			check(relocs[call].target - linear < rom->size ||
			      (rom->virtual_top && relocs[call].target >= rom->virtual_top));
	}
}

/* A good ROM with some bytes changed, the sum made right again or not; or any bytes. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct vmi_rom rom;

	input(data, size);
	memset(window, 0, sizeof(window));
	logged[0] = 0;
	for (u32 roms = byte() % 3; roms < 3; roms++) {
		u32 gpa = VMI_ROM_FIRST + byte() % 64U * VMI_ROM_STEP;
		u32 len = (u8)(byte() % 8 + 1);

		if (gpa + len * VMI_ROM_UNIT > VMI_ROM_LAST)
			len = 4;
		put_rom(gpa, (u8)len);
		for (u32 n = byte() % 8; n; n--)
			window[gpa - VMI_ROM_FIRST + word() % (len * VMI_ROM_UNIT)] = byte();
		if (header_at(gpa)->length * VMI_ROM_UNIT <= VMI_ROM_LAST - gpa &&
		    header_at(gpa)->length && byte() % 4)
			sum_rom(gpa);
	}
	fill(window + word(), left > 256 ? 256 : left / 2);
	if (find(&rom))
		used(&rom);
	return 0;
}
