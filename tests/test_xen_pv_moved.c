// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Xen PV saved and restored: page tables, grants, other CPUs; and each hypercall on the way refused
 * in turn: an error before the kernel has been away, after it one line.
 */
#include "xen_pv_restore.h"

#define SECONDS		10
#define MOST		100

static pvops_pte_t *live[5], *flat[5];	/* one tree pinned, one not, by levels */
static u32 handled, runs;
static int virq, lost;

static void make_tree(pvops_pte_t *t[5])
{
	for (unsigned int level = 1; level <= 4; level++) {
		t[level] = take_pages(0);
		pvops_mmu_alloc_table(level, pfn_at(t[level]));
	}
	t[1][3] = pte_of(page_at(HEAP + 200));
	/* Read-only, of no table; and one that is not there, and means something to the kernel. */
	t[1][4] = pvops_mmu_make_pte(pvops_pteval(pfn_at(page_at(HEAP + 201)), RW & ~2UL));
	t[1][5] = (__force pvops_pte_t)0x123450UL;
	for (unsigned int level = 1; level < 4; level++)
		t[level + 1][0] = pte_of(t[level]);
	assert_int_equal(pvops_mmu_create_as(pfn_at(t[4])), 0);
	pvops_mmu_set_pgd(t[4] + 511, ((pvops_pte_t *)page_at(ROOT))[511]);
}

static void make_trees(void)
{
	assert_int_equal(start_with_events(), 0);
	make_tree(live);
	assert_int_equal(pvops_mmu_pin(pfn_at(live[4])), 0);
	pvops_mmu_activate(virt_to_gpa(live[4]));
	make_tree(flat);
	/* So that Xen's part of its root is filled. */
	assert_int_equal(pvops_mmu_pin(pfn_at(flat[4])), 0);
	pvops_mmu_unpin(pfn_at(flat[4]));
	for (unsigned int level = 1; level <= 4; level++)
		note_plain(flat[level]);
	note_plain(page_at(xen_twin((unsigned long)pfn_at(flat[4]))));
}

static void tables_are_well(void)
{
	const unsigned long twin = xen_twin((unsigned long)pfn_at(live[4]));
	pvops_pte_t pte = pte_of(page_at(HEAP + 202));

	assert_true(plain_is_well());
	assert_int_equal(roots[0], mfn_of((unsigned long)pfn_at(live[4])));
	assert_int_equal(user_roots[0], mfn_of(twin));
	/* Live ones take updates; what a store to one faults for, Xen emulates as it was told. */
	assert_int_equal(assists, 1UL << VMASST_TYPE_writable_pagetables);
	pvops_mmu_set_pte(live[1] + 6, pte);
	assert_int_equal((__force unsigned long)live[1][6], (__force unsigned long)pte);
	pte = pvops_mmu_xchg_pte(live[1] + 6, pte_of(page_at(HEAP + 203)));
	assert_int_equal((__force unsigned long)pte,
			 (__force unsigned long)pte_of(page_at(HEAP + 202)));
	pvops_mmu_clear_pte(live[1] + 6);
	/* The other can be pinned and used, its twin too. */
	assert_int_equal(pvops_mmu_pin(pfn_at(flat[4])), 0);
	pvops_mmu_activate(virt_to_gpa(flat[4]));
	pvops_mmu_activate(virt_to_gpa(live[4]));
	pvops_mmu_unpin(pfn_at(flat[4]));
	assert_true(plain_is_well());
	assert_int_equal(lines(), 0);
	assert_int_equal(wrongs, 0);
}

static void tables_cancelled(void **state)
{
	make_trees();
	suspend_says = 1;
	assert_int_equal(xen_backend.suspend(), 1);
	tables_are_well();
}

static void tables_restored(void **state)
{
	make_trees();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(xen_backend.suspend(), 0);
		tables_are_well();
	}
	pvops_mmu_activate(virt_to_gpa(page_at(ROOT)));
	pvops_mmu_destroy_as(pfn_at(live[4]));
	pvops_mmu_destroy_as(pfn_at(flat[4]));
	assert_int_equal(lines(), 0);
}

