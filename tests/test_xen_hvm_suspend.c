// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Xen's HVM side, saved and restored: of all that it has told its host, a new one knows nothing but
 * the parameters that are saved. Memory stays where it is.
 */
#include "xen_hvm.h"

#define SECOND		1000000000ULL
#define NEW_TIME	7000U
#define CONSOLE_PORT	101
#define MOST		60

static long suspend_says;		/* 0: restored */
static u64 host_time = 1000 * SECOND, new_time = NEW_TIME;
static u32 heard[4], shutdowns;

static unsigned int lines(void)
{
	unsigned int nr = 0;

	for (const char *at = logged; *at; at++)
		nr += *at == '\n';
	return nr;
}

/* Time goes as the test says. */
static void set_time(u64 at)
{
	struct vcpu_time_info *t = &((struct vcpu_info *)percpu[0].hv)->time;

	*t = (struct vcpu_time_info){
		.version = 2, .tsc_timestamp = ~0ULL >> 1, .system_time = at,
	};
}

static void first_time(unsigned int cpu)
{
	if (!cpu)
		set_time(host_time);
}

/* Until it is mapped, Xen's page is none that means something. */
static void nothing_shared(void)
{
	memset(shared_page, 0xee, sizeof(shared_page));
	shared_pfn = 0;
}

static void new_page(void)
{
	memset(shared_page, 0, sizeof(shared_page));
}

static long save(const struct sched_shutdown *op, u64 start_info)
{
	shutdowns++;
	if (op->reason != SHUTDOWN_suspend || suspend_says)
		return suspend_says;
	nothing_shared();
	memset(vcpu_info_of, 0, sizeof(vcpu_info_of));
	memset(runstate_of, 0, sizeof(runstate_of));
	memset(virq_ports, 0, sizeof(virq_ports));
	memset(port_shut, true, sizeof(port_shut));
	memset(vector_of, 0, sizeof(vector_of));
	console_port = CONSOLE_PORT;
	port_shut[CONSOLE_PORT] = false;
	next_port = 3;
	callback = timer_at = 0;
	host_time = new_time;
	return 0;
}

static int start_all(void)
{
	int err = start();

	if (!err)
		err = backend()->late_init();
	if (!err)
		err = backend()->init_cpu(0);
	return err;
}

static int prepare(void **state, u32 offers)
{
	fresh(state);
	ring_reader = true;
	on_suspend = save;
	on_register = first_time;
	on_share = new_page;
	cpuids[4].regs[0] = offers;
	if (start_all() || backend()->init_cpu(1))
		return -1;
	memset(logged, 0, sizeof(logged));
	return 0;
}

static int ready(void **state)
{
	return prepare(state, XEN_HVM_CPUID_UPCALL_VECTOR);
}

static int with_the_domains_vector(void **state)
{
	return prepare(state, 0);
}

static void counts(u32 irq, void *data)
{
	++*(u32 *)data;
	hvm_irq_eoi(irq);
}

static int bind(enum pvops_irq_kind kind, u32 index, u32 *count)
{
	const struct pvops_irq_source source = { kind, index };
	int irq = hvm_irq_bind(&source, 0, counts, count);

	assert_true(irq > 0);
	return irq;
}

static void is_restored(void)
{
	edges[0] = 0;
	assert_int_equal(backend()->suspend(), 0);
	assert_int_equal((u64)(unsigned long)xen_shared >> 12, shared_pfn);
	assert_ptr_equal(vcpu_info_of[0], percpu[0].hv);
	assert_int_equal(lines(), 0);
}

static void fire(u32 virq)
{
	raise_port(virq_ports[0][virq]);
	hvm_irq_handle(HVM_VECTOR);
}

static void not_saved(void **state)
{
	static const long says[] = { 1, -22, -38 };
	unsigned int port;

	bind(PVOPS_IRQ_HOST, VIRQ_DEBUG, heard);
	port = next_port;
	for (u32 i = 0; i < 3; i++) {
		suspend_says = says[i];
		calls = 0;
		assert_int_equal(backend()->suspend(), says[i]);
		assert_int_equal(calls, 1);
		fire(VIRQ_DEBUG);
		assert_int_equal(heard[0], i + 1);
	}
	assert_int_equal(next_port, port);
	assert_int_equal(pvops_xen_generation(), 0);
	assert_int_equal(lines(), 0);
	xen_dom0 = true;
	assert_int_equal(backend()->suspend(), -PVOPS_ENOSYS);
	assert_int_equal(shutdowns, 3);
}

