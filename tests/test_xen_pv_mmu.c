// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Xen PV's page tables, frames and faulting instructions, where Xen or the kernel does it wrong. */
#include "xen_pv_scenario.h"

static pvops_pte_t *t[5];		/* a tree with one page, by levels */

static void make_tree(void)
{
	assert_int_equal(start(), 0);
	for (unsigned int level = 1; level <= 4; level++) {
		t[level] = take_pages(0);
		pvops_mmu_alloc_table(level, pfn_at(t[level]));
	}
	assert_int_equal(pvops_mmu_create_as(pfn_at(t[4])), 0);
	for (unsigned int level = 1; level < 4; level++)
		t[level + 1][0] = pte_of(t[level]);
	pvops_mmu_set_pgd(t[4], pte_of(t[3]));
}

static void is_ours_to_write(void)
{
	for (unsigned int level = 1; level <= 4; level++) {
		t[level][7] = (__force pvops_pte_t)0UL;
		assert_int_equal(frames[mfn_of((unsigned long)pfn_at(t[level]))].type, WRITABLE);
	}
}

static void a_tree_is_as_it_was_if_not_pinned(void **state)
{
	unsigned int first;

	make_tree();
	first = calls;
	/* Its pages, their pins, those of the twin: in one multicall, each refused in turn. */
	for (unsigned int i = 1; i <= 7; i++) {
		calls = first;
		fail_at = (int)(first + i);
		assert_int_equal(pvops_mmu_pin(pfn_at(t[4])), -PVOPS_EINVAL);
		assert_int_equal(lines(), i);
		fail_at = -1;
		is_ours_to_write();
	}
	assert_int_equal(pvops_mmu_pin(pfn_at(t[4])), 0);
	assert_true(frames[mfn_of((unsigned long)pfn_at(t[4]))].pinned);
	pvops_mmu_destroy_as(pfn_at(t[4]));
	is_ours_to_write();
}

static void a_tree_that_is_none(void **state)
{
	make_tree();
	/* The table of level 1 maps itself for writing. */
	pvops_mmu_set_pte(t[1], pte_of(t[1]));
	assert_int_equal(pvops_mmu_pin(pfn_at(t[4])), -PVOPS_EINVAL);
	assert_int_equal(lines(), 1);
	assert_non_null(strstr(logged, "mmuext_op"));
	is_ours_to_write();
	if (!setjmp(panicked)) {
		pvops_mmu_activate(virt_to_gpa(t[4]));
		fail();
	}
	assert_non_null(strstr(logged, "activate"));
	assert_int_equal(roots[0], mfn_of(ROOT));
}

/* In the wrong address space nobody goes on. */
static void a_root_that_xen_refuses(void **state)
{
	volatile int how;

	make_tree();
	assert_int_equal(pvops_mmu_pin(pfn_at(t[4])), 0);
	for (how = 0; how < 2; how++) {
		memset(logged, 0, sizeof(logged));
		fail_at = (int)calls;
		if (!setjmp(panicked)) {
			if (how)
				pvops_mmu_activate(virt_to_gpa(t[4]));
			else
				pvops_cpu_write_cr3(virt_to_gpa(t[4]));
			fail();
		}
		assert_int_equal(lines(), 2);
		assert_non_null(strstr(logged, "mmuext_op 5 failed"));
		assert_non_null(strstr(logged, "Xen refuses the"));
	}
}

