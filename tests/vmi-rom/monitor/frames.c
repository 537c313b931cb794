// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What is known of each frame, and entries as they stand in memory. */
#include "guard.h"

#define PER_PAGE	((u32)(PVOPS_PAGE_SIZE / sizeof(struct mframe)))
#define MAX_FRAMES	(1U << 20)		/* below 4 GiB */
#define CHUNKS		(MAX_FRAMES * 24 / 4096 + 1)
#define BITS_BYTES	(ENTRIES / 8)
#define BITS_WORDS	(ENTRIES / 32)

u32 guard_blame;
bool guard_quiet;
static struct mframe *chunks[CHUNKS];
static u32 ram_frames;
static void *free_bits;

#ifndef PVOPS_HOSTED
/* The BIOS' word on memory above 16 MiB, in units of 64 KiB (QEMU: docs/specs, nvram). */
static u64 guard_ram_end(void)
{
	u32 units;

	port_out8(0x70, 0x34);
	units = port_in8(0x71);
	port_out8(0x70, 0x35);
	return ((u64)(units | (u32)port_in8(0x71) << 8) << 16) + (16 << 20);
}
#endif

void guard_frames_init(void)
{
	u64 frames = guard_ram_end() >> PVOPS_PAGE_SHIFT;

	ram_frames = frames < MAX_FRAMES ? (u32)frames : MAX_FRAMES;
}

struct mframe *guard_frame(u64 frame)
{
	struct mframe **chunk;

	if (frame >= ram_frames || m_is_own_gpa(frame << PVOPS_PAGE_SHIFT))
		return NULL;
	chunk = chunks + (u32)frame / PER_PAGE;
	if (!*chunk)
		*chunk = m_page();
	if (!*chunk)
		m_panic(NULL, "no memory for frame %x", (u32)frame);
	return *chunk + (u32)frame % PER_PAGE;
}

bool guard_is_live(const struct mframe *f)
{
	return f->level == LEVEL_PDP || (f->level && f->refs);
}

bool guard_next(u32 level, u32 *frame)
{
	for (; *frame < ram_frames; ++*frame) {
		const struct mframe *chunk = chunks[*frame / PER_PAGE], *f;

		if (!chunk) {
			*frame += PER_PAGE - *frame % PER_PAGE - 1;
			continue;
		}
		f = chunk + *frame % PER_PAGE;
		if (f->level == level && guard_is_live(f))
			return true;
	}
	return false;
}

u64 guard_read(u32 table, u32 index)
{
	const volatile u64 *entries = m_frame(WIN_WALK, (u64)table << PVOPS_PAGE_SHIFT);

	return entries[index];
}

/* In an order in which the CPU never sees half of it. */
void guard_write(u32 table, u32 index, u64 entry)
{
	u64 *entries = m_frame(WIN_WALK, (u64)table << PVOPS_PAGE_SHIFT);
	volatile u32 *half = (volatile u32 *)(entries + index);

	half[0] = 0;
	half[1] = (u32)(entry >> 32);
	half[0] = (u32)entry;
}

bool guard_walk(u32 cr3, u32 linear, u32 level, struct mplace *place)
{
	u64 next = cr3 >> PVOPS_PAGE_SHIFT;
	bool sealed = false;

	for (u32 at = LEVEL_PDP;; at--) {
		u32 index = linear >> (PVOPS_PAGE_SHIFT + 9 * (at - 1)) & (ENTRIES - 1);

		*place = (struct mplace){ (u32)next, index, at, guard_read((u32)next, index),
					  sealed };
		if (at == level)
			return true;
		if (!(place->entry & PTE_P))
			return false;
		if (at == LEVEL_PD && place->entry & PTE_PS)
			return true;
		next = (place->entry & PVOPS_PTE_FRAME) >> PVOPS_PAGE_SHIFT;
		sealed = at == LEVEL_PD && !(place->entry & PTE_W);
		/* Nothing that the guard lets be linked: it has come before we looked. */
		if (next >> (32 - PVOPS_PAGE_SHIFT))
			return false;
	}
}

u32 *guard_bits(void)
{
	u32 *bits = free_bits;

	if (!bits) {
		u8 *page = m_page();

		if (!page)
			m_panic(NULL, "no memory for a page table");
		for (u32 at = 0; at < PVOPS_PAGE_SIZE; at += BITS_BYTES)
			guard_bits_free((u32 *)(page + at));
		bits = free_bits;
	}
	free_bits = *(void **)bits;
	for (u32 i = 0; i < BITS_WORDS; i++)
		bits[i] = 0;
	return bits;
}

void guard_bits_free(u32 *bits)
{
	*(void **)bits = free_bits;
	free_bits = bits;
}

bool guard_is_taken(const struct mframe *table, u32 index)
{
	return table->taken && table->taken[index / 32] >> index % 32 & 1;
}

void guard_set_taken(struct mframe *table, u32 index, bool taken)
{
	if (taken)
		table->taken[index / 32] |= 1U << index % 32;
	else
		table->taken[index / 32] &= ~(1U << index % 32);
}

void guard_say(const char *what)
{
	if (!guard_quiet)
		m_violation(what, guard_blame);
}

/* All of the TLB, what is global too. */
void guard_flush(void)
{
	u32 cr4 = m_get_cr4();

	if (cr4 & CR4_PGE) {
		m_put_cr4(cr4 & ~CR4_PGE);
		m_put_cr4(cr4);
	} else {
		m_put_cr3(m_get_cr3());
	}
}