/* Xen notes that we are 64-bit by the parameter, and shares pages by that. */
static void the_new_host_is_told(void **state)
{
	assert_int_equal(vector_of[0], HVM_VECTOR);
	calls = 0;
	is_restored();
	assert_int_equal(vector_of[0], HVM_VECTOR);
	assert_int_equal(callback, 1);
	assert_true(order(__HYPERVISOR_hvm_op, HVMOP_set_param) <
		    order(__HYPERVISOR_memory_op, XENMEM_add_to_physmap));
	assert_true(order(__HYPERVISOR_memory_op, XENMEM_add_to_physmap) <
		    order(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info));
	assert_ptr_equal(vcpu_info_of[1], percpu[1].hv);
	assert_int_equal(pvops_xen_generation(), 1);
	/* What nobody has bound is masked, also in a page that Xen has cleared. */
	for (int i = 1; i < 8; i++)
		assert_int_equal(xen_shared->evtchn_mask[i], ~0UL);
	/* One that does not know of vCPUs' own vectors. */
	cpuids[4].regs[0] = 0;
	is_restored();
	assert_int_equal(vector_of[0], 0);
	assert_int_equal(callback, (u64)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | HVM_VECTOR);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(base_eois, 0);
	assert_int_equal(pvops_xen_generation(), 2);
}

static void the_domains_vector(void **state)
{
	is_restored();
	assert_int_equal(callback, (u64)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | HVM_VECTOR);
}

static void without_a_vector(void **state)
{
	assert_int_equal(backend()->forms[PVOPS_OP_irq_bind].kind, PVOPS_FORM_EMPTY);
	memset(logged, 0, sizeof(logged));
	callback = 5;
	is_restored();
	assert_int_equal(callback, 0);
	assert_true(xen_cpu_of(0)->kicker != 0);
}

static int no_vector(void **state)
{
	fresh(state);
	features = 0;
	on_suspend = save;
	on_register = first_time;
	on_share = new_page;
	return start() || backend()->init_cpu(0);
}

static void clock_goes_on(void **state)
{
	static const u64 times[] = { NEW_TIME, 1ULL << 60, 500, 0 };
	u64 before;

	for (int i = 0; i < 4; i++) {
		set_time(host_time + SECOND);
		before = xen_clock();
		new_time = times[i];
		is_restored();
		assert_int_equal(xen_clock(), before);
		set_time(new_time + 200 * SECOND);
		assert_int_equal(xen_clock(), before + 200 * SECOND);
	}
}

static void timer_fires_after(void **state)
{
	bind(PVOPS_IRQ_TIMER, 0, heard);
	assert_int_equal(xen_set_timer(xen_clock() + 20 * SECOND), 0);
	is_restored();
	assert_int_equal(timer_at, NEW_TIME + 20 * SECOND);
	set_time(NEW_TIME + 19 * SECOND);
	fire(VIRQ_TIMER);
	assert_int_equal(heard[0], 0);
	set_time(NEW_TIME + 20 * SECOND);
	fire(VIRQ_TIMER);
	assert_int_equal(heard[0], 1);
	is_restored();
	assert_int_equal(timer_at, 0);
}

static void fires_at_once(unsigned int cpu)
{
	if (virq_ports[cpu][VIRQ_TIMER])
		raise_port(virq_ports[cpu][VIRQ_TIMER]);
}

static void timer_that_is_due(void **state)
{
	bind(PVOPS_IRQ_TIMER, 0, heard);
	assert_int_equal(xen_set_timer(xen_clock()), 0);
	on_arm = fires_at_once;
	is_restored();
	/* By an edge, of a vector that is known to Xen by then. */
	assert_in_range(edges[0], 1, 2);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(heard[0], 1);
}

static void stolen_time_adds_up(void **state)
{
	for (u64 i = 1; i < 4; i++) {
		runstate_of[0]->time[RUNSTATE_runnable] = 100;
		runstate_of[1]->time[RUNSTATE_runnable] = 300;
		assert_int_equal(xen_steal(0), i * 100);
		assert_int_equal(xen_steal(1), i * 300);
		is_restored();
		assert_non_null(runstate_of[0]);
		assert_int_equal(xen_steal(0), i * 100);
		assert_int_equal(xen_steal(1), i * 300);
	}
}