/* Three kinds of calls in one multicall; the one in the middle is refused. */
static void a_batch_fails_in_the_middle(void **state)
{
	unsigned long *entry;
	u64 before;

	make_tree();
	assert_int_equal(pvops_mmu_pin(pfn_at(t[4])), 0);
	before = pvops_xen_hypercalls(__HYPERVISOR_multicall);
	entry = (unsigned long *)t[1];
	pvops_mmu_batch_begin();
	pvops_mmu_set_pte(t[1] + 1, pte_of(page_at(HEAP + 100)));
	pvops_mmu_flush_one(0x1000);
	pvops_mmu_set_pte(t[1] + 2, pte_of(t[4]));	/* writable: a table */
	pvops_mmu_flush_one(0x2000);
	pvops_mmu_set_pte(t[1] + 3, pte_of(page_at(HEAP + 101)));
	assert_int_equal(entry[1] | entry[2] | entry[3], 0);
	assert_int_equal(pvops_mmu_batch_flush(), REFUSED);
	assert_int_equal(pvops_xen_hypercalls(__HYPERVISOR_multicall), before + 1);
	assert_true(entry[1] && !entry[2] && entry[3]);
	assert_int_equal(lines(), 1);
	assert_non_null(strstr(logged, "mmu_update failed: error -22, first of 1"));
	/* It is over: the next one starts anew, nested ones are no end. */
	pvops_mmu_batch_begin();
	pvops_mmu_batch_begin();
	pvops_mmu_clear_pte(t[1] + 1);
	assert_int_equal(pvops_mmu_batch_flush(), 0);
	assert_true(entry[1]);
	assert_int_equal(pvops_mmu_batch_flush(), 0);
	assert_false(entry[1]);
}

/* More than the queue holds, of each kind: it goes in parts, in order. */
static void a_batch_of_any_size(void **state)
{
	make_tree();
	assert_int_equal(pvops_mmu_pin(pfn_at(t[4])), 0);
	for (int flushes = 0; flushes < 3; flushes++) {
		pvops_mmu_batch_begin();
		for (int i = 1; i < 512; i++) {
			if (flushes == 1)
				pvops_mmu_flush_one(0x1000);
			pvops_mmu_set_pte(t[1] + i, pte_of(page_at(HEAP + 100 + i % 100)));
			if (flushes == 2 && i % 2)
				pvops_mmu_flush_one(0x1000);
		}
		assert_int_equal(pvops_mmu_batch_flush(), 0);
		for (int i = 1; i < 512; i++) {
			unsigned long want = (__force unsigned long)
				pte_of(page_at(HEAP + 100 + i % 100));

			assert_int_equal((__force unsigned long)t[1][i], want);
			pvops_mmu_clear_pte(t[1] + i);
		}
	}
	pvops_mmu_batch_begin();
	for (int i = 0; i < 100; i++)
		pvops_mmu_flush_local();
	for (int i = 0; i < 100; i++)
		pvops_cpu_write_fs_base(0);
	assert_int_equal(pvops_mmu_batch_flush(), 0);
	assert_int_equal(lines(), 0);
}

/* A list is not made longer over what it points to. */
static void list_with_something_behind(void **state)
{
	void *args, *more;
	multicall_entry_t *call;

	make_tree();
	pvops_mmu_batch_begin();
	call = xen_batch_entry(sizeof(struct mmuext_op) + sizeof(u64), &args);
	*(struct mmuext_op *)args = (struct mmuext_op){ .cmd = MMUEXT_TLB_FLUSH_LOCAL };
	call->op = __HYPERVISOR_mmuext_op;
	call->args[0] = (unsigned long)args;
	call->args[1] = 1;
	call->args[3] = DOMID_SELF;
	assert_null(xen_batch_extend(__HYPERVISOR_mmuext_op, sizeof(struct mmuext_op), &more));
	assert_int_equal(pvops_mmu_batch_flush(), 0);
}

/* As Linux does: a call with its arguments behind it, or more of them for the last one. */
static void update_by_hand(pvops_pte_t *ptep, pvops_pte_t pte)
{
	void *args;
	multicall_entry_t *call = xen_batch_extend(__HYPERVISOR_mmu_update,
						   sizeof(struct mmu_update), &args);
	struct mmu_update *update;

	if (call) {
		call->args[1]++;
	} else {
		call = xen_batch_entry(sizeof(*update), &args);
		call->op = __HYPERVISOR_mmu_update;
		call->args[0] = (unsigned long)args;
		call->args[1] = 1;
		call->args[3] = DOMID_SELF;
	}
	update = args;
	update->ptr = xen_virt_to_machine(ptep);
	update->val = (__force unsigned long)pte;
}

