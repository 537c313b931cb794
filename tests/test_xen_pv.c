// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Xen PV against a builder and a Xen that lie: start_info, time, event words, frames, the ring. */
#include "xen_pv_scenario.h"
#include "../backends/xen/event.h"

/* The one line that was said has this in it. */
#define ONE_LINE(text)								\
	do {									\
		assert_int_equal(lines(), 1);					\
		assert_non_null(strstr(logged, text));				\
	} while (0)

/* ---- what the builder says ---- */

static void si_magic(void)
{
	si->magic[4] = '2';
}

static void si_no_pages(void)
{
	si->nr_pages = 0;
}

static void si_all_pages(void)
{
	si->nr_pages = ~0UL;
}

static void si_too_many_pages(void)
{
	si->nr_pages = 1UL << 39;	/* the list of these would fill the window, and wrap */
}

static void si_few_pages(void)
{
	si->nr_pages = IMAGE;
}

static void si_list_beyond(void)
{
	si->mfn_list = PVOPS_VIRT_BASE + NR_PAGES * PVOPS_PAGE_SIZE - 8;
}

static void si_list_below(void)
{
	si->mfn_list = PVOPS_VIRT_BASE - PVOPS_PAGE_SIZE;
}

static void si_list_unaligned(void)
{
	si->mfn_list += 4;
}

static void si_tables_beyond(void)
{
	si->nr_pt_frames = NR_PAGES;
}

static void si_tables_wrap(void)
{
	si->nr_pt_frames = ~0UL;
}

static void si_no_tables(void)
{
	si->nr_pt_frames = 0;
}

static void si_tables_unaligned(void)
{
	si->pt_base += 8;
}

static void si_module_beyond(void)
{
	si->mod_start = si->mfn_list;
	si->mod_len = ~0UL;
}

static const struct {
	void (*lie)(void);
	const char *why;
} lies[] = {
	{ si_magic, "wrong magic" }, { si_no_pages, "no memory, or too much" },
	{ si_all_pages, "no memory, or too much" }, { si_too_many_pages, "p2m list lies outside" },
	{ si_few_pages, "outside of memory" }, { si_list_beyond, "p2m list lies outside" },
	{ si_list_below, "p2m list lies outside" }, { si_list_unaligned, "p2m list lies outside" },
	{ si_tables_beyond, "page tables lie outside" }, { si_tables_wrap, "page tables lie" },
	{ si_no_tables, "page tables lie" }, { si_tables_unaligned, "page tables lie outside" },
	{ si_module_beyond, "module lies outside" },
};

static void start_info_out_of_range(void **state)
{
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		build_machine();
		lies[i].lie();
		assert_non_null(parse());
		assert_non_null(strstr(parse(), lies[i].why));
		assert_null(xen_start);
		/* The line is written all the same; there is no ring to be believed. */
		xen_boot_proto.emergency("text", 4);
	}
}

static void start_info_is_where_it_must_be(void **state)
{
	static const unsigned long places[] = { 0, PVOPS_VIRT_BASE - 4096, PVOPS_VIRT_BASE + 8,
						PVOPS_VIRT_BASE + (1UL << 30), ~0xfffUL };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		catch_traps();
		boot.info = (void *)places[i];
		assert_non_null(strstr(xen_boot_proto.parse(&boot), "outside of the image"));
	}
}

static void command_line_without_an_end(void **state)
{
	memset(si->cmd_line, 'x', MAX_GUEST_CMDLINE);
	assert_null(parse());
	assert_int_equal(strlen(boot.cmdline), MAX_GUEST_CMDLINE - 1);
}

static void shared_info_refused(void **state)
{
	si->shared_info = ~0xfffUL;
	assert_int_equal(start(), REFUSED);
	ONE_LINE("shared info cannot be mapped");
}

/* Not a frame, in a hole of Xen's table, Xen's, another guest's, ours but nobody mapped it. */
static void console_frame_is_bad(void **state)
{
	const unsigned long bad[] = { ~0UL, 1UL << 60, MFNS + 10, M2P_ENTRIES, SHARED_MFN,
				      FOREIGN_MFN, 0, mfn_of(BEHIND), mfn_of(NR_PAGES - 1) };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		build_machine();
		types_at_boot();
		vcpu_info_of[0] = NULL;
		memset(logged, 0, sizeof(logged));
		si->console.domU.mfn = bad[i];
		assert_null(parse());
		xen_boot_proto.emergency("text", 4);
		assert_int_equal(xen_backend.init(&boot), 0);
		ONE_LINE("no console ring");
		xen_backend.log("text", 4);
		assert_int_equal(ring->out_prod, 0);
	}
}

static void store_frame_is_bad(void **state)
{
	u32 port;

	si->store_mfn = mfn_of(NR_PAGES - 1);
	assert_int_equal(start(), 0);
	assert_null(pvops_xen_store_page(&port));
	si->store_mfn = mfn_of(STORE);
	assert_ptr_equal(pvops_xen_store_page(&port), page_at(STORE));
}

