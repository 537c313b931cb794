// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Xen's HVM side against a scripted Xen: each hypercall fails in turn, shared pages lie. */
#include <pvops/clock.h>
#include "core.h"
#include "xen_hvm.h"

static void leaf0(const char *vendor)
{
	memcpy(&cpuids[0].regs[1], vendor, 4);
	memcpy(&cpuids[0].regs[3], vendor + 4, 4);
	memcpy(&cpuids[0].regs[2], vendor + 8, 4);
}

static void the_vendor_decides(void **state)
{
	static const struct {
		const char *name;
		enum xen_way way;
	} vendors[] = {
		{ "AuthenticAMD", XEN_VMMCALL }, { "HygonGenuine", XEN_VMMCALL },
		{ "GenuineIntel", XEN_VMCALL }, { "CentaurHauls", XEN_VMCALL },
		{ "  Shanghai  ", XEN_VMCALL }, { "AuthenticAMX", XEN_VMCALL },
	};

	for (size_t i = 0; i < sizeof(vendors) / sizeof(*vendors); i++) {
		leaf0(vendors[i].name);
		assert_int_equal(hvm_way(&boot), vendors[i].way);
	}
}

static void detected(void **state)
{
	assert_int_equal(verdict().score, 0x40000000);
	assert_int_equal(verdict().role, PVOPS_ROLE_GUEST);
	assert_string_equal(verdict().reason,
			    "Xen 4.17 in CPUID at 0x40000000, ordinary domain");
	/* Behind Hyper-V's face. */
	xen_leaves(0x40000100);
	assert_int_equal(verdict().score, 0x40000100);
}

static void not_detected(void **state)
{
	cpuids[1].regs[2] = 0;			/* no hypervisor bit */
	assert_int_equal(verdict().score, 0);
	fresh(state);
	cpuids[2].regs[0] = 0x40000001;		/* too few leaves */
	assert_int_equal(verdict().score, 0);
	fresh(state);
	cpuids[2].regs[3]++;
	assert_int_equal(verdict().score, 0);
	fresh(state);
	proto.ring0 = false;			/* a PV guest */
	assert_int_equal(verdict().score, 0);
}

static void initial_domain_by_start_info(void **state)
{
	start_info.flags = SIF_INITDOMAIN | SIF_PRIVILEGED;
	assert_int_equal(verdict().role, PVOPS_ROLE_ROOT);
	start_info.flags = SIF_PRIVILEGED;
	assert_int_equal(verdict().role, PVOPS_ROLE_GUEST);
	start_info.flags = SIF_INITDOMAIN;
	start_info.magic++;
	assert_int_equal(verdict().role, PVOPS_ROLE_GUEST);
	start_info.magic--;
	boot.info = (void *)0xdead000;		/* nothing there */
	assert_int_equal(verdict().role, PVOPS_ROLE_GUEST);
	boot.info = &start_info;
	proto.name = "multiboot2";		/* whose information is another */
	assert_int_equal(verdict().role, PVOPS_ROLE_GUEST);
}

static void starts(void **state)
{
	const struct pvops_clock_facts tsc = {
		.has = PVOPS_CLOCK_TSC | PVOPS_CLOCK_INVARIANT | PVOPS_CLOCK_KHZ(PVOPS_KHZ_MSR),
		.khz = { [PVOPS_KHZ_MSR] = 2000000 },
	};
	struct pvops_clock_choice choice;

	assert_int_equal(start(), 0);
	assert_int_equal(backend()->late_init(), 0);
	assert_int_equal(backend()->init_cpu(0), 0);
	/* The parameter by which Xen learns our mode comes before all that is shared. */
	assert_true(order(__HYPERVISOR_hvm_op, HVMOP_set_param) <
		    order(__HYPERVISOR_memory_op, XENMEM_add_to_physmap));
	assert_true(order(__HYPERVISOR_memory_op, XENMEM_add_to_physmap) <
		    order(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info));
	assert_int_equal(callback, (u64)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | HVM_VECTOR);
	assert_int_equal((u64)(unsigned long)xen_shared >> 12, shared_pfn);
	assert_ptr_equal(vcpu_info_of[0], percpu[0].hv);
	assert_true(xen_cpu_of(0)->kicker != 0);
	/* Not even an invariant TSC would be the clock: deadlines are in Xen's time. */
	pvops_clock_say("xen-hvm");
	assert_non_null(strstr(logged, "xen-hvm: clock pvclock: the host's timers and accounts go "
			       "by it"));
	assert_false(pvops_clock_offer("other", &tsc, &choice));
	/* The second time there is nothing to do. */
	calls = 0;
	assert_int_equal(backend()->init_cpu(0), 0);
	assert_int_equal(calls, 0);
}

