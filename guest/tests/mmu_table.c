// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Pages as tables, address spaces, conversions. */
#include "scratch.h"
#include "../user/sensitive.h"

GUEST_TEST(mmu_make_pte_and_back)
{
	u64 *page = page_alloc();
	pvops_pteval_t val = pvops_pteval(page_pfn(page), SCRATCH_FLAGS);
	pvops_pte_t pte = pvops_mmu_make_pte(val);

	EXPECT(pvops_mmu_pte_val(pte) == val);
	EXPECT(pvops_pte_flags(pte) == SCRATCH_FLAGS);
	EXPECT(pte_page(pte) == page);
	page_free(page);
}

GUEST_TEST(mmu_make_pte_not_present_is_left_alone)
{
	EXPECT(pvops_mmu_make_pte((__force pvops_pteval_t)0UL) == (__force pvops_pte_t)0UL);
	EXPECT(pvops_mmu_make_pte((__force pvops_pteval_t)0x123456000ULL) ==
	       (__force pvops_pte_t)0x123456000ULL);
}

GUEST_TEST(mmu_make_pte_of_nobodys_frame)
{
	pvops_pteval_t val = pvops_pteval((__force pvops_pfn_t)0xfffffffUL, SCRATCH_FLAGS);

	if (on_xen_pv())
		EXPECT(!pte_present(pvops_mmu_make_pte(val)));
	else
		EXPECT((__force pvops_pteword_t)pvops_mmu_make_pte(val) ==
		       (__force pvops_pteword_t)val);
}

GUEST_TEST(mmu_pte_val_of_a_live_entry)
{
	pvops_pte_t *ptep = vmm_pte((unsigned long)&guest_host);

	EXPECT(pte_present(*ptep));
	EXPECT(((__force pvops_pteword_t)pvops_mmu_pte_val(*ptep) & PVOPS_PTE_FRAME) ==
	       (__force unsigned long)pvops_pfn_to_gpa(page_pfn(&guest_host)));
}

GUEST_TEST(mmu_pte_val_none_in_the_hypervisors_part)
{
	unsigned long va = guest_boot->top;

	if (!va)
		SKIP("all addresses are the kernel's");
	if (deprivileged() && !on_xen_pv()) {
		unsigned int limit = 0;

		/*
		 * Its entries are in our tables. What keeps us off is the end of our segments,
		 * which QEMU's emulation tells, but does not look at.
		 */
		EXPECT(insn_lsl(SEL_KERNEL_DS, &limit) && limit == va - 1);
		EXPECT(insn_lsl(SEL_USER_DS, &limit) && limit == va - 1);
		return;
	}
	for (; va; va += PVOPS_PAGE_SIZE) {
		pvops_pte_t *pmd = vmm_walk(kernel_root, va, 2, false), *ptep;

		ptep = pmd && pte_present(*pmd) ? vmm_walk(kernel_root, va, 1, false) : NULL;
		EXPECT(!ptep || !pte_present(*ptep));
	}
}

GUEST_TEST(mmu_pte_val_of_a_foreign_frame)
{
	pvops_pte_t pte = (__force pvops_pte_t)(0xffffff000ULL | SCRATCH_FLAGS);

	if (on_xen_pv())
		EXPECT(!((__force pvops_pteword_t)pvops_mmu_pte_val(pte) & PVOPS_PTE_PRESENT));
	else
		EXPECT((__force pvops_pteword_t)pvops_mmu_pte_val(pte) ==
		       (__force pvops_pteword_t)pte);
}

GUEST_TEST(mmu_pfn_to_mfn_and_back)
{
	for (int i = 0; i < 20; i++) {
		void *page = page_alloc();
		pvops_mfn_t mfn = pvops_mmu_pfn_to_mfn(page_pfn(page));

		EXPECT(pvops_mmu_mfn_to_pfn(mfn) == page_pfn(page));
		if (!on_xen_pv())
			EXPECT((__force unsigned long)mfn == (__force unsigned long)page_pfn(page));
		page_free(page);
	}
}

GUEST_TEST(mmu_pfn_to_mfn_of_nobody)
{
	if (!on_xen_pv())
		SKIP("on bare hardware the frame is the frame");
	EXPECT(pvops_mmu_pfn_to_mfn((__force pvops_pfn_t)0xfffffffUL) == PVOPS_INVALID_MFN);
	EXPECT(pvops_mmu_pfn_to_mfn(PVOPS_INVALID_PFN) == PVOPS_INVALID_MFN);
}

