// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The hyperv backend on a scripted hypervisor: TLB flushes, then a whole life of a machine in
 * which everything that can fail does, in turn and at random.
 */
#include "hyperv_calls.h"

#define PAGE		PVOPS_PAGE_SIZE
#define MOST_PAGES	(32 * 4096UL)

static void flush(u64 cpus, unsigned long start, unsigned long end)
{
	const struct pvops_cpumask mask = { .bits = { cpus } };

	hv.nr_flushed = 0;
	OP(mmu_flush_others)(&mask, start, end);
	assert_true(irqs_on);
}

/* Pages of a VP from @start on that went in an unbroken row. */
static u64 pages_gone(u32 vp, u64 start)
{
	u64 at = start;
	bool more = true;

	while (more) {
		more = false;
		for (u32 i = 0; i < hv.nr_flushed; i++) {
			const struct flushed *f = &hv.flushed[i];

			if (f->vp != vp)
				continue;
			if (f->pages == ~0ULL)
				return ~0ULL;
			if (f->start <= at && (at - f->start) / PAGE < f->pages) {
				at = f->start + f->pages * PAGE;
				more = true;
			}
		}
	}
	return (at - start) / PAGE;
}

static void flush_of_a_few_pages(void **state)
{
	assert_int_equal(start(CPUS), 0);
	flush(0xf, 0x1000, 0x4000);
	for (u32 i = 0; i < CPUS; i++)
		assert_int_equal(pages_gone(i, 0x1000), 3);
	/* One hypercall for the others, this CPU by itself. */
	assert_int_equal(hv.calls, 1);
	assert_int_equal(hv.base_flushes, 1);
	flush(0x4, 0x1234, 0x1235);
	assert_int_equal(pages_gone(2, 0x1000), 1);
	assert_int_equal(hv.nr_flushed, 1);
	assert_int_equal(hv.base_flushes, 1);
	/* Nobody else, or nothing. */
	flush(0x1, 0x1000, 0x2000);
	flush(0, 0x1000, 0x2000);
	flush(0xf, 0x1000, 0x1000);
	assert_int_equal(hv.calls, 2);
	assert_int_equal(hv.breaches, 0);
}

static void flush_of_many_pages(void **state)
{
	assert_int_equal(start(CPUS), 0);
	flush(0x2, PAGE, PAGE + 4096 * PAGE);
	assert_int_equal(hv.nr_flushed, 1);
	assert_int_equal(pages_gone(1, PAGE), 4096);
	flush(0x2, PAGE, PAGE + 4097 * PAGE);
	assert_int_equal(hv.nr_flushed, 2);
	assert_int_equal(pages_gone(1, PAGE), 4097);
	flush(0x2, 0, MOST_PAGES * PAGE);
	assert_int_equal(hv.nr_flushed, 32);
	assert_int_equal(pages_gone(1, 0), MOST_PAGES);
	flush(0x2, 0, MOST_PAGES * PAGE + 1);
	assert_int_equal(hv.nr_flushed, 1);
	assert_int_equal(pages_gone(1, 0), ~0ULL);
	flush(0x2, 0, ~0UL);
	assert_int_equal(pages_gone(1, 0), ~0ULL);
	/* Up to the last page of all: the end is 0 again. */
	flush(0x2, -2 * PAGE, 0);
	assert_int_equal(pages_gone(1, -2 * PAGE), 2);
	assert_int_equal(hv.breaches + hv.base_flushes, 0);
}

static void flush_of_distant_vps(void **state)
{
	hv.vps[1].index = 64;
	hv.vps[2].index = 127;
	hv.vps[3].index = 4095;
	assert_int_equal(start(CPUS), 0);
	flush(0xe, 0x1000, 0x3000 + 4096 * PAGE);
	assert_int_equal(pages_gone(64, 0x1000), 4098);
	assert_int_equal(pages_gone(127, 0x1000), 4098);
	assert_int_equal(pages_gone(4095, 0x1000), 4098);
	assert_int_equal(hv.nr_flushed, 6);
	flush(0xe, 0, ~0UL);
	assert_int_equal(hv.nr_flushed, 3);
	assert_int_equal(pages_gone(127, 0), ~0ULL);
	assert_int_equal(hv.base_flushes, 0);
	be(1);
	flush(0x1, 0x1000, 0x2000);
	assert_int_equal(pages_gone(0, 0x1000), 1);
	be(0);
	hyperv.hints &= ~HV_HINT_EX_MASKS;
	hv.calls = 0;
	flush(0xe, 0x1000, 0x2000);
	assert_int_equal(hv.calls, 0);
	assert_int_equal(hv.base_flushes, 1);
	assert_int_equal(hv.breaches, 0);
}

