// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Xen PV: saved and restored on a machine where all is another's, or not saved after all. */
#include "xen_pv_restore.h"

#define SECOND	1000000000ULL

static u32 came[8];			/* by the data of the bind */

static void counts(u32 irq, void *data)
{
	++*(u32 *)data;
	pvops_irq_eoi(irq);
}

static int bind(enum pvops_irq_kind kind, u32 index, unsigned int cpu, u32 *count)
{
	const struct pvops_irq_source source = { kind, index };
	int irq = pvops_irq_bind(&source, cpu, counts, count);

	assert_true(irq > 0);
	return irq;
}

static void is_restored(void)
{
	suspend_says = 0;
	assert_int_equal(xen_backend.suspend(), 0);
	assert_int_equal(wrongs, 0);
	assert_int_equal(lines(), 0);
}

static void stop_time(u64 at)
{
	struct vcpu_time_info *t = &vcpu_info(0)->time;

	t->tsc_timestamp = ~0ULL >> 1;		/* ahead of any TSC */
	t->system_time = at;
}

static void take_events(void)
{
	pvops_irq_enable();
	pvops_irq_disable();
}

/* ---- not saved ---- */

static void no_change(void)
{
	const u64 stored = 0x1234567;
	u64 *grants = take_pages(0);
	unsigned int before;
	u32 port;
	int irq;

	assert_int_equal(start_with_events(), 0);
	assert_int_equal(pvops_xen_map_grants(grants, 1, false), 0);
	irq = bind(PVOPS_IRQ_HOST, VIRQ_DEBUG, 0, came);
	assert_int_equal(pvops_time_set_timer(pvops_time_clock() + SECOND), 0);
	frame_at(grant_mfn)[5] = stored;
	before = next_port;
	calls = 0;
	assert_int_equal(xen_backend.suspend(), suspend_says);
	/* Shared info and one grant frame out and in, the grant table's list, the question. */
	assert_int_equal(calls, 6);
	assert_int_equal(wrongs, 0);
	assert_int_equal(shutdowns, 1);
	assert_int_equal(grants[5], stored);
	assert_int_equal(si->store_mfn, mfn_of(STORE));
	assert_int_equal(si->console.domU.mfn, mfn_of(CONSOLE));
	assert_ptr_equal(pvops_xen_store_page(&port), page_at(STORE));
	assert_int_equal(port, 1);
	assert_int_equal(pvops_xen_generation(), 0);
	assert_int_equal(next_port, before);
	assert_int_equal((u64)xen_shared->arch.max_pfn, NR_PAGES);
	raise_port(virq_ports[0][VIRQ_DEBUG]);
	take_events();
	assert_int_equal(came[0], 1);
	assert_int_equal(pvops_irq_unbind((u32)irq), 0);
	assert_int_equal(lines(), 0);
}

static void cancelled(void **state)
{
	suspend_says = 1;
	no_change();
}

static void refused(void **state)
{
	suspend_says = -PVOPS_EINVAL;
	no_change();
}

static void not_now(void **state)
{
	assert_int_equal(start_with_events(), 0);
	calls = 0;
	pvops_mmu_batch_begin();
	assert_int_equal(xen_backend.suspend(), -PVOPS_EBUSY);
	pvops_mmu_batch_flush();
	xen_dom0 = true;
	assert_int_equal(xen_backend.suspend(), -PVOPS_ENOSYS);
	assert_int_equal(calls, 0);
	xen_dom0 = false;
	is_restored();
}

/* ---- time ---- */

static void clock_goes_on(void **state)
{
	static const u64 times[] = { NEW_TIME, 1ULL << 50, 500, 0 };
	u64 before, after;

	assert_int_equal(start_with_events(), 0);
	for (int i = 0; i < 4; i++) {
		stop_time(pvops_time_clock() + SECOND);
		before = pvops_time_clock();
		new_time = times[i];
		is_restored();
		after = pvops_time_clock();
		assert_in_range(after - before, 0, 100 * SECOND);
		stop_time(new_time + 200 * SECOND);
		after = pvops_time_clock();
		assert_in_range(after - before, 199 * SECOND, 300 * SECOND);
		stop_time(new_time + 203 * SECOND);
		assert_int_equal(pvops_time_clock() - after, 3 * SECOND);
	}
}

/* Since the new Xen's boot, as it counts itself. */
static void date_is_the_new_xens(void **state)
{
	struct pvops_timespec ts;

	assert_int_equal(start_with_events(), 0);
	is_restored();
	xen_shared->wc_sec = 1000000;
	stop_time(30 * SECOND + 5);
	pvops_time_wallclock(&ts);
	assert_int_equal(ts.sec, 1000030);
	assert_int_equal(ts.nsec, 5);
}