static void calls_that_others_fill_in(void **state)
{
	void *args;

	make_tree();
	assert_int_equal(pvops_mmu_pin(pfn_at(t[4])), 0);
	pvops_mmu_batch_begin();
	for (int i = 1; i < 512; i++) {
		pvops_pte_t pte = pte_of(page_at(HEAP + 100 + i % 100));

		if (i % 64 < 32 && i % 3)
			update_by_hand(t[1] + i, pte);
		else if (i < 450)
			pvops_mmu_set_pte(t[1] + i, pte);
		else
			update_by_hand(t[1] + i, pte);
	}
	assert_int_equal(pvops_mmu_batch_flush(), 0);
	for (int i = 1; i < 512; i++)
		assert_int_equal((__force unsigned long)t[1][i],
				 (__force unsigned long)pte_of(page_at(HEAP + 100 + i % 100)));
	assert_null(xen_batch_extend(__HYPERVISOR_mmu_update, 8, &args));
	assert_int_equal(lines(), 0);
}

static void tls_that_is_there_already(void **state)
{
	const u64 data = 0x00cff2000000ffffULL, tls[3] = { data, 0, data };
	unsigned int first;
	u64 *gdt, *other;

	assert_int_equal(start(), 0);
	first = pvops_get_host()->tls_selector / 8;
	gdt = take_pages(0);
	other = take_pages(0);
	pvops_cpu_load_tls(gdt, tls);
	assert_int_equal(gdt[first], data);
	/* A bit that Xen changes, say: no reason to write it again. */
	gdt[first] |= 1ULL << 40;
	pvops_cpu_load_tls(gdt, tls);
	assert_int_equal(gdt[first], data | 1ULL << 40);
	pvops_cpu_write_gdt_entry(gdt, first, 0);
	pvops_cpu_load_tls(gdt, tls);
	assert_int_equal(gdt[first], data);
	pvops_cpu_load_tls(other, tls);
	assert_int_equal(other[first], data);
	assert_int_equal(other[first + 2], data);
}

static void the_first_error_is_the_answer(void **state)
{
	make_tree();
	assert_int_equal(pvops_mmu_pin(pfn_at(t[4])), 0);
	pvops_mmu_batch_begin();
	for (int i = 1; i < 512; i++) {
		pvops_mmu_set_pte(t[1] + i, pte_of(i == 5 ? (void *)t[3] : page_at(HEAP + 100)));
		if (i % 3 == 0)
			pvops_mmu_flush_one(0x1000);
	}
	assert_int_equal(pvops_mmu_batch_flush(), REFUSED);
	/* Xen ends a list of updates with the first that it refuses; here each has three. */
	for (int i = 1; i < 512; i++)
		assert_int_equal(!(__force unsigned long)t[1][i], i == 5 || i == 6);
	assert_int_equal(lines(), 1);
}

static void frames_that_are_not_ours(void **state)
{
	const unsigned long bad[] = { MFNS + 10, M2P_ENTRIES, 1UL << 39, SHARED_MFN, FOREIGN_MFN };

	assert_int_equal(start(), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		pvops_pte_t pte = (__force pvops_pte_t)(bad[i] << PVOPS_PAGE_SHIFT | RW);
		unsigned long val = (__force unsigned long)pvops_mmu_pte_val(pte);

		assert_int_equal(val, (__force unsigned long)pte & ~PVOPS_PTE_PRESENT);
		assert_true(pvops_mmu_mfn_to_pfn((__force pvops_mfn_t)bad[i]) == PVOPS_INVALID_PFN);
	}
	/* Xen's table says it is ours; our list says another. */
	m2p[FOREIGN_MFN] = 5;
	assert_true(pvops_mmu_mfn_to_pfn((__force pvops_mfn_t)FOREIGN_MFN) == PVOPS_INVALID_PFN);
	assert_true(pvops_mmu_pfn_to_mfn((__force pvops_pfn_t)NR_PAGES) == PVOPS_INVALID_MFN);
	assert_int_equal((__force unsigned long)pvops_mmu_make_pte(
		pvops_pteval((__force pvops_pfn_t)(1UL << 38), RW)), 0);
}