/* A page of another domain's, in a table that is not live, will not be there. */
static void foreign_frames_are_gone(void **state)
{
	make_trees();
	nr_plain = 0;
	((unsigned long *)flat[1])[9] = grant_mfn << PVOPS_PAGE_SHIFT | RW;
	assert_int_equal(xen_backend.suspend(), 0);
	assert_int_equal((__force unsigned long)flat[1][9], 0);
	assert_int_equal(pvops_mmu_pin(pfn_at(flat[4])), 0);
	assert_int_equal(lines(), 0);
}

/* Frames above all that the first machine had. */
static void frames_are_the_new_machines(void **state)
{
	assert_int_equal(start_with_events(), 0);
	assert_int_equal(xen_backend.suspend(), 0);
	for (unsigned long pfn = 0; pfn < NR_PAGES; pfn++) {
		assert_int_equal(xen_pfn_to_mfn(pfn), mfn_of(pfn));
		assert_int_equal(xen_mfn_to_pfn(mfn_of(pfn)), pfn);
	}
	assert_true(xen_p2m_set(NR_PAGES - 1, MFNS - 1));
}

static void grants_are_mapped_anew(void **state)
{
	u64 *pages = take_pages(1), *status = take_pages(0);

	assert_int_equal(start_with_events(), 0);
	pages[0] = pages[512] = status[0] = 7;
	assert_int_equal(pvops_xen_map_grants(pages, 2, false), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(xen_backend.suspend(), 0);
		/* Our own pages again, until somebody asks for the table. */
		assert_int_equal(pages[0], 7);
		assert_int_equal(pages[512], 7);
		if (i == 1) {
			/* What the last host's table was is not put back, either. */
			suspend_says = 1;
			assert_int_equal(xen_backend.suspend(), 1);
			suspend_says = 0;
			assert_int_equal(pages[0], 7);
			continue;
		}
		assert_int_equal(pvops_xen_map_grants(pages, 2, false), 0);
		frame_at(grant_mfn + 1)[3] = 11;
		assert_int_equal(pages[512 + 3], 11);
	}
	assert_int_equal(pvops_xen_unmap_grants(pages, 2), 0);
	assert_int_equal(pages[512], 7);
	assert_int_equal(wrongs, 0);
}

static void on_cpu(void *data)
{
	++*(u32 *)data;
	pvops_smp_stop_cpu();
}

static struct pvops_cpu_start how_to_start(void)
{
	struct pvops_cpu_start how = { .entry = on_cpu, .arg = &runs };

	how.stack = (u8 *)take_pages(3) + (8 << PVOPS_PAGE_SHIFT);
	how.gs_base = (unsigned long)(percpu + 1);
	how.root = virt_to_gpa(page_at(ROOT));
	return how;
}

static void cpus_start_from_the_beginning(void **state)
{
	struct pvops_cpu_start how;

	assert_int_equal(start_with_events(), 0);
	assert_int_equal(xen_backend.init_cpu(1), 0);
	how = how_to_start();
	for (u32 i = 0; i < 6; i++) {
		assert_int_equal(pvops_smp_start_cpu(1, &how), 0);
		assert_int_equal(runs, i + 1);
		assert_true(pvops_smp_cpu_stopped(1));
		if (i % 2 == 0)
			assert_int_equal(xen_backend.suspend(), 0);
		assert_ptr_equal(vcpu_info_of[1], percpu[1].hv);
		sends = 0;
		pvops_lock_kick(1);
		assert_int_equal(sends, 1);
	}
	assert_int_equal(lines(), 0);
	assert_int_equal(wrongs, 0);
}

/* ---- each hypercall is refused ---- */

enum { WENT_ON, SAID_NO, PANICKED, NOT_REACHED, SILENT, TOO_MUCH, BROKEN };

static void handles(u32 irq, void *data)
{
	handled++;
	pvops_irq_eoi(irq);
}

