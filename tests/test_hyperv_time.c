// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The hyperv backend on a scripted hypervisor: clocks and the synthetic timer. */
#include "hyperv_calls.h"

static struct hv_ref_tsc *tsc_page(void)
{
	return (struct hv_ref_tsc *)(hv.ref_tsc & PVOPS_PAGE_MASK);
}

static u64 now(void)
{
	return OP(time_clock)();
}

/* ---- clocks ---- */

static void clock_by_the_page(void **state)
{
	hv.tsc = 0;
	assert_int_equal(start(1), 0);
	assert_true(said("hyperv: clock hyperv-page: the host's TSC page is valid\n"));
	/* (tsc / 2 + 1000) units of 100 ns; half a unit is 50 ns. */
	hv.tsc = 20000;
	assert_int_equal(now(), 1100000);
	hv.tsc = 20001;
	assert_int_equal(now(), 1100050);
	/* Factors that need all 128 bits. */
	tsc_page()->scale = 0xffffffffffffffff;
	tsc_page()->offset = 0;
	hv.tsc = 1ULL << 55;
	assert_int_equal(now(), ((1ULL << 55) - 1) * 100 + 99);
	hv.tsc_reads = hv.accesses = 0;
	now();
	assert_int_equal(hv.tsc_reads, 1);
	assert_int_equal(hv.accesses, 0);
}

static void page_with_a_negative_offset(void **state)
{
	shown.offset = -500;
	hv.tsc = 2000;
	assert_int_equal(start(1), 0);
	hv.tsc = 20000;
	assert_int_equal(now(), 950000);
}

static void page_not_valid(void **state)
{
	shown.sequence = 0;
	assert_int_equal(start(1), 0);
	assert_true(said("reference TSC page is not valid yet\n"));
	hv.tsc_reads = 0;
	assert_int_equal(now(), 500000000);
	assert_int_equal(hv.tsc_reads, 0);
	/* It becomes valid at a migration, and not any more at the next. */
	tsc_page()->sequence = 7;
	tsc_page()->offset = 6000000;
	hv.tsc = 2;
	assert_int_equal(now(), 600000100);
	tsc_page()->sequence = 0;
	hv.ref = 7000000;
	assert_int_equal(now(), 700000000);
}

static void page_that_never_rests(void **state)
{
	assert_int_equal(start(1), 0);
	hv.restless = true;
	hv.tsc_reads = 0;
	assert_int_equal(now(), 500000000);
	assert_in_range(hv.tsc_reads, 2, 100);
}

static void clock_never_goes_back(void **state)
{
	u64 last;

	assert_int_equal(start(2), 0);
	hv.tsc = 2000000;
	last = now();
	tsc_page()->offset = 10;
	tsc_page()->sequence++;
	assert_int_equal(now(), last);
	be(1);
	assert_int_equal(now(), last);
	tsc_page()->sequence = 0;
	hv.ref = 0;
	assert_int_equal(now(), last);
	hv.bad_read = HV_MSR_REF_COUNTER;
	assert_int_equal(now(), last);
	hv.bad_read = 0;
	hv.ref = last / 100 + 1;
	assert_int_equal(now(), last + 100);
}

static void date_goes_with_the_clock(void **state)
{
	struct pvops_timespec date;

	hv.features &= ~HV_MAY_REF_TSC;
	assert_int_equal(start(1), 0);
	pass(5000 * MS);
	OP(time_wallclock)(&date);
	assert_int_equal(date.sec, 1700000005);
	assert_int_equal(date.nsec, 900000000);
	pass(100 * MS);
	OP(time_wallclock)(&date);
	assert_int_equal(date.sec, 1700000006);
	assert_int_equal(date.nsec, 0);
}

/* ---- the timer ---- */

static bool by_message;

static void timer_host(void)
{
	/* Reference time as the counter says: no page between us and the script. */
	hv.features &= ~HV_MAY_REF_TSC;
	if (by_message)
		hv.has &= ~HV_HAS_STIMER_DIRECT;
}

static u32 bind_timer(u32 cpu)
{
	const struct pvops_irq_source source = { PVOPS_IRQ_TIMER, 0 };
	int irq = OP(irq_bind)(&source, cpu, handler, NULL);

	assert_int_equal(irq, 0x4f);
	handled = 0;
	return (u32)irq;
}