static void initial_domain(void **state)
{
	si->flags = SIF_INITDOMAIN;
	assert_int_equal(start(), 0);
	xen_backend.log("heard", 5);
	assert_non_null(strstr(xen_heard, "heard"));
	assert_int_equal(lines(), 0);
}

/* ---- what Xen shares ---- */

static struct vcpu_time_info *time_of_cpu(void)
{
	assert_int_equal(start(), 0);
	return &xen_this_vcpu()->time;
}

static void clock_odd_for_ever(void **state)
{
	struct vcpu_time_info *t = time_of_cpu();

	t->version = 3;
	if (!setjmp(panicked)) {
		pvops_time_clock();
		fail();
	}
	ONE_LINE("the clock of CPU 0 is never consistent");
}

static void clock_shifts_too_far(void **state)
{
	static const s8 shifts[] = { 64, 127, -64, -128 };
	struct vcpu_time_info *t = time_of_cpu();
	volatile size_t i;

	for (i = 0; i < sizeof(shifts); i++) {
		memset(logged, 0, sizeof(logged));
		t->tsc_shift = shifts[i];
		if (!setjmp(panicked)) {
			pvops_time_clock();
			fail();
		}
		ONE_LINE("never consistent");
	}
}

static void clock_absurd_but_forward(void **state)
{
	struct vcpu_time_info *t = time_of_cpu();
	u64 last = pvops_time_clock();

	for (u32 i = 0; i < 64; i++) {
		*t = (struct vcpu_time_info){
			.version = 2, .tsc_shift = (s8)(i - 31), .tsc_timestamp = i % 2 ? ~0ULL : 0,
			.tsc_to_system_mul = i % 3 ? ~0U : 0, .system_time = i % 5 ? 0 : 1ULL << 62,
		};
		assert_true((s64)(pvops_time_clock() - last) >= 0);
		last = pvops_time_clock();
	}
	assert_int_equal(lines(), 0);
}

static void clock_of_one_scale_is_taken_as_it_is(void **state)
{
	struct vcpu_time_info *t = time_of_cpu();

	*t = (struct vcpu_time_info){ .version = 2, .tsc_timestamp = ~0ULL >> 1, .flags = 1 };
	t->system_time = 5000;
	assert_int_equal(pvops_time_clock(), 5000);
	t->system_time = 4000;
	assert_int_equal(pvops_time_clock(), 4000);
	/* Of other hosts none shows less than another did. */
	t->flags = 2;
	assert_int_equal(pvops_time_clock(), 4000);
	t->system_time = 3000;
	assert_int_equal(pvops_time_clock(), 4000);
	/* What was shown before a save counts, however it was shown. */
	t->flags = 1;
	t->system_time = 9000;
	xen_time_suspend();
	t->system_time = 100;
	xen_time_resume();
	assert_int_equal(pvops_time_clock(), 9000);
	t->system_time = 101;
	assert_int_equal(pvops_time_clock(), 9001);
}

static void preempted_is_runnable_and_not_running(void **state)
{
	assert_int_equal(start(), 0);
	runstate_of[0]->state = RUNSTATE_running;
	assert_false(xen_preempted(0));
	runstate_of[0]->state = RUNSTATE_runnable;
	assert_true(xen_preempted(0));
	runstate_of[0]->state = RUNSTATE_blocked;
	assert_false(xen_preempted(0));
}

static void wallclock_odd_for_ever(void **state)
{
	struct pvops_timespec ts;

	assert_int_equal(start(), 0);
	xen_shared->wc_version = 7;
	xen_shared->wc_nsec = ~0U;
	pvops_time_wallclock(&ts);
	pvops_time_wallclock(&ts);
	assert_true(ts.nsec < 1000000000);
	ONE_LINE("wallclock");
}

static void event_words_all_ones(void **state)
{
	static const struct pvops_irq_source source = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	int irq;

	assert_int_equal(start(), 0);
	irq = pvops_irq_bind(&source, 0, seen, NULL);
	assert_true(irq > 0);
	memset(xen_shared->evtchn_pending, 0xff, sizeof(xen_shared->evtchn_pending));
	memset(xen_shared->evtchn_mask, 0, sizeof(xen_shared->evtchn_mask));
	xen_this_vcpu()->evtchn_pending_sel = ~0UL;
	xen_this_vcpu()->evtchn_upcall_pending = 1;
	pvops_irq_handle(0);
	assert_int_equal(xen_this_vcpu()->evtchn_pending_sel, 0);
	assert_int_equal(seen_irqs, 1);
}

/* Ports that deliver() has been called for; the first of all comes again at once, some times. */
static struct {
	u32 port;
	unsigned long more;
} order[8];
static unsigned int deliveries;

static void pend(u32 port)
{
	xen_port_set(port);
	__atomic_fetch_or(&xen_this_vcpu()->evtchn_pending_sel, 1UL << port / 64, __ATOMIC_SEQ_CST);
}

