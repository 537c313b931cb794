// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Entries of page tables: five ops at four levels, on live trees and on ones that are not. */
#include "scratch.h"

#define SOFT_BIT	9		/* of those that hardware and hypervisor leave alone */

/* An entry that leads to page b in place of a; at level 1 the page itself. */
static pvops_pte_t other_entry(struct scratch *s, unsigned int level, void *pages[3])
{
	if (level == 1)
		return page_entry(s->b, SCRATCH_FLAGS);
	return scratch_link(level, scratch_other_table(s, level, pages));
}

static void free_other(unsigned int level, void *pages[3])
{
	if (level > 1)
		scratch_free_other(level, pages);
}

static void test_set(unsigned int level)
{
	struct scratch s;
	void *pages[3];
	pvops_pte_t old, other;

	ASSERT(scratch_enter(&s));
	EXPECT(scratch_read() == MARK_A);
	old = *s.entry[level];
	other = other_entry(&s, level, pages);
	entry_set(level, s.entry[level], other);
	pvops_mmu_flush_local();
	EXPECT(scratch_read() == MARK_B);
	EXPECT(pte_page(*s.entry[level]) == pte_page(other));
	entry_set(level, s.entry[level], old);
	pvops_mmu_flush_local();
	EXPECT(scratch_read() == MARK_A);
	free_other(level, pages);
	scratch_drop(&s);
}

static void test_clear(unsigned int level)
{
	struct scratch s;
	pvops_pte_t old;

	ASSERT(scratch_enter(&s));
	EXPECT(scratch_read() == MARK_A);
	old = *s.entry[level];
	entry_clear(level, s.entry[level]);
	pvops_mmu_flush_local();
	EXPECT(!pte_present(*s.entry[level]));
	EXPECT(faults(util_read, (void *)SCRATCH_VA, VECTOR_PF));
	entry_set(level, s.entry[level], old);
	scratch_linked(level);
	EXPECT(scratch_read() == MARK_A);
	scratch_drop(&s);
}

static void test_tas(unsigned int level, bool live)
{
	struct scratch s;
	pvops_pte_t old;

	ASSERT(live ? scratch_enter(&s) : scratch_make(&s));
	old = *s.entry[level];
	EXPECT(op_tas(level, s.entry[level], SOFT_BIT) == false);
	EXPECT(pvops_pte_flags(*s.entry[level]) & 1ULL << SOFT_BIT);
	EXPECT(op_tas(level, s.entry[level], SOFT_BIT) == true);
	EXPECT(op_tas(level, s.entry[level], 0) == true);
	EXPECT(pte_page(*s.entry[level]) == pte_page(old));
	EXPECT((pvops_pte_flags(*s.entry[level]) & ~(1ULL << SOFT_BIT)) == pvops_pte_flags(old));
	if (live)
		EXPECT(scratch_read() == MARK_A);
	scratch_drop(&s);
}

static void test_xchg(unsigned int level)
{
	struct scratch s;
	void *pages[3];
	pvops_pte_t old, other, got;

	ASSERT(scratch_enter(&s));
	EXPECT(scratch_read() == MARK_A);
	old = *s.entry[level];
	other = other_entry(&s, level, pages);
	got = op_xchg(level, s.entry[level], other);
	pvops_mmu_flush_local();
	EXPECT(pte_page(got) == pte_page(old) && pte_present(got));
	EXPECT(scratch_read() == MARK_B);
	got = op_xchg(level, s.entry[level], old);
	pvops_mmu_flush_local();
	EXPECT(pte_page(got) == pte_page(other));
	EXPECT(scratch_read() == MARK_A);
	free_other(level, pages);
	scratch_drop(&s);
}

static void test_protect(unsigned int level)
{
	struct scratch s;
	pvops_pteword_t bits;

	if (level == 3 && PVOPS_TOP_LEVEL == 3)
		SKIP("PAE's top entries have no protection");
	ASSERT(scratch_enter(&s));
	EXPECT(!faults(util_write, (void *)SCRATCH_VA, VECTOR_PF));
	bits = pvops_pte_flags(*s.entry[level]) & (PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY);
	/* Accessed and dirty are not the caller's to lose. */
	op_protect(level, s.entry[level], PVOPS_PTE_WRITE | PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY,
		   0);
	pvops_mmu_flush_local();
	EXPECT((pvops_pte_flags(*s.entry[level]) & bits) == bits);
	EXPECT(!(pvops_pte_flags(*s.entry[level]) & PVOPS_PTE_WRITE));
	EXPECT(faults(util_write, (void *)SCRATCH_VA, VECTOR_PF));
	EXPECT(!faults(util_read, (void *)SCRATCH_VA, VECTOR_PF));
	op_protect(level, s.entry[level], 0, PVOPS_PTE_WRITE);
	pvops_mmu_flush_local();
	EXPECT(!faults(util_write, (void *)SCRATCH_VA, VECTOR_PF));
	scratch_drop(&s);
}

/* A tree that is nobody's yet: no hypervisor may be asked, the entry is just memory. */
static void test_unlinked(unsigned int level)
{
	struct scratch s;
	pvops_pte_t old;

	ASSERT(scratch_make(&s));
	old = *s.entry[level];
	op_protect(level, s.entry[level], PVOPS_PTE_WRITE, 1ULL << SOFT_BIT);
	EXPECT(!(pvops_pte_flags(*s.entry[level]) & PVOPS_PTE_WRITE));
	EXPECT(pvops_pte_flags(*s.entry[level]) & 1ULL << SOFT_BIT);
	EXPECT(op_xchg(level, s.entry[level], old) != old);
	EXPECT(*s.entry[level] == old);
	entry_clear(level, s.entry[level]);
	EXPECT(!pte_present(*s.entry[level]));
	entry_set(level, s.entry[level], old);
	EXPECT(*s.entry[level] == old);
	/* And it works when it is activated. */
	s.flags = irqs_off();
	as_activate(s.as);
	EXPECT(scratch_read() == MARK_A);
	scratch_drop(&s);
}

#define LEVEL(name, level)							\
	GUEST_TEST(mmu_set_##name##_maps_another) { AT(level, test_set(level)); } \
	GUEST_TEST(mmu_clear_##name##_unmaps) { AT(level, test_clear(level)); }	\
	GUEST_TEST(mmu_tas_##name##_live) { AT(level, test_tas(level, true)); }	\
	GUEST_TEST(mmu_tas_##name##_unlinked) { AT(level, test_tas(level, false)); } \
	GUEST_TEST(mmu_xchg_##name##_gives_the_old_one) { AT(level, test_xchg(level)); } \
	GUEST_TEST(mmu_protect_##name##_write) { AT(level, test_protect(level)); } \
	GUEST_TEST(mmu_set_##name##_unlinked) { AT(level, test_unlinked(level)); }

#define AT(level, test)								\
	do {									\
		if ((level) > PVOPS_TOP_LEVEL)					\
			SKIP("PAE's tables have three levels");			\
		test;								\
	} while (0)

LEVEL(pte, 1)
LEVEL(pmd, 2)
LEVEL(pud, 3)
LEVEL(pgd, 4)