static void fires_once_and_not_early(void)
{
	timer_host();
	assert_int_equal(start(2), 0);
	bind_timer(0);
	assert_int_equal(OP(time_set_timer)(now() + 5 * MS + 1), 0);
	assert_int_equal(hv.vps[0].count, hv.ref + 50001);
	pass(5 * MS);
	assert_int_equal(handled, 0);
	pass(100);
	assert_int_equal(handled, 1);
	pass(100 * MS);
	assert_int_equal(handled, 1);
	/* Past ones at once. */
	for (u64 past = 0; past < 3; past++) {
		assert_int_equal(OP(time_set_timer)(past), 0);
		pass(0);
		assert_int_equal(handled, 2 + past);
	}
	assert_int_equal(hv.base_deadline[0] + hv.breaches, 0);
}

static void replaced_and_stopped(void)
{
	u64 at;

	timer_host();
	assert_int_equal(start(1), 0);
	bind_timer(0);
	at = now();
	OP(time_set_timer)(at + MS);
	OP(time_set_timer)(at + 3 * MS);
	pass(2 * MS);
	assert_int_equal(handled, 0);
	/* An interrupt of the old deadline that was on its way. */
	if (by_message)
		post(&hv.vps[0], HV_MESSAGE_TIMER);
	else
		interrupt(0, 0x4f);
	assert_int_equal(handled, 0);
	pass(MS);
	assert_int_equal(handled, 1);
	OP(time_set_timer)(now() + MS);
	assert_int_equal(OP(time_stop_timer)(), 0);
	pass(2 * MS);
	if (!by_message)
		interrupt(0, 0x4f);
	assert_int_equal(handled, 1);
	assert_int_equal(hv.breaches, 0);
}

static void far_deadlines(void)
{
	static const u64 far[] = { ~0ULL, ~0ULL / 2 + 2, 1ULL << 62 };

	timer_host();
	assert_int_equal(start(1), 0);
	bind_timer(0);
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(OP(time_set_timer)(far[i]), 0);
		/* What a host can add to in signed nanoseconds. */
		assert_in_range(hv.vps[0].count, hv.ref + 1, hv.ref + 1000000000000);
		pass((hv.vps[0].count - hv.ref) * 100);
		assert_int_equal(handled, 0);
		/* Set again. */
		assert_true(hv.vps[0].config & 1);
		assert_true(hv.vps[0].count > hv.ref);
	}
	assert_int_equal(hv.breaches, 0);
}

static void in_both_modes(void (*test)(void))
{
	by_message = false;
	test();
	fresh(NULL);
	by_message = true;
	test();
	by_message = false;
}

static void timer_fires_once_and_not_early(void **state)
{
	in_both_modes(fires_once_and_not_early);
}

static void timer_replaced_and_stopped(void **state)
{
	in_both_modes(replaced_and_stopped);
}

static void timer_far_deadlines(void **state)
{
	in_both_modes(far_deadlines);
}

static void message_mode_is_set_up(void **state)
{
	by_message = true;
	timer_host();
	by_message = false;
	assert_int_equal(start(1), 0);
	assert_int_equal(hv.vps[0].config, 0x40008);
	assert_int_equal(hv.vps[0].sint[4], 0x4f);
	assert_int_equal(hv.vps[0].scontrol, 1);
	/* Without a SynIC there is nobody to send them. */
	fresh(NULL);
	hv.has &= ~HV_HAS_STIMER_DIRECT;
	hv.features &= ~HV_MAY_SYNIC;
	assert_int_equal(start(1), 0);
	assert_false(OURS(time_set_timer));
	assert_int_equal(hv.breaches, 0);
}

static void messages_that_wait(void **state)
{
	struct hv_message *slot;

	hv.has &= ~HV_HAS_STIMER_DIRECT;
	hv.features &= ~HV_MAY_REF_TSC;
	assert_int_equal(start(1), 0);
	bind_timer(0);
	slot = hyperv_cpus[0].messages + 4;
	/* The slot is taken by what nobody expects, and a timer's message waits for it. */
	OP(time_set_timer)(now() + MS);
	slot->type = 0x80000000;
	pass(MS);
	assert_int_equal(handled, 0);
	assert_true(slot->flags & HV_MESSAGE_PENDING);
	interrupt(0, 0x4f);
	assert_int_equal(slot->type, HV_MESSAGE_NONE);
	assert_int_equal(hv.eoms, 1);
	assert_true(said("a message of type 0x80000000 where timers report: ignored"));
	assert_int_equal(handled, 1);
	post(&hv.vps[0], HV_MESSAGE_TIMER);
	assert_int_equal(hv.eoms, 1);
	assert_int_equal(handled, 1);
	assert_int_equal(hv.breaches, 0);
}