GUEST_TEST(mmu_mfn_to_pfn_of_nobody)
{
	if (!on_xen_pv())
		SKIP("on bare hardware the frame is the frame");
	EXPECT(pvops_mmu_mfn_to_pfn((__force pvops_mfn_t)0UL) == PVOPS_INVALID_PFN);
	EXPECT(pvops_mmu_mfn_to_pfn((__force pvops_mfn_t)0xfffffffUL) == PVOPS_INVALID_PFN);
	EXPECT(pvops_mmu_mfn_to_pfn(PVOPS_INVALID_MFN) == PVOPS_INVALID_PFN);
}

GUEST_TEST(mmu_alloc_table_is_the_hosts_while_live)
{
	struct scratch s;

	ASSERT(scratch_enter(&s));
	meant_begin();
	/* Level 1 is emulated on request under Xen; above it a plain store must not go through. */
	EXPECT(faults(util_write, s.table[2] + 100, VECTOR_PF) == on_xen_pv());
	EXPECT(faults(util_write, s.table[3] + 100, VECTOR_PF) == on_xen_pv());
	if (!on_xen_pv()) {
		s.table[2][100] = (__force pvops_pte_t)0UL;
		s.table[3][100] = (__force pvops_pte_t)0UL;
	}
	/* VMI's monitor lets it through, and finds that nobody told of it. */
	pvops_mmu_flush_local();
	EXPECT((meant_end() != 0) == monitored());
	scratch_drop(&s);
}

GUEST_TEST(mmu_release_table_gives_the_page_back)
{
	struct scratch s;
	void *pages[3];
	pvops_pte_t old, other;

	ASSERT(scratch_enter(&s));
	old = *s.entry[2];
	other = page_entry(scratch_other_table(&s, 2, pages), SCRATCH_FLAGS);
	pvops_mmu_set_pmd(s.entry[2], other);
	pvops_mmu_set_pmd(s.entry[2], old);
	pvops_mmu_release_table(1, page_pfn(pages[0]));
	EXPECT(!faults(util_write, pages[0], VECTOR_PF));
	EXPECT(*(u64 *)pages[0] == 0x77);
	page_free(pages[0]);
	scratch_drop(&s);
}

GUEST_TEST(mmu_create_as_and_destroy_as_lose_nothing)
{
	unsigned long before = pages_free();

	for (int i = 0; i < 20; i++) {
		struct as *as = as_create();

		ASSERT(as);
		as_put(as);
	}
	EXPECT(pages_free() == before);
}

GUEST_TEST(mmu_create_as_user_mode_runs_there)
{
	EXPECT(process_run("t", "nothing") == 0);
}

GUEST_TEST(mmu_destroy_as_frees_the_twin)
{
	unsigned long before = pages_free();
	struct scratch s;

	ASSERT(scratch_make(&s));
	EXPECT(pvops_mmu_pin(page_pfn(s.as->root)) == 0);
	scratch_drop(&s);
	EXPECT(pages_free() == before);
}

GUEST_TEST(mmu_pin_and_unpin)
{
	struct scratch s;
	pvops_pfn_t root;

	ASSERT(scratch_make(&s));
	s.flags = irqs_off();
	meant_begin();
	root = page_pfn(s.as->root);
	for (int i = 0; i < 3; i++) {
		EXPECT(pvops_mmu_pin(root) == 0);
		EXPECT(faults(util_write, s.table[PVOPS_TOP_LEVEL] + 200, VECTOR_PF) ==
		       on_xen_pv());
		EXPECT(faults(util_write, s.table[2] + 200, VECTOR_PF) == on_xen_pv());
		EXPECT(pvops_mmu_pin(root) == 0);
		pvops_mmu_unpin(root);
		EXPECT(!faults(util_write, s.table[PVOPS_TOP_LEVEL] + 200, VECTOR_PF));
		EXPECT(!faults(util_write, s.table[2] + 200, VECTOR_PF));
		s.table[PVOPS_TOP_LEVEL][200] = (__force pvops_pte_t)0UL;
		s.table[2][200] = (__force pvops_pte_t)0UL;
		pvops_mmu_unpin(root);
	}
	/* VMI does not know of pins: a table is one from alloc_table on. */
	pvops_mmu_flush_local();
	EXPECT((meant_end() != 0) == monitored());
	as_activate(s.as);
	EXPECT(scratch_read() == MARK_A);
	scratch_drop(&s);
}