static void a_page_of_another_level(void **state)
{
	make_tree();
	pvops_mmu_release_table(1, pfn_at(t[1]));
	pvops_mmu_alloc_table(3, pfn_at(t[1]));
	if (!setjmp(panicked)) {
		pvops_mmu_pin(pfn_at(t[4]));
		fail();
	}
	assert_int_equal(lines(), 1);
	assert_non_null(strstr(logged, "linked as level 1, by alloc_table it is 3"));
}

static void numbers_out_of_range(void **state)
{
	static const unsigned long none[] = { NR_PAGES, 1UL << 40, ~0UL };

	make_tree();
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		pvops_pfn_t pfn = (__force pvops_pfn_t)none[i];

		pvops_mmu_alloc_table(1, pfn);
		pvops_mmu_release_table(1, pfn);
		assert_int_equal(pvops_mmu_create_as(pfn), -PVOPS_EINVAL);
		assert_int_equal(pvops_mmu_pin(pfn), -PVOPS_EINVAL);
		pvops_mmu_unpin(pfn);
		pvops_mmu_destroy_as(pfn);
	}
	assert_int_equal(lines(), 0);
	/* A link to what is no memory: Xen refuses it, we do not follow it. */
	assert_int_equal(pvops_mmu_pin(pfn_at(t[4])), 0);
	pvops_mmu_set_pmd(t[2] + 1, (__force pvops_pte_t)(FOREIGN_MFN << PVOPS_PAGE_SHIFT | RW));
	assert_int_equal(lines(), 1);
}

static void instructions_that_fault(void **state)
{
	u64 val = 1;

	assert_int_equal(start(), 0);
	assert_int_equal(pvops_cpu_in8(0x80), 0xff);
	assert_int_equal(pvops_cpu_in32(0xcf8), ~0U);
	pvops_cpu_out16(0, 0x80);
	assert_int_equal(pvops_cpu_read_msr_safe(MSR_EFER, &val), 0);
	assert_int_equal(val, EFER_SHOWN);
	assert_int_equal(pvops_cpu_read_msr_safe(0x12345, &val), -PVOPS_EIO);
	assert_int_equal(val, 0);
	assert_int_equal(pvops_cpu_write_msr_safe(0x12345, 1), -PVOPS_EIO);
	assert_int_equal(pvops_cpu_read_cr4(), CR4_SHOWN);
	assert_int_equal(lines(), 0);
}

static void gdt_that_is_none(void **state)
{
	static const struct pvops_desc_ptr bad[] = {
		{ 0xffff, PVOPS_VIRT_BASE + 0x50000 }, { 0x7f, PVOPS_VIRT_BASE + 0x50008 },
	};
	volatile size_t i;

	assert_int_equal(start(), 0);
	for (i = 0; i < 2; i++) {
		memset(logged, 0, sizeof(logged));
		if (!setjmp(panicked)) {
			pvops_cpu_load_gdt(bad + i);
			fail();
		}
		assert_int_equal(lines(), 1);
		assert_non_null(strstr(logged, "a GDT begins at a page and has 1 to"));
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_tree_is_as_it_was_if_not_pinned, fresh),
		cmocka_unit_test_setup(a_tree_that_is_none, fresh),
		cmocka_unit_test_setup(a_root_that_xen_refuses, fresh),
		cmocka_unit_test_setup(a_batch_fails_in_the_middle, fresh),
		cmocka_unit_test_setup(a_batch_of_any_size, fresh),
		cmocka_unit_test_setup(calls_that_others_fill_in, fresh),
		cmocka_unit_test_setup(list_with_something_behind, fresh),
		cmocka_unit_test_setup(tls_that_is_there_already, fresh),
		cmocka_unit_test_setup(the_first_error_is_the_answer, fresh),
		cmocka_unit_test_setup(frames_that_are_not_ours, fresh),
		cmocka_unit_test_setup(a_page_of_another_level, fresh),
		cmocka_unit_test_setup(numbers_out_of_range, fresh),
		cmocka_unit_test_setup(instructions_that_fault, fresh),
		cmocka_unit_test_setup(gdt_that_is_none, fresh),
	};

	return run_apart(tests, sizeof(tests) / sizeof(*tests));
}