static void a_days_work(void)
{
	static const struct pvops_irq_source sources[] = {
		{ PVOPS_IRQ_TIMER, 0 }, { PVOPS_IRQ_HOST, VIRQ_DEBUG }, { PVOPS_IRQ_IPI, 0 },
	};
	struct pvops_cpu_start how = how_to_start();
	u64 *grants = take_pages(0);

	for (int i = 0; i < 3; i++)
		noted(pvops_irq_bind(sources + i, 0, handles, NULL));
	noted(xen_backend.init_cpu(1));
	noted(pvops_smp_start_cpu(1, &how));
	noted(pvops_xen_map_grants(grants, 1, false));
	noted(pvops_time_set_timer(pvops_time_clock() + 1000000));
}

/* Refused without a word: the tick may not be there; the hypercall is for the upcall behind it. */
static bool nobody_minds(void)
{
	return (failed.nr == __HYPERVISOR_vcpu_op && failed.cmd == VCPUOP_stop_periodic_timer) ||
	       failed.nr == __HYPERVISOR_xen_version;
}

static int one_refusal(void *arg)
{
	unsigned int before, shut;
	volatile int result = WENT_ON;
	int answer;

	alarm(SECONDS);
	fresh_to_save(NULL);
	if (setjmp(panicked)) {
		result = PANICKED;
	} else {
		if (start_with_events())
			return BROKEN;
		a_days_work();
		if (answered || lines())
			return BROKEN;
		suspend_says = ((int *)arg)[1];
		before = calls;
		fail_at = (int)before + ((int *)arg)[0];
		shut = shutdowns;
		answer = xen_backend.suspend();
		if ((int)calls <= fail_at)
			return answer == suspend_says && !lines() ? NOT_REACHED : BROKEN;
		/* The one that asks to be saved answers for itself. */
		if (shutdowns == shut)
			return answer == REFUSED && !lines() ? SAID_NO : BROKEN;
		take_pages(0);
		pvops_time_clock();
		noted(pvops_smp_send_ipi(0, 0));
		pvops_irq_enable();
		pvops_irq_disable();
	}
	if (wrongs)
		return BROKEN;
	if (lines() > (result == PANICKED ? 3 : 1))
		return TOO_MUCH;
	if (!lines() && !nobody_minds())
		fprintf(stderr, "%u %llu: silent\n", failed.nr, (unsigned long long)failed.cmd);
	return lines() || nobody_minds() ? result : SILENT;
}

static void each_is_refused(int says, int said_no, int panicked_at_least)
{
	int of[BROKEN + 1] = { 0 }, fault[2] = { 0, says };

	for (; fault[0] < MOST; fault[0]++) {
		int result = apart(one_refusal, fault);

		of[result]++;
		if (result == NOT_REACHED)
			break;
		if (result > NOT_REACHED)
			print_error("call %d: result %d\n", fault[0], result);
		assert_in_range(result, WENT_ON, PANICKED);
	}
	assert_int_equal(of[NOT_REACHED], 1);
	assert_int_equal(of[SAID_NO], said_no);
	assert_in_range(of[PANICKED], panicked_at_least, MOST);
	print_message("of %d: %d went on, %d panics\n", fault[0], of[WENT_ON], of[PANICKED]);
}

static void each_of_a_restore(void **state)
{
	each_is_refused(0, 1, 5);
}

static void each_of_a_cancelled_one(void **state)
{
	each_is_refused(1, 1, 3);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(tables_cancelled, fresh_to_save),
		cmocka_unit_test_setup(tables_restored, fresh_to_save),
		cmocka_unit_test_setup(foreign_frames_are_gone, fresh_to_save),
		cmocka_unit_test_setup(frames_are_the_new_machines, fresh_to_save),
		cmocka_unit_test_setup(grants_are_mapped_anew, fresh_to_save),
		cmocka_unit_test_setup(cpus_start_from_the_beginning, fresh_to_save),
		cmocka_unit_test(each_of_a_restore),
		cmocka_unit_test(each_of_a_cancelled_one),
	};

	return run_apart(tests, sizeof(tests) / sizeof(*tests));
}