static void flush_of_a_vp_beyond_all(void **state)
{
	hv.vps[1].index = 4096;
	hv.vps[2].index = ~0U;
	assert_int_equal(start(CPUS), 0);
	flush(0xa, 0x1000, 0x2000);
	flush(0xc, 0x1000, 0x2000);
	assert_int_equal(hv.calls, 0);
	assert_int_equal(hv.base_flushes, 2);
	assert_int_equal(hv.breaches, 0);
}

static void flush_of_cpus_that_do_not_run(void **state)
{
	assert_int_equal(start(2), 0);
	flush(~0ULL, 0x1000, 0x2000);
	assert_int_equal(pages_gone(1, 0x1000), 1);
	assert_int_equal(pages_gone(2, 0x1000), 0);
	assert_int_equal(hv.calls, 1);
	/* It runs, and we have not heard of it: the base's way, for all. */
	hv.vps[2].stopped = false;
	flush(0xf, 0x1000, 0x2000);
	assert_int_equal(pages_gone(2, 0x1000), 1);
	assert_int_equal(hv.calls, 1);
}

static void flush_in_pieces(void **state)
{
	assert_int_equal(start(CPUS), 0);
	hv.reps_a_call = 3;
	flush(0x2, 0, 10 * 4096 * PAGE);
	assert_int_equal(pages_gone(1, 0), 10 * 4096);
	assert_int_equal(hv.nr_flushed, 10);
	assert_int_equal(hv.calls, 4);
	assert_int_equal(hv.breaches + hv.base_flushes, 0);
}

static void flush_without_progress(void **state)
{
	assert_int_equal(start(CPUS), 0);
	hv.no_progress = true;
	flush(0x3, 0x1000, 0x2000);
	assert_int_equal(pages_gone(0, 0x1000) + pages_gone(1, 0x1000), 2);
	assert_int_equal(hv.calls, 1);
	assert_true(said("hypercall 0x3: 0 of 1 done, no progress: not used any more"));
	fresh(NULL);
	assert_int_equal(start(CPUS), 0);
	hv.too_much = true;
	flush(0x2, 0x1000, 0x2000);
	assert_int_equal(hv.base_flushes, 1);
	assert_true(said("hypercall 0x3: 2 of 1 done"));
}

static void flush_refused(void **state)
{
	static const u32 codes[] = { HV_CALL_FLUSH_SPACE, HV_CALL_FLUSH_LIST,
				     HV_CALL_FLUSH_SPACE_EX, HV_CALL_FLUSH_LIST_EX };
	char line[96];

	for (u32 i = 0; i < 4; i++)
		for (u32 status = 1; status < 0x10000; status = status * 3 + 1) {
			fresh(NULL);
			hv.vps[3].index = i < 2 ? 3 : 300;
			assert_int_equal(start(CPUS), 0);
			hv.bad_call = codes[i];
			hv.status = status;
			for (int again = 0; again < 3; again++) {
				flush(0xf, 0x1000, i % 2 ? 0x3000 : ~0UL);
				for (u32 cpu = 0; cpu < CPUS; cpu++)
					assert_true(pages_gone(hv.vps[cpu].index, 0x1000) >= 2);
			}
			assert_int_equal(hv.calls, 1);
			snprintf(line, sizeof(line), "hypercall 0x%x refused with status %u: not",
				 codes[i], status);
			assert_true(said(line));
			/* Once. */
			assert_null(strstr(strstr(logged, "refused") + 1, "refused"));
			assert_int_equal(hv.breaches, 0);
		}
}

/* ---- a life ---- */

static void handler_of_ipi(u32 irq, void *data)
{
	OP(irq_eoi)(irq);
}

/*
 * Whatever the host does: clocks do not go back, IPIs arrive once, every interrupt has one end,
 * TLBs are flushed, a timer that was accepted fires or is the base's.
 */