/* Exit status of a start whose @n'th hypercall is refused. */
enum { STOPPED = 1, WITH_LESS = 2, SILENT = 3, WRONG = 4 };

static int start_refused(void *n)
{
	int err;

	fail_at = *(int *)n;
	err = start();
	if (!err)
		err = backend()->late_init();
	if (!err)
		err = backend()->init_cpu(0);
	if (err > 0 || calls <= (unsigned int)fail_at)
		return WRONG;
	/* The tick that is stopped may not be there: nobody minds. */
	if (failed_call != VCPUOP_stop_periodic_timer && !strstr(logged, "error") &&
	    !strstr(logged, "serial"))
		return SILENT;
	return err ? STOPPED : WITH_LESS;
}

static void each_call_fails(void **state)
{
	/* Version; the console's two; features, vector; page, vCPU; runstate, tick, lock's port. */
	static const int want[] = {
		STOPPED, WITH_LESS, WITH_LESS, WITH_LESS, WITH_LESS, STOPPED, STOPPED, STOPPED,
		WITH_LESS, STOPPED,
	};

	for (int n = 0; n < (int)(sizeof(want) / sizeof(*want)); n++)
		assert_int_equal(apart(start_refused, &n), want[n]);
	assert_int_equal(start() | backend()->late_init() | backend()->init_cpu(0), 0);
	assert_int_equal(calls, sizeof(want) / sizeof(*want));
}