GUEST_TEST(mmu_pin_refuses_a_bad_tree)
{
	struct scratch s;
	pvops_pfn_t root;

	if (!on_xen_pv())
		SKIP("nobody checks on bare hardware");
	ASSERT(scratch_make(&s));
	root = page_pfn(s.as->root);
	/* A writable mapping of a page table. */
	pvops_mmu_set_pte(s.entry[1] + 1, page_entry(s.table[2], SCRATCH_FLAGS));
	EXPECT(pvops_mmu_pin(root) == -PVOPS_EINVAL);
	EXPECT(!faults(util_write, s.table[3] + 200, VECTOR_PF));
	s.table[3][200] = (__force pvops_pte_t)0UL;
	pvops_mmu_clear_pte(s.entry[1] + 1);
	EXPECT(pvops_mmu_pin(root) == 0);
	pvops_mmu_unpin(root);
	scratch_drop(&s);
}

GUEST_TEST(mmu_unpin_makes_stores_work)
{
	struct scratch s;

	ASSERT(scratch_make(&s));
	EXPECT(pvops_mmu_pin(page_pfn(s.as->root)) == 0);
	pvops_mmu_unpin(page_pfn(s.as->root));
	meant_begin();
	EXPECT(!faults(util_write, s.table[1] + 300, VECTOR_PF));
	EXPECT(*(u64 *)(s.table[1] + 300) == 0x77);
	s.table[1][300] = (__force pvops_pte_t)0UL;
	pvops_mmu_flush_local();
	EXPECT((meant_end() != 0) == monitored());
	scratch_drop(&s);
}

GUEST_TEST(mmu_activate_each_has_its_own)
{
	struct scratch one, two;

	ASSERT(scratch_make(&one));
	ASSERT(scratch_make(&two));
	*two.a = MARK_B;
	one.flags = irqs_off();
	for (int i = 0; i < 4; i++) {
		as_activate(one.as);
		EXPECT(scratch_read() == MARK_A);
		as_activate(two.as);
		EXPECT(scratch_read() == MARK_B);
	}
	as_activate(NULL);
	EXPECT(faults(util_read, (void *)SCRATCH_VA, VECTOR_PF));
	irqs_back(one.flags);
	as_put(one.as);
	as_put(two.as);
	for (struct scratch *s = &one; s; s = s == &one ? &two : NULL) {
		while (page_count(s->a))
			page_put(s->a);
		while (page_count(s->b))
			page_put(s->b);
	}
	EXPECT(pages_free() == one.pages);
}

GUEST_TEST(mmu_activate_keeps_the_kernel)
{
	struct scratch s;
	static u64 word = 5;

	ASSERT(scratch_enter(&s));
	EXPECT(word == 5 && this_cpu()->self == this_cpu());
	word = 6;
	scratch_drop(&s);
	EXPECT(word == 6);
	word = 5;
}

GUEST_TEST(mmu_kernel_text_is_read_only)
{
	extern u8 pvops_text_start[], pvops_image_end[];

	EXPECT(faults(util_write, pvops_text_start + 64, VECTOR_PF));
	EXPECT(faults(util_write, (void *)(unsigned long)&guest_host, VECTOR_PF));
	EXPECT(!faults(util_read, pvops_text_start + 64, VECTOR_PF));
	EXPECT(faults(util_read, pvops_image_end + 0x800000, VECTOR_PF));
}

static void jump(void *to)
{
	((void (*)(void))to)();
}

GUEST_TEST(mmu_kernel_data_is_not_executable)
{
	u8 *page = page_alloc();

	if (!pte_nx)
		SKIP("this CPU has no NX");
	page[0] = 0xc3;
	EXPECT(faults(jump, page, VECTOR_PF));
	page_free(page);
}

GUEST_TEST(mmu_kernel_low_half_is_empty)
{
	EXPECT(faults(util_read, (void *)0x1000UL, VECTOR_PF));
	EXPECT(faults(util_read, (void *)0x100000UL, VECTOR_PF));
}
