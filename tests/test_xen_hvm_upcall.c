// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Xen's HVM side with a vector of its own for each vCPU: an edge, given through the APIC. */
#include "xen_hvm.h"

#define FEATURES	cpuids[4].regs[0]

static int offered(void **state)
{
	fresh(state);
	FEATURES = XEN_HVM_CPUID_UPCALL_VECTOR;
	return 0;
}

static int start_all(void)
{
	int err = start();

	if (!err)
		err = backend()->late_init();
	return err ? err : backend()->init_cpu(0);
}

static void own_where_offered(void **state)
{
	assert_int_equal(start(), 0);
	assert_int_equal(vector_of[0], HVM_VECTOR);
	/* Xen would inject both; none at all would mean a guest that does not know Xen. */
	assert_int_equal(callback, 1);
	assert_true(order(__HYPERVISOR_hvm_op, HVMOP_set_param) <
		    order(__HYPERVISOR_memory_op, XENMEM_add_to_physmap));
	assert_non_null(strstr(logged, "events by each vCPU's vector 0xf3"));
	assert_null(strstr(logged, "the domain's"));
	/* What an APIC that was off has forgotten is given again. */
	edges[0] = 0;
	assert_int_equal(backend()->late_init(), 0);
	assert_int_equal(edges[0], 1);
}

static void the_domains_where_not(void **state)
{
	FEATURES = ~XEN_HVM_CPUID_UPCALL_VECTOR;
	cpuids[4].regs[1] = 0;
	assert_int_equal(start_all(), 0);
	assert_int_equal(vector_of[0], 0);
	assert_int_equal(callback, (u64)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | HVM_VECTOR);
	assert_non_null(strstr(logged, "events by the domain's vector 0xf3"));
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(base_eois, 0);
}

static void the_domains_where_refused(void **state)
{
	const struct pvops_irq_source source = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	int irq;

	vector_error[0] = -22;
	assert_int_equal(start_all(), 0);
	assert_int_equal(callback, (u64)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | HVM_VECTOR);
	assert_non_null(strstr(logged, "no vector of its own for a vCPU: error -22"));
	assert_non_null(strstr(logged, "events by the domain's vector 0xf3"));
	irq = hvm_irq_bind(&source, 0, handler, &seen_irq);
	raise_port((u32)irq - HVM_FIRST_PORT);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(seen_irq, irq);
	assert_int_equal(base_eois, 0);
}

/* Neither one: interrupts are native's, and the log does not say otherwise. */
static void nothing_left(void **state)
{
	vector_error[0] = -22;
	features = 0;
	assert_int_equal(start_all(), 0);
	assert_non_null(strstr(logged, "no vector for events"));
	assert_null(strstr(logged, "events by"));
	assert_int_equal(backend()->forms[PVOPS_OP_irq_handle].kind, PVOPS_FORM_EMPTY);
}

static int eois_then;

static void counting_handler(u32 irq, void *data)
{
	eois_then = base_eois;
	*(u32 *)data = irq;
	hvm_irq_eoi(irq);
}

static void ended_before_it_is_handled(void **state)
{
	const struct pvops_irq_source source = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	int irq;

	assert_int_equal(start_all(), 0);
	irq = hvm_irq_bind(&source, 0, counting_handler, &seen_irq);
	edges[0] = 0;
	raise_port((u32)irq - HVM_FIRST_PORT);
	assert_int_equal(edges[0], 1);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(seen_irq, irq);
	assert_int_equal(eois_then, 1);
	assert_int_equal(base_eois, 1);
	assert_int_equal(edges[0], 1);
	/* One that has nothing to say needs its end as well. */
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(base_eois, 2);
	/* Native's are ended by native. */
	hvm_irq_handle(0x31);
	assert_int_equal(base_eois, 2);
}

/* The flag is on, but by our own hand: Xen's edge for it must be asked for. */
static void two_at_once(void **state)
{
	const struct pvops_irq_source one = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	const struct pvops_irq_source two = { PVOPS_IRQ_HOST, VIRQ_CONSOLE };
	int a, b;

	assert_int_equal(start_all(), 0);
	a = hvm_irq_bind(&one, 0, nosy_handler, NULL);
	b = hvm_irq_bind(&two, 0, nosy_handler, NULL);
	raise_port((u32)a - HVM_FIRST_PORT);
	raise_port((u32)b - HVM_FIRST_PORT);
	edges[0] = 0;
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(announced, 2);
	assert_int_equal(handled, 2);
	assert_int_equal(edges[0], 1);
	assert_int_equal(xen_shared->evtchn_pending[0], 0);
	assert_null(strstr(logged, "error"));
}

static void busy_handler(u32 irq, void *data)
{
	const struct pvops_irq_source *other = data;

	/* One more has come since the flag was looked at: Xen has announced it. */
	if (!handled++)
		raise_port(other->index);
	hvm_irq_eoi(irq);
}