static void binding_the_timer(void **state)
{
	struct pvops_irq_source source = { PVOPS_IRQ_TIMER, 1 };

	assert_int_equal(start(2), 0);
	assert_int_equal(OP(irq_bind)(&source, 0, handler, NULL), -PVOPS_EINVAL);
	source.index = 0;
	assert_int_equal(OP(irq_bind)(&source, 0, NULL, NULL), -PVOPS_EINVAL);
	/* Refused is not bound. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(OP(irq_bind)(&source, CPUS, handler, NULL), -PVOPS_EINVAL);
	assert_int_equal(OP(irq_bind)(&source, ~0U, handler, NULL), -PVOPS_EINVAL);
	/* Our vector is not for others. */
	source = (struct pvops_irq_source){ PVOPS_IRQ_HOST, 0x4f };
	assert_int_equal(OP(irq_bind)(&source, 0, handler, NULL), -PVOPS_EBUSY);
	source = (struct pvops_irq_source){ PVOPS_IRQ_TIMER, 0 };
	bind_timer(0);
	bind_timer(1);
	assert_int_equal(OP(irq_bind)(&source, 0, handler, NULL), -PVOPS_EBUSY);
	OP(time_set_timer)(now() + MS);
	assert_int_equal(OP(irq_unbind)(0x4f), 0);
	assert_int_equal(hv.vps[0].config & 1, 0);
	assert_int_equal(OP(irq_unbind)(0x4f), -PVOPS_EINVAL);
	bind_timer(0);
	assert_int_equal(hv.breaches, 0);
}

/* On the CPU on which it does not work the base's timer does. */
static void timer_refused(void **state)
{
	const struct pvops_irq_source source = { PVOPS_IRQ_TIMER, 0 };
	static const u32 bad[] = { HV_MSR_STIMER0_CONFIG, HV_MSR_STIMER0_COUNT };

	for (u32 i = 0; i < 2; i++) {
		fresh(NULL);
		hv.bad_write = bad[i];
		assert_int_equal(start(1), 0);
		assert_true(said("CPU 0: the synthetic timer cannot be set up; native's instead"));
		assert_int_equal(OP(irq_bind)(&source, 0, handler, NULL), 0x30);
		assert_int_equal(OP(time_set_timer)(77), 0);
		assert_int_equal(hv.base_deadline[0], 77);
		assert_int_equal(OP(time_stop_timer)(), 0);
		assert_int_equal(hv.base_deadline[0], 0);
		assert_int_equal(OP(irq_unbind)(0x30), 0);
	}
	fresh(NULL);
	hv.deaf = HV_MSR_STIMER0_CONFIG;
	assert_int_equal(start(1), 0);
	assert_true(hyperv_cpus[0].timer_failed);
	fresh(NULL);
	hv.has &= ~HV_HAS_STIMER_DIRECT;
	hv.bad_write = HV_MSR_SCONTROL;
	assert_int_equal(start(1), 0);
	assert_true(said("CPU 0: the SynIC cannot be enabled"));
	assert_true(hyperv_cpus[0].timer_failed);
	fresh(NULL);
	hv.has &= ~HV_HAS_STIMER_DIRECT;
	hv.bad_write = HV_MSR_SINT0 + 4;
	assert_int_equal(start(1), 0);
	assert_true(hyperv_cpus[0].timer_failed);
	fresh(NULL);
	hv.no_vectors = true;
	assert_int_equal(start(1), 0);
	assert_true(said("no vector is left for the synthetic timer"));
	assert_int_equal(OP(irq_bind)(&source, 0, handler, NULL), 0x30);
	/* Later: who asked is told. */
	fresh(NULL);
	assert_int_equal(start(1), 0);
	bind_timer(0);
	hv.bad_write = HV_MSR_STIMER0_COUNT;
	assert_int_equal(OP(time_set_timer)(now()), -PVOPS_EIO);
	assert_int_equal(OP(time_stop_timer)(), -PVOPS_EIO);
	assert_int_equal(hv.breaches, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(clock_by_the_page),
		T(page_with_a_negative_offset),
		T(page_not_valid),
		T(page_that_never_rests),
		T(clock_never_goes_back),
		T(date_goes_with_the_clock),
		T(timer_fires_once_and_not_early),
		T(timer_replaced_and_stopped),
		T(timer_far_deadlines),
		T(message_mode_is_set_up),
		T(messages_that_wait),
		T(binding_the_timer),
		T(timer_refused),
	};

	return cmocka_run_group_tests_name("hyperv_time", tests, NULL, NULL);
}
