/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A kernel in ring 1 on the machine of vmi_guard.h: its calls, and the tables of its boot. */
#ifndef TESTS_VMI_PAGES_H
#define TESTS_VMI_PAGES_H

#include "vmi_guard.h"

static void call(u64 (*fn)(struct mcpu *cpu, struct mregs *regs), u32 eax, u32 edx, u32 ecx)
{
	regs = (struct mregs){ .eax = eax, .edx = edx, .ecx = ecx, .esp = 0xc0001000,
			       .eip = 0xc0777777, .cs = 9, .eflags = regs.eflags, .vector = 0xf0 };
	m_entered(&cpu, &regs, 0);
	fn(&cpu, &regs);
}

static inline void allocate(u32 frame, u32 flags)
{
	call(call_allocate_page, frame, flags, 0);
}

static inline void release(u32 frame, u32 flags)
{
	call(call_release_page, frame, flags, 0);
}

static inline void set(u32 pointer, u64 val, u32 flags)
{
	args[0] = flags;
	call(call_set_pxe_long, (u32)val, (u32)(val >> 32), pointer);
}

static inline void update(u32 pointer, u32 flags)
{
	call(call_update_pxe_long, pointer, flags, 0);
}

static inline void flush(void)
{
	call(call_flush_tlb, VMI_FLUSH_NON_GLOBAL, 0, 0);
}

static inline void map(u32 slot, u32 va, u32 pages, u32 frame)
{
	args[0] = frame;
	call(call_set_linear_mapping, slot, va, pages);
}

static inline void activate(u32 root)
{
	call(call_set_cr3, (u32)GPA(root), 0, 0);
}

/* What was said since it was last asked. */
static inline void says(const char *what)
{
	char now[sizeof(said)];

	strcpy(now, said);
	said[0] = 0;
	assert_string_equal(now, what);
}

/* A good kernel's boot: what it has is told, and its linear mapping. */
static inline void boot(void)
{
	map(0, BASE, RAM, 0);
	for (u32 i = 0; i < 8; i++)
		allocate(FIRST_PT + i, PT | PAE);
	allocate(LAST_PD, PD | PAE);
	allocate(LOW_PD, PD | PAE);
	allocate(ROOT, PDP | PAE);
	says("");
}

/* A table of the kernel's, linked or not. */
static inline void table(u32 frame, u32 level)
{
	memset(frame_at(frame), 0, 4096);
	allocate(frame, level | PAE | VMI_PAGE_ZEROED);
	says("");
}

static int fresh(void **state)
{
	if (memory < 0) {
		memory = memfd_create("memory", 0);
		if (memory < 0 || ftruncate(memory, (off_t)GPA(RAM + OWN)))
			return -1;
		ram = mmap(NULL, (size_t)GPA(RAM + OWN), PROT_READ | PROT_WRITE, MAP_SHARED,
			   memory, 0);
		windows = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (ram == MAP_FAILED || windows == MAP_FAILED)
			return -1;
	}
	memset(ram, 0, (size_t)GPA(RAM));
	memset(chunks, 0, sizeof(chunks));
	memset(splits, 0, sizeof(splits));
	memset(guard_linear, 0, sizeof(guard_linear));
	memset(tlb, 0, sizeof(tlb));
	free_bits = NULL;
	own_used = 16;
	nr_opened = guard_larges = 0;
	memset(writes, 0, sizeof(writes));
	memset(queues, 0, sizeof(queues));
	said[0] = 0;
	cpu = (struct mcpu){ .cr3 = (u32)GPA(ROOT) };
	regs = (struct mregs){ .eflags = FLAG_IF | FLAG_ONE };
	real_cr3 = cpu.cr3;
	real_cr4 = CR4_PAE;
	*entry_at(ROOT, 0) = GPA(LOW_PD) | P;
	*entry_at(ROOT, 3) = GPA(LAST_PD) | P;
	for (u32 i = 0; i < 8; i++) {
		*entry_at(LAST_PD, i) = GPA(FIRST_PT + i) | P | W;
		*entry_at(LOW_PD, i) = GPA(i * 512) | P | W | PTE_PS;
		*entry_at(LAST_PD, 504 + i) = OWN_GPA + (i << 21 & (GPA(OWN) - 1)) + P + W +
					      (i < 7 ? PTE_PS : 0);
	}
	for (u32 i = 0; i < RAM; i++)
		*entry_at(FIRST_PT + i / 512, i % 512) = GPA(i) | P | W;
	m_pages_init(&cpu);
	return 0;
}

#define TEST(fn)	cmocka_unit_test_setup(fn, fresh)

#endif /* TESTS_VMI_PAGES_H */