/* Xen's own edge is not asked for a second time. */
static void one_comes_while_one_is_handled(void **state)
{
	const struct pvops_irq_source one = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	const struct pvops_irq_source two = { PVOPS_IRQ_HOST, VIRQ_CONSOLE };
	struct pvops_irq_source other = { PVOPS_IRQ_HOST, 0 };
	int a, b;

	assert_int_equal(start_all(), 0);
	a = hvm_irq_bind(&one, 0, busy_handler, &other);
	b = hvm_irq_bind(&two, 0, nosy_handler, NULL);
	other.index = (u32)b - HVM_FIRST_PORT;
	raise_port((u32)a - HVM_FIRST_PORT);
	edges[0] = 0;
	unmasks = 0;
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(handled, 2);
	assert_int_equal(edges[0], 1);
	assert_int_equal(unmasks, 0);
}

static void masker(u32 irq, void *data)
{
	handled++;
	hvm_irq_eoi(irq);
}

/* Held back by another CPU while it is announced: it stays held back. */
static void masked_while_announced(void **state)
{
	const struct pvops_irq_source one = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	const struct pvops_irq_source two = { PVOPS_IRQ_HOST, VIRQ_CONSOLE };
	int a, b;

	assert_int_equal(start_all(), 0);
	a = hvm_irq_bind(&one, 0, masker, NULL);
	b = hvm_irq_bind(&two, 0, masker, NULL);
	raise_port((u32)a - HVM_FIRST_PORT);
	raise_port((u32)b - HVM_FIRST_PORT);
	mask_at_unmask = (u32)b;
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(handled, 1);
	assert_int_equal(xen_shared->evtchn_pending[0], 1UL << (b - HVM_FIRST_PORT));
	mask_at_unmask = 0;
	assert_int_equal(hvm_irq_unmask((u32)b), 0);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(handled, 2);
}

static void late_refusal_ends_the_start(void **state)
{
	assert_int_equal(start(), 0);
	vector_error[0] = -3;
	assert_int_equal(backend()->late_init(), -3);
	assert_non_null(strstr(logged, "CPU 0: vector for events refused: error -3"));
}

static void each_cpu_asks_when_it_runs(void **state)
{
	const struct pvops_cpu_start how = { .entry = (void *)1 };

	assert_int_equal(start_all(), 0);
	FEATURES |= XEN_HVM_CPUID_VCPU_ID_PRESENT;
	cpuids[4].regs[1] = 1;
	assert_int_equal(backend()->init_cpu(1), 0);
	/* INIT would wipe it out of the APIC. */
	assert_int_equal(vector_of[1], 0);
	assert_int_equal(hvm_start_cpu(1, &how), 0);
	assert_int_equal(vector_of[1], HVM_VECTOR);
	/* And again each time: what came while it was down is given to it. */
	edges[1] = 0;
	assert_int_equal(hvm_start_cpu(1, &how), 0);
	assert_int_equal(edges[1], 1);
	vector_error[1] = -3;
	assert_int_equal(hvm_start_cpu(1, &how), -3);
	assert_int_equal(base_stops, 1);
	assert_non_null(strstr(logged, "CPU 1: vector for events refused: error -3"));
}

enum { STOPPED = 1, WITH_LESS = 2, SILENT = 3 };

static int start_refused(void *n)
{
	int err;

	fail_at = *(int *)n;
	err = start_all();
	if (failed_call != VCPUOP_stop_periodic_timer && !strstr(logged, "error") &&
	    !strstr(logged, "serial"))
		return SILENT;
	return err ? STOPPED : WITH_LESS;
}

static void each_call_fails(void **state)
{
	/*
	 * Version; the console's two; the callback's line, the vector; page, vCPU; the vector
	 * again; runstate, tick, lock's port.
	 */
	static const int want[] = {
		STOPPED, WITH_LESS, WITH_LESS, WITH_LESS, WITH_LESS, STOPPED, STOPPED, STOPPED,
		STOPPED, WITH_LESS, STOPPED,
	};

	for (int n = 0; n < (int)(sizeof(want) / sizeof(*want)); n++)
		assert_int_equal(apart(start_refused, &n), want[n]);
	assert_int_equal(start_all(), 0);
	assert_int_equal(calls, sizeof(want) / sizeof(*want));
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(own_where_offered, offered),
		cmocka_unit_test_setup(the_domains_where_not, offered),
		cmocka_unit_test_setup(the_domains_where_refused, offered),
		cmocka_unit_test_setup(nothing_left, offered),
		cmocka_unit_test_setup(ended_before_it_is_handled, offered),
		cmocka_unit_test_setup(two_at_once, offered),
		cmocka_unit_test_setup(one_comes_while_one_is_handled, offered),
		cmocka_unit_test_setup(masked_while_announced, offered),
		cmocka_unit_test_setup(late_refusal_ends_the_start, offered),
		cmocka_unit_test_setup(each_cpu_asks_when_it_runs, offered),
		cmocka_unit_test_setup(each_call_fails, offered),
	};

	return run_apart(tests, sizeof(tests) / sizeof(*tests));
}