static void irqs_stay(void **state)
{
	int masked, port, irq;

	next_port = 200;
	bind(PVOPS_IRQ_HOST, VIRQ_DEBUGGER, heard);
	next_port = 6;
	masked = bind(PVOPS_IRQ_HOST, VIRQ_DEBUG, heard + 1);
	port = (int)new_port(0, false);
	irq = xen_adopt_port((u32)port, false) + HVM_FIRST_PORT;
	bind(PVOPS_IRQ_CONSOLE, 0, heard + 2);
	assert_int_equal(hvm_irq_mask((u32)masked), 0);
	is_restored();
	fire(VIRQ_DEBUGGER);
	fire(VIRQ_DEBUG);
	raise_port(CONSOLE_PORT);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(heard[0], 1);
	assert_int_equal(heard[1], 0);
	assert_int_equal(heard[2], 1);
	assert_int_equal(hvm_irq_unmask((u32)masked), 0);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(heard[1], 1);
	while ((int)next_port <= port)
		new_port(0, false);
	closed = 0;
	assert_int_equal(hvm_irq_unbind((u32)irq), 0);
	assert_int_equal(closed, 0);
	sends = 0;
	xen_lock_kick(1);
	assert_int_equal(sends, 1);
	assert_int_equal(lines(), 0);
}

static void console_by_its_new_port(void **state)
{
	u32 at = ring->out_prod;

	is_restored();
	sends = 0;
	hvm_log("heard", 5);
	assert_int_equal(sends, 1);
	assert_int_equal(ring->out_prod, at + 5);
}

/* ---- each hypercall is refused ---- */

enum { WENT_ON, SAID_NO, PANICKED, NOT_REACHED, SILENT, TOO_MUCH, BROKEN };

static int one_refusal(void *n)
{
	volatile int result = WENT_ON;
	u32 shut;
	int how;

	if (ready(NULL))
		return BROKEN;
	bind(PVOPS_IRQ_TIMER, 0, heard);
	bind(PVOPS_IRQ_HOST, VIRQ_DEBUG, heard);
	xen_set_timer(xen_clock() + SECOND);
	shut = shutdowns;
	calls = 0;
	fail_at = *(int *)n;
	if (setjmp(panicked)) {
		result = PANICKED;
	} else {
		how = backend()->suspend();
		if ((int)calls <= fail_at)
			return how || lines() ? BROKEN : NOT_REACHED;
		if (shutdowns == shut)
			return how == -38 && !lines() ? SAID_NO : BROKEN;
		hvm_irq_handle(HVM_VECTOR);
		xen_clock();
		hvm_log("text", 4);
	}
	if (lines() > (result == PANICKED ? 2 : 1)) {
		fputs(logged, stderr);
		return TOO_MUCH;
	}
	/* The tick may not be there. */
	return lines() || failed_call == VCPUOP_stop_periodic_timer ? result : SILENT;
}

static void each_call_is_refused(void **state)
{
	int of[BROKEN + 1] = { 0 }, n;

	for (n = 0; n < MOST; n++) {
		int result = apart(one_refusal, &n);

		of[result]++;
		if (result == NOT_REACHED)
			break;
		if (result > NOT_REACHED)
			print_error("call %d: result %d\n", n, result);
		assert_in_range(result, WENT_ON, PANICKED);
	}
	assert_int_equal(of[NOT_REACHED], 1);
	assert_int_equal(of[SAID_NO], 1);
	assert_in_range(of[PANICKED], 5, n - 5);
	print_message("of %d: %d went on, %d panics\n", n, of[WENT_ON], of[PANICKED]);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(not_saved, ready),
		cmocka_unit_test_setup(the_new_host_is_told, ready),
		cmocka_unit_test_setup(the_domains_vector, with_the_domains_vector),
		cmocka_unit_test_setup(without_a_vector, no_vector),
		cmocka_unit_test_setup(clock_goes_on, ready),
		cmocka_unit_test_setup(timer_fires_after, ready),
		cmocka_unit_test_setup(timer_that_is_due, ready),
		cmocka_unit_test_setup(stolen_time_adds_up, ready),
		cmocka_unit_test_setup(irqs_stay, ready),
		cmocka_unit_test_setup(console_by_its_new_port, ready),
		cmocka_unit_test(each_call_is_refused),
	};

	return run_apart(tests, sizeof(tests) / sizeof(*tests));
}