static void stolen_time_adds_up(void **state)
{
	assert_int_equal(start_with_events(), 0);
	assert_int_equal(xen_backend.init_cpu(1), 0);
	for (u64 i = 1; i < 4; i++) {
		for (unsigned int cpu = 0; cpu < 2; cpu++) {
			runstate_of[cpu]->time[RUNSTATE_runnable] = 100 + cpu;
			runstate_of[cpu]->state_entry_time = 5;
			assert_int_equal(pvops_time_steal(cpu), i * (100 + cpu));
		}
		is_restored();
		assert_non_null(runstate_of[0]);
		assert_non_null(runstate_of[1]);
		assert_int_equal(pvops_time_steal(0), i * 100);
		assert_int_equal(pvops_time_steal(1), i * 101);
	}
}

static void timer_fires_after(void **state)
{
	u64 deadline;
	int irq;

	assert_int_equal(start_with_events(), 0);
	irq = bind(PVOPS_IRQ_TIMER, 0, 0, came);
	deadline = pvops_time_clock() + 1000 * SECOND;
	assert_int_equal(pvops_time_set_timer(deadline), 0);
	is_restored();
	assert_in_range(timer_at, NEW_TIME + 900 * SECOND, NEW_TIME + 1000 * SECOND);
	/* Xen's word that it is due is checked by our clock. */
	raise_port(virq_ports[0][VIRQ_TIMER]);
	take_events();
	assert_int_equal(came[0], 0);
	stop_time(timer_at);
	raise_port(virq_ports[0][VIRQ_TIMER]);
	take_events();
	assert_int_equal(came[0], 1);
	/* One that is not armed is not armed by us. */
	is_restored();
	assert_int_equal(timer_at, 0);
	assert_int_equal(pvops_irq_unbind((u32)irq), 0);
}

/* A deadline that has passed: Xen's event comes at once, and is lost if nobody has the port. */
static void fires_at_once(unsigned int cpu)
{
	if (virq_ports[cpu][VIRQ_TIMER])
		raise_port(virq_ports[cpu][VIRQ_TIMER]);
}

static void timer_that_is_due(void **state)
{
	assert_int_equal(start_with_events(), 0);
	bind(PVOPS_IRQ_TIMER, 0, 0, came);
	assert_int_equal(pvops_time_set_timer(pvops_time_clock()), 0);
	on_arm = fires_at_once;
	is_restored();
	take_events();
	assert_int_equal(came[0], 1);
}

/* ---- events ---- */

static void irqs_stay(void **state)
{
	static const u32 virqs[] = { VIRQ_DEBUG, VIRQ_DEBUGGER };
	int virq[2], other;

	assert_int_equal(start_with_events(), 0);
	/* Ports do not come in the same order again. */
	next_port = 200;
	virq[1] = bind(PVOPS_IRQ_HOST, virqs[1], 0, came + 3);
	next_port = 6;
	virq[0] = bind(PVOPS_IRQ_HOST, virqs[0], 0, came + 2);
	bind(PVOPS_IRQ_IPI, 2, 0, came);
	other = bind(PVOPS_IRQ_IPI, 2, 1, came + 1);
	bind(PVOPS_IRQ_CONSOLE, 0, 0, came + 4);
	for (u32 i = 1; i < 4; i++) {
		is_restored();
		assert_int_equal(pvops_xen_generation(), i);
		raise_port(virq_ports[0][virqs[0]]);
		raise_port(virq_ports[0][virqs[1]]);
		raise_port(CONSOLE_PORT);
		assert_int_equal(pvops_smp_send_ipi(0, 2), 0);
		assert_int_equal(pvops_smp_send_ipi(1, 2), 0);
		take_events();
		for (int n = 0; n < 5; n++)
			assert_int_equal(came[n], n == 1 ? 0 : i);
		assert_int_equal(port_vcpu[xen_irq_port((u32)other)], 1);
		assert_int_equal(port_vcpu[xen_irq_port((u32)virq[1])], 0);
	}
	/* Each unbinds its own: all are closed but what the builder made, and the locks'. */
	for (u32 irq = 1; irq < 512; irq++)
		pvops_irq_unbind(irq);
	for (u32 port = 1; port < 512; port++)
		assert_int_equal(port_shut[port], port != STORE_PORT && port != CONSOLE_PORT &&
				 port != xen_cpu_of(0)->kicker);
	assert_int_equal(lines(), 0);
}

static void masked_stays_masked(void **state)
{
	int irq;

	assert_int_equal(start_with_events(), 0);
	irq = bind(PVOPS_IRQ_HOST, VIRQ_DEBUG, 0, came);
	assert_int_equal(pvops_irq_mask((u32)irq), 0);
	is_restored();
	raise_port(virq_ports[0][VIRQ_DEBUG]);
	take_events();
	assert_int_equal(came[0], 0);
	assert_int_equal(pvops_irq_unmask((u32)irq), 0);
	take_events();
	assert_int_equal(came[0], 1);
}