static void live(void)
{
	const struct pvops_cpu_start how = { 0 };
	u64 last = 0, at;
	int err;

	if (start(CPUS))
		return;			/* for want of memory */
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		const struct pvops_irq_source ipi = { PVOPS_IRQ_IPI, 0 };
		const struct pvops_irq_source timer = { PVOPS_IRQ_TIMER, 0 };
		int irq;

		be(cpu);
		irq = OP(irq_bind)(&ipi, cpu, handler_of_ipi, NULL);
		assert_int_equal(irq, 0x31);
		irq = OP(irq_bind)(&timer, cpu, handler, NULL);
		assert_true(irq == 0x30 || irq == 0x4f);
		handled = 0;
		at = OURS(time_clock) ? OP(time_clock)() : 0;
		assert_true(at >= last);
		last = at;
		err = OP(time_set_timer)(at + MS);
		assert_true(!err || err == -PVOPS_EIO);
		pass(2 * MS);
		/* The clock may stand still for one reading, and then the timer is set again. */
		pass(2 * MS);
		assert_true(handled == 1 || hv.base_deadline[cpu] || hv.chance || err);
		OP(time_stop_timer)();
	}
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		u32 was = hv.delivered[cpu][0x31];

		be((cpu + 1) % CPUS);
		assert_int_equal(OP(smp_send_ipi)(cpu, 0), 0);
		assert_int_equal(hv.delivered[cpu][0x31], was + 1);
		flush(0xf, 0x1000, 0x1000 + (1 + cpu * 5000) * PAGE);
		for (u32 i = 0; i < CPUS; i++)
			assert_true(pages_gone(hv.vps[i].index, 0x1000) >= 1 + cpu * 5000);
		OP(lock_wait)(&hv.max, hv.max);
	}
	be(1);
	OP(smp_stop_cpu)();
	be(0);
	irqs_on = true;
	OP(smp_start_cpu)(1, &how);
	OP(cpu_shutdown)(PVOPS_SHUTDOWN_CRASH);
	OP(cpu_shutdown)(PVOPS_SHUTDOWN_REBOOT);
	assert_int_equal(hv.base_shutdown, 2);
	assert_int_equal(hv.breaches, 0);
}

static void each_access_fails_in_turn(void **state)
{
	u32 n = 0, most;

	for (u32 mode = 0; mode < 4; mode++)
		for (n = 1, most = 1; n <= most; n++) {
			fresh(NULL);
			if (mode & 1)
				hv.has &= ~HV_HAS_STIMER_DIRECT;
			if (mode & 2)
				hv.hints &= ~HV_HINT_CLUSTER_IPI;
			hv.lazy = mode & 1;
			hv.fail_at = n;
			live();
			most = hv.accesses;
		}
	assert_true(most > 100);
}

static void each_hypercall_fails_in_turn(void **state)
{
	static const u32 codes[] = { 2, 3, 8, 0xb, 0x13, 0x14, 0x15 };

	for (u32 i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		fresh(NULL);
		if (codes[i] > 0xb)
			hv.vps[2].index = 99;
		hv.bad_call = codes[i];
		hv.status = 5;
		live();
		assert_int_equal(said("refused with status 5"), codes[i] != 2 && codes[i] != 0x13);
	}
}

static void pages_run_out(void **state)
{
	for (u32 n = 0; n < 3 * CPUS; n++) {
		fresh(NULL);
		hv.pages = n;
		assert_int_equal(start(CPUS), -PVOPS_ENOMEM);
		assert_int_equal(hv.breaches, 0);
	}
}

/* Any features, any recommendations, any numbers, and faults from never to often. */
static void hosts_at_random(void **state)
{
	u32 seed = 1, used = 0;

	for (u32 i = 0; i < 20000; i++) {
		fresh(NULL);
		hv.seed = seed += 0x9e3779b9;
		for (int j = 0; j < 8; j++)
			chance();
		hv.features = hv.seed ^ hv.seed >> 7;
		chance();
		hv.has = hv.seed ^ hv.seed >> 9;
		chance();
		hv.hints = hv.seed ^ hv.seed >> 5;
		hv.spins = i % 3 ? hv.seed : HV_SPIN_NEVER;
		hv.lazy = i & 1;
		hv.x2apic = i & 2;
		hv.restless = i & 4;
		hv.no_code = i % 11 == 0;
		hv.reps_a_call = i % 5;
		shown.sequence = i % 7;
		for (u32 cpu = 0; cpu < CPUS; cpu++)
			hv.vps[cpu].index = i & 8 ? cpu : cpu * (hv.seed % 1500);
		for (u32 cpu = 1; cpu < CPUS; cpu++)
			if (!hv.vps[cpu].index)
				hv.vps[cpu].index = cpu;
		hv.chance = i % 4 ? 0 : i / 4 % 300;
		live();
		used |= hyperv.used;
	}
	/* Or they would have shown nothing. */
	assert_int_equal(used, 0x3fff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(flush_of_a_few_pages),
		T(flush_of_many_pages),
		T(flush_of_distant_vps),
		T(flush_of_a_vp_beyond_all),
		T(flush_of_cpus_that_do_not_run),
		T(flush_in_pieces),
		T(flush_without_progress),
		T(flush_refused),
		T(each_access_fails_in_turn),
		T(each_hypercall_fails_in_turn),
		T(pages_run_out),
		T(hosts_at_random),
	};

	return cmocka_run_group_tests_name("hyperv_faults", tests, NULL, NULL);
}