static void deliver_again(u32 port, unsigned long more, void *data)
{
	assert_ptr_equal(data, order);
	assert_true(deliveries < 8);
	order[deliveries].port = port;
	order[deliveries++].more = more;
	xen_port_clear(port);
	if (port == 3 && deliveries < 6)
		pend(3);
}

static void no_word_waits_for_another(void **state)
{
	static const u32 want[] = { 3, 9, 70, 4095, 3, 3 };

	assert_int_equal(start(), 0);
	memset(xen_shared->evtchn_mask, 0, sizeof(xen_shared->evtchn_mask));
	deliveries = 0;
	for (unsigned int i = 0; i < 4; i++) {
		xen_port_link(want[i], 0);
		pend(want[i]);
	}
	pend(71);				/* another CPU's */
	xen_port_link(71, 1);
	xen_ports_scan(deliver_again, order);
	assert_int_equal(deliveries, sizeof(want) / sizeof(*want));
	for (unsigned int i = 0; i < deliveries; i++)
		assert_int_equal(order[i].port, want[i]);
	assert_int_equal(order[0].more, 1UL << 9);
	assert_int_equal(order[1].more, 0);
	assert_true(xen_port_pending(71));
	assert_int_equal(xen_this_vcpu()->evtchn_pending_sel, 0);
	/* A CPU that is gone looks after none. */
	xen_ports_unlink_all(0);
	pend(70);
	xen_ports_scan(deliver_again, order);
	assert_int_equal(deliveries, sizeof(want) / sizeof(*want));
}

static void ports_out_of_range(void **state)
{
	static const struct pvops_irq_source source = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	u8 before[sizeof(xen_shared->evtchn_mask)];

	assert_int_equal(start(), 0);
	memcpy(before, xen_shared->evtchn_mask, sizeof(before));
	next_port = 4095;
	assert_int_equal(pvops_irq_bind(&source, 0, seen, NULL), -PVOPS_ENOSPC);
	assert_int_equal(closed, 4095);
	for (u32 irq = 4000; irq; irq *= 2) {
		pvops_irq_eoi(irq);
		assert_int_equal(pvops_irq_mask(irq), -PVOPS_EINVAL);
		assert_int_equal(pvops_irq_unmask(irq), -PVOPS_EINVAL);
		assert_int_equal(pvops_irq_unbind(irq), -PVOPS_EINVAL);
		assert_int_equal(pvops_smp_poll(irq, ~0ULL), -PVOPS_EINVAL);
		assert_true(pvops_xen_listen(irq, true) < 0);
	}
	assert_memory_equal(before, xen_shared->evtchn_mask, sizeof(before));
}

static void console_ring_lies(void **state)
{
	assert_int_equal(start(), 0);
	ring_reader = false;
	ring->out_cons = 0x80000000;		/* it has read what was never written */
	xen_backend.log("text", 4);
	assert_int_equal(ring->out_prod, 0);
	calls = 0;
	xen_backend.log("text", 4);		/* given up already */
	assert_in_range(calls, 1, 10);
}

static void moves(void)
{
	ring->out_cons = ring->out_prod + 1 + yields % 2;
}

static void console_ring_moves_and_has_no_room(void **state)
{
	assert_int_equal(start(), 0);
	ring_reader = false;
	on_yield = moves;
	moves();
	alarm(20);
	xen_backend.log("text", 4);
	assert_int_equal(ring->out_prod, 0);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(start_info_out_of_range, fresh),
		cmocka_unit_test_setup(start_info_is_where_it_must_be, fresh),
		cmocka_unit_test_setup(command_line_without_an_end, fresh),
		cmocka_unit_test_setup(shared_info_refused, fresh),
		cmocka_unit_test_setup(console_frame_is_bad, fresh),
		cmocka_unit_test_setup(store_frame_is_bad, fresh),
		cmocka_unit_test_setup(initial_domain, fresh),
		cmocka_unit_test_setup(clock_odd_for_ever, fresh),
		cmocka_unit_test_setup(clock_shifts_too_far, fresh),
		cmocka_unit_test_setup(clock_absurd_but_forward, fresh),
		cmocka_unit_test_setup(clock_of_one_scale_is_taken_as_it_is, fresh),
		cmocka_unit_test_setup(preempted_is_runnable_and_not_running, fresh),
		cmocka_unit_test_setup(wallclock_odd_for_ever, fresh),
		cmocka_unit_test_setup(no_word_waits_for_another, fresh),
		cmocka_unit_test_setup(event_words_all_ones, fresh),
		cmocka_unit_test_setup(ports_out_of_range, fresh),
		cmocka_unit_test_setup(console_ring_lies, fresh),
		cmocka_unit_test_setup(console_ring_moves_and_has_no_room, fresh),
	};

	return run_apart(tests, sizeof(tests) / sizeof(*tests));
}