/* A driver's port is nothing any more, though its number may be somebody's. */
static void adopted_port_is_dead(void **state)
{
	int port, irq, store, virq, again;

	assert_int_equal(start_with_events(), 0);
	port = pvops_xen_alloc_port(0);
	irq = pvops_xen_listen((u32)port, false);
	store = pvops_xen_listen(1, true);
	assert_true(irq > 0 && store > 0);
	virq = bind(PVOPS_IRQ_HOST, VIRQ_DEBUG, 0, came);
	bind(PVOPS_IRQ_HOST, VIRQ_DEBUGGER, 0, came + 1);
	is_restored();
	assert_int_equal(xen_irq_port((u32)irq), 0);
	assert_int_equal(xen_irq_port((u32)store), 0);
	assert_int_equal(pvops_irq_unmask((u32)irq), 0);
	assert_int_equal(pvops_irq_mask((u32)irq), 0);
	assert_true(pvops_smp_poll((u32)irq, ~0ULL) < 0);
	/* As often as it takes until the old number is open. */
	while ((int)next_port <= port)
		pvops_xen_alloc_port(0);
	closed = 0;
	assert_int_equal(pvops_irq_unbind((u32)irq), 0);
	assert_int_equal(pvops_irq_unbind((u32)store), 0);
	assert_int_equal(closed, 0);
	assert_false(port_shut[port]);
	/* Listened to anew, whatever numbers are free. */
	again = pvops_xen_listen(STORE_PORT, true);
	assert_true(again > 0 && again != virq);
	assert_int_equal(xen_irq_port((u32)again), STORE_PORT);
	port = pvops_xen_alloc_port(0);
	irq = pvops_xen_listen((u32)port, false);
	assert_true(irq > 0);
	assert_int_equal(pvops_irq_unbind((u32)irq), 0);
	assert_int_equal(closed, port);
	raise_port(virq_ports[0][VIRQ_DEBUG]);
	raise_port(virq_ports[0][VIRQ_DEBUGGER]);
	take_events();
	assert_int_equal(came[0] + came[1], 2);
}

/* What the host will not open again is said, and dead, and all others are well. */
static void a_port_is_lost(void **state)
{
	int virq;

	assert_int_equal(start_with_events(), 0);
	bind(PVOPS_IRQ_HOST, VIRQ_DEBUG, 0, came);
	virq = bind(PVOPS_IRQ_HOST, VIRQ_DEBUGGER, 0, came + 1);
	new_first_port = 510;			/* the third is out of range */
	assert_int_equal(xen_backend.suspend(), 0);
	assert_int_equal(lines(), 1);
	assert_non_null(strstr(logged, "is lost"));
	assert_int_equal(closed, 512);
	assert_int_equal(pvops_irq_mask((u32)virq), 0);
	assert_int_equal(pvops_irq_unmask((u32)virq), 0);
	raise_port(virq_ports[0][VIRQ_DEBUG]);
	take_events();
	assert_int_equal(came[0], 1);
	assert_int_equal(pvops_irq_unbind((u32)virq), 0);
	assert_int_equal(closed, 512);
	next_port = 9;
	bind(PVOPS_IRQ_HOST, VIRQ_DEBUGGER, 0, came + 1);
	raise_port(virq_ports[0][VIRQ_DEBUGGER]);
	take_events();
	assert_int_equal(came[1], 1);
}

static void console_and_store(void **state)
{
	char typed[8];
	u32 port;

	assert_int_equal(start_with_events(), 0);
	is_restored();
	assert_ptr_equal(pvops_xen_store_page(&port), page_at(STORE));
	assert_int_equal(port, STORE_PORT);
	sends = 0;
	xen_backend.log("heard", 5);
	assert_int_equal(sends, 1);
	assert_int_equal(ring->out_prod, 5);
	assert_int_equal(ring->out_cons, 5);
	ring->in[0] = 'x';
	ring->in_prod = 1;
	assert_int_equal(pvops_xen_console_read(typed, sizeof(typed)), 1);
	assert_int_equal(sends, 2);
	assert_int_equal(pvops_xen_notify(2), -22);	/* the old one */
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(cancelled, fresh_to_save),
		cmocka_unit_test_setup(refused, fresh_to_save),
		cmocka_unit_test_setup(not_now, fresh_to_save),
		cmocka_unit_test_setup(clock_goes_on, fresh_to_save),
		cmocka_unit_test_setup(date_is_the_new_xens, fresh_to_save),
		cmocka_unit_test_setup(stolen_time_adds_up, fresh_to_save),
		cmocka_unit_test_setup(timer_fires_after, fresh_to_save),
		cmocka_unit_test_setup(timer_that_is_due, fresh_to_save),
		cmocka_unit_test_setup(irqs_stay, fresh_to_save),
		cmocka_unit_test_setup(masked_stays_masked, fresh_to_save),
		cmocka_unit_test_setup(adopted_port_is_dead, fresh_to_save),
		cmocka_unit_test_setup(a_port_is_lost, fresh_to_save),
		cmocka_unit_test_setup(console_and_store, fresh_to_save),
	};

	return run_apart(tests, sizeof(tests) / sizeof(*tests));
}
