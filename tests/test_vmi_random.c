// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * VMI's strict mode against a kernel that does anything: after each step what the guard counts is
 * what there is, and nothing that the CPU can reach lets the kernel write to a table, or see the
 * monitor's memory.
 */
#define MANY_STEPS
#include "vmi_pages.h"

#define STEPS		20000U
#define SEEDS		6U
#define TABLES		24U			/* frames that are tables at times */
#define FRAMES		(TABLES + 8U)

static u32 seed;
static u32 refs[RAM], writables[RAM], larges;

static u32 pick(u32 below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

static void reachable(u32 table, u32 level, bool last);

static void page_entry(u32 table, u32 index, u64 entry)
{
	u64 frame = (entry & PVOPS_PTE_FRAME) >> 12;
	struct mframe *f = guard_frame(frame);
	bool taken = guard_is_taken(guard_frame(table), index);

	assert_false(m_is_own_gpa(frame << 12));
	if (!f)
		return;
	assert_false(taken && (entry & W || !f->level));
	writables[frame] += taken || entry & W;
	if (f->level)
		assert_false(entry & W);
}

static void large_entry(u32 table, u32 index, u64 entry)
{
	struct msplit *split = guard_split_at(table, index);
	u64 meant = split ? split->entry : entry, first = first_of(meant);

	larges++;
	assert_true(meant & PTE_PS);
	for (u32 i = 0; i < 512; i++) {
		struct mframe *f = guard_frame(first + i);
		u64 small = split ? split->page[i] : meant;

		assert_false(m_is_own_gpa(GPA(first + i)));
		assert_false(f && f->level && small & W);
		if (split)
			assert_int_equal(!!(small & W), !!(meant & W) && !(f && f->level));
	}
}

static void reachable(u32 table, u32 level, bool last)
{
	struct mframe *f = guard_frame(table);

	assert_int_equal(f->level, level);
	assert_int_equal(!!(f->flags & UNDER_LAST), last);
	for (u32 i = 0; i < (level == 3 ? 4U : 512U); i++) {
		u64 entry = *entry_at(table, i);
		u32 below = (u32)((entry & PVOPS_PTE_FRAME) >> 12);

		if (last && i >= M_PD_FIRST)
			assert_int_equal(entry, guard_hole[i - M_PD_FIRST]);
		else if (!(entry & P))
			continue;
		else if (level == 1)
			page_entry(table, i, entry);
		else if (level == 2 && (entry & PTE_PS || guard_split_at(table, i)))
			large_entry(table, i, entry);
		else if (below >= RAM)
			die("%x[%u] links %llx", table, i, entry);
		else if (!refs[below]++)
			reachable(below, level - 1, level == 3 && i == 3);
	}
}

static void as_it_is(void)
{
	memset(refs, 0, sizeof(refs));
	memset(writables, 0, sizeof(writables));
	larges = 0;
	for (u32 frame = 0; frame < RAM; frame++)
		if (guard_frame(frame)->level == LEVEL_PDP)
			reachable(frame, LEVEL_PDP, false);
	assert_int_equal(cpu.cr3 >> 12, real_cr3 >> 12);
	refs[cpu.cr3 >> 12]++;
	assert_int_equal(larges, guard_larges);
	for (u32 frame = 0; frame < RAM; frame++) {
		const struct mframe *f = guard_frame(frame);

		assert_int_equal(f->refs, refs[frame]);
		assert_int_equal(f->writable, writables[frame]);
		assert_int_equal(!!f->taken, f->level == LEVEL_PT && f->refs);
		/* What is found in use only stays noted while it is. */
		if (f->level && !(f->flags & NOTED_BY_CALL))
			assert_true(f->refs);
	}
	assert_true(*entry_at(cpu.cr3 >> 12, 3) & P);
}

static u32 some_frame(void)
{
	static const u32 odd[] = { LAST_PD, LOW_PD, FIRST_PT, ROOT, RAM, 0xfd000, 0 };

	return pick(10) ? FREE + pick(FRAMES) : odd[pick(7)];
}

static u64 some_entry(void)
{
	static const u64 flags[] = { P, P | W, P | W | 4, P | W | PTE_PS, P | PTE_PS, 0,
				     P | W | 4 | PTE_AD, PVOPS_PTE_NX | P | W };

	return GPA(some_frame()) | flags[pick(8)];
}

static u32 some_index(void)
{
	static const u32 index[] = { 0, 1, 2, 3, 3, 5, 7, 503, 504, 511 };

	return index[pick(10)];
}

static void step(void)
{
	static const u32 levels[] = { PT, PD, PDP, PT, PD, PT | PD };
	u32 frame = FREE + pick(TABLES), pointer = ENTRY(frame, some_index()), level;
	struct mframe *f = guard_frame(frame);

	if (!pick(20))
		pointer = ENTRY(ROOT, pick(3));
	/* Mostly as it should be. */
	level = f->level && pick(8) ? 1U << (f->level - 1) : levels[pick(6)];
	switch (pick(12)) {
	case 0:
	case 1:
		allocate(frame, level | PAE | (pick(4) ? 0 : VMI_PAGE_ZEROED));
		break;
	case 2:
		release(frame, level | PAE);
		break;
	case 3:
		flush();
		break;
	case 4:
		activate(pick(3) ? frame : ROOT);
		break;
	case 5:
		store64(pointer + pick(8) * !pick(4), some_entry());
		update(pointer, level);
		break;
	case 6:
		store64(pointer, some_entry());
		break;
	case 7:
		/* A root that can be one. */
		if (!f->level)
			store64(ENTRY(frame, 3), GPA(LAST_PD) | P);
		break;
	default:
		set(pointer, some_entry(), level | (pick(4) ? 0 : VMI_PAGE_DEFER));
	}
	said[0] = 0;
}

static void anything(void **state)
{
	u32 tables = 0, roots = 0;

	for (u32 i = 0; i < SEEDS; i++) {
		assert_int_equal(fresh(NULL), 0);
		boot();
		seed = i * 77 + 1;
		for (u32 n = 0; n < STEPS; n++) {
			step();
			if (n % 64 < 2)
				as_it_is();
			for (u32 frame = FREE; frame < FREE + TABLES; frame++)
				tables += guard_frame(frame)->refs != 0;
			roots += cpu.cr3 >> 12 != ROOT;
		}
	}
	/* It went somewhere. */
	printf("%u, %u of %u\n", tables, roots, SEEDS * STEPS);
	assert_true(tables > SEEDS * STEPS);
	assert_true(roots > SEEDS * STEPS / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(anything) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