static void without_a_vector(void **state)
{
	features = 0;
	assert_int_equal(start(), 0);
	assert_non_null(strstr(logged, "no vector for events"));
	assert_int_equal(backend()->forms[PVOPS_OP_irq_bind].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(backend()->forms[PVOPS_OP_irq_handle].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(backend()->forms[PVOPS_OP_time_set_timer].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(backend()->forms[PVOPS_OP_time_clock].kind, PVOPS_FORM_CALL);
}

static void another_vcpus_number(void **state)
{
	cpuids[4].regs[0] = XEN_HVM_CPUID_VCPU_ID_PRESENT;
	cpuids[4].regs[1] = 3;
	assert_int_equal(start(), -PVOPS_EINVAL);
	assert_non_null(strstr(logged, "CPU 0 is Xen's vCPU 3"));
}

static void bind_kind(enum pvops_irq_kind kind, u32 index, int want)
{
	const struct pvops_irq_source source = { kind, index };
	int irq = hvm_irq_bind(&source, 0, handler, NULL);

	if (want > 0)
		assert_in_range(irq, HVM_FIRST_PORT + 1, HVM_FIRST_PORT + 511);
	else
		assert_int_equal(irq, want);
}

static void numbers_say_whose(void **state)
{
	assert_int_equal(start(), 0);
	bind_kind(PVOPS_IRQ_TIMER, 0, 1);
	bind_kind(PVOPS_IRQ_HOST, NR_VIRQS - 1, 1);
	bind_kind(PVOPS_IRQ_IPI, 0, BASE_SAYS);
	bind_kind(PVOPS_IRQ_HOST, NR_VIRQS, BASE_SAYS);
	bind_kind(PVOPS_IRQ_HOST, 0x40, BASE_SAYS);
	bind_kind((enum pvops_irq_kind)77, 0, BASE_SAYS);
	bind_kind(PVOPS_IRQ_TIMER, 1, -PVOPS_EINVAL);
	base_calls = 0;
	hvm_irq_handle(0x31);
	hvm_irq_eoi(0xff);
	assert_int_equal(hvm_irq_mask(0x31), BASE_SAYS);
	assert_int_equal(hvm_irq_unmask(0x31), BASE_SAYS);
	assert_int_equal(hvm_irq_unbind(0x31), BASE_SAYS);
	assert_int_equal(hvm_poll(0x31, 0), BASE_SAYS);
	assert_int_equal(base_calls, 6);
	/* A port that nobody bound, and one beyond all. */
	assert_int_equal(hvm_irq_mask(HVM_FIRST_PORT + 200), -PVOPS_EINVAL);
	assert_int_equal(hvm_irq_unmask(~0U), -PVOPS_EINVAL);
	assert_int_equal(hvm_irq_unbind(HVM_FIRST_PORT), -PVOPS_EINVAL);
	assert_int_equal(hvm_poll(HVM_FIRST_PORT + 512, 0), -PVOPS_EINVAL);
	hvm_irq_eoi(HVM_FIRST_PORT + 5000);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(base_calls, 6);
}

static void ports_that_do_not_fit(void **state)
{
	assert_int_equal(start(), 0);
	next_port = 512;
	bind_kind(PVOPS_IRQ_HOST, VIRQ_DEBUG, -PVOPS_ENOSPC);
	assert_int_equal(closed, 512);
	port_error = -17;
	bind_kind(PVOPS_IRQ_HOST, VIRQ_DEBUG, -PVOPS_EBUSY);
	port_error = -28;
	bind_kind(PVOPS_IRQ_HOST, VIRQ_DEBUG, -28);
}

static void upcall_calls_by_our_number(void **state)
{
	const struct pvops_irq_source source = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	int irq;

	assert_int_equal(start(), 0);
	irq = hvm_irq_bind(&source, 0, handler, &seen_irq);
	raise_port((u32)irq - HVM_FIRST_PORT);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(seen_irq, irq);
	/* Masked until its end; pending again meanwhile it comes with it. */
	seen_irq = 0;
	assert_int_equal(xen_shared->evtchn_pending[0], 0);
	raise_port((u32)irq - HVM_FIRST_PORT);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(seen_irq, 0);
	hvm_irq_eoi((u32)irq);
	assert_int_equal(unmasked, irq - HVM_FIRST_PORT);
	assert_int_equal(hvm_irq_unbind((u32)irq), 0);
	assert_int_equal(closed, irq - HVM_FIRST_PORT);
}

/* A handler may turn interrupts on: who waits behind it must be announced to Xen again. */
static void two_at_once(void **state)
{
	const struct pvops_irq_source one = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	const struct pvops_irq_source two = { PVOPS_IRQ_HOST, VIRQ_CONSOLE };
	const struct pvops_irq_source three = { PVOPS_IRQ_HOST, VIRQ_DEBUG };
	int a, b, c;

	assert_int_equal(start(), 0);
	a = hvm_irq_bind(&one, 0, nosy_handler, NULL);
	b = hvm_irq_bind(&two, 0, nosy_handler, NULL);
	assert_true(a > 0 && b > 0);
	raise_port((u32)a - HVM_FIRST_PORT);
	raise_port((u32)b - HVM_FIRST_PORT);
	unmasks = 0;
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(announced, 2);
	assert_int_equal(handled, 2);
	assert_int_equal(unmasks, 1);
	/* One alone costs nothing more. */
	announced = 0;
	unmasks = 0;
	raise_port((u32)b - HVM_FIRST_PORT);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(announced, 0);
	assert_int_equal(unmasks, 0);
	assert_int_equal(handled, 3);
	/* In another word. */
	next_port = 77;
	c = hvm_irq_bind(&three, 0, nosy_handler, NULL);
	assert_int_equal(c, HVM_FIRST_PORT + 77);
	raise_port(77);
	raise_port((u32)b - HVM_FIRST_PORT);
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(announced, 2);
	assert_int_equal(handled, 5);
	assert_int_equal(unmasked, 77);
}

/* Bits that Xen, or who writes to its page, has no business with. */
static void all_bits_set(void **state)
{
	assert_int_equal(start(), 0);
	memset(xen_shared->evtchn_pending, 0xff, sizeof(xen_shared->evtchn_pending));
	memset(xen_shared->evtchn_mask, 0, sizeof(xen_shared->evtchn_mask));
	xen_this_vcpu()->evtchn_pending_sel = ~0UL;
	xen_this_vcpu()->evtchn_upcall_pending = 1;
	hvm_irq_handle(HVM_VECTOR);
	assert_int_equal(xen_this_vcpu()->evtchn_pending_sel, 0);
}

static void clock_reads_the_page(void **state)
{
	struct vcpu_time_info *t;

	assert_int_equal(start(), 0);
	t = &xen_this_vcpu()->time;
	t->tsc_timestamp = ~0ULL >> 1;		/* ahead of any TSC: no time has passed */
	t->system_time = 5000;
	t->tsc_to_system_mul = ~0U;
	assert_int_equal(xen_clock(), 5000);
	t->system_time = 4000;			/* never back */
	assert_int_equal(xen_clock(), 5000);
	t->version = 1;
	if (!setjmp(panicked)) {
		xen_clock();
		fail();
	}
	assert_non_null(strstr(logged, "never consistent"));
}

static void steal_and_wallclock_end_too(void **state)
{
	struct pvops_timespec ts;

	assert_int_equal(start(), 0);
	xen_shared->wc_version = 7;		/* odd for ever */
	xen_shared->wc_sec = 1000;
	xen_this_vcpu()->time.tsc_timestamp = ~0ULL >> 1;
	xen_wallclock(&ts);
	assert_true(ts.nsec < 1000000000);
	assert_int_equal(xen_steal(PVOPS_MAX_CPUS), 0);
}

static void other_cpus(void **state)
{
	const struct pvops_cpu_start how = { .entry = (void *)1 };

	assert_int_equal(start(), 0);
	assert_int_equal(backend()->init_cpu(1), 0);
	assert_ptr_equal(vcpu_info_of[1], percpu[1].hv);
	cpuids[4].regs[0] = XEN_HVM_CPUID_VCPU_ID_PRESENT;
	cpuids[4].regs[1] = 1;
	assert_int_equal(hvm_start_cpu(1, &how), 0);
	cpuids[4].regs[1] = 0;			/* another one has come */
	assert_int_equal(hvm_start_cpu(1, &how), -PVOPS_EINVAL);
	assert_int_equal(base_stops, 1);
	first_runs = false;
	assert_int_equal(hvm_start_cpu(1, &how), -PVOPS_ETIMEDOUT);
	base_start_error = -PVOPS_EBUSY;
	assert_int_equal(hvm_start_cpu(1, &how), -PVOPS_EBUSY);
	base_stops = 0;
	hvm_stop_cpu();
	assert_int_equal(base_stops, 1);
}

static void memory_map_by_hypercall(void **state)
{
	struct pvops_boot_e820 map[4];

	assert_int_equal(pvops_boot_ask_memory(&boot, map, 4), 2);
	assert_int_equal(map[1].base, 0x100000);
	cpuids[1].regs[2] = 0;			/* nobody there: no hypercall */
	calls = 0;
	assert_int_equal(pvops_boot_ask_memory(&boot, map, 4), 0);
	assert_int_equal(calls, 0);
	fresh(state);
	fail_at = 0;
	assert_int_equal(pvops_boot_ask_memory(&boot, map, 4), 0);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_vendor_decides, fresh),
		cmocka_unit_test_setup(detected, fresh),
		cmocka_unit_test_setup(not_detected, fresh),
		cmocka_unit_test_setup(initial_domain_by_start_info, fresh),
		cmocka_unit_test_setup(starts, fresh),
		cmocka_unit_test_setup(each_call_fails, fresh),
		cmocka_unit_test_setup(without_a_vector, fresh),
		cmocka_unit_test_setup(another_vcpus_number, fresh),
		cmocka_unit_test_setup(numbers_say_whose, fresh),
		cmocka_unit_test_setup(ports_that_do_not_fit, fresh),
		cmocka_unit_test_setup(upcall_calls_by_our_number, fresh),
		cmocka_unit_test_setup(two_at_once, fresh),
		cmocka_unit_test_setup(all_bits_set, fresh),
		cmocka_unit_test_setup(clock_reads_the_page, fresh),
		cmocka_unit_test_setup(steal_and_wallclock_end_too, fresh),
		cmocka_unit_test_setup(other_cpus, fresh),
		cmocka_unit_test_setup(memory_map_by_hypercall, fresh),
	};

	return run_apart(tests, sizeof(tests) / sizeof(*tests));
}
