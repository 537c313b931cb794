// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* KVM's shortcuts for interrupts, locks and TLBs: taken when they work, native's when not. */
#include "kvm_start.h"

/* ---- ends of interrupts ---- */

static void eoi_by_memory_if_the_host_says_so(void **state)
{
	start_all(ALL_FEATURES);
	host.cpu = 1;
	cpu_at(1)->eoi = 1;
	cpu_at(0)->eoi = 1;				/* another CPU's is not ours */
	kvm_irq_eoi(0x31);
	assert_int_equal(base.eois, 0);
	assert_int_equal(cpu_at(1)->eoi, 0);
	assert_int_equal(cpu_at(0)->eoi, 1);
	kvm_irq_eoi(0x31);
	assert_int_equal(base.eois, 1);
}

/* ---- IPIs ---- */

static void nothing(u32 irq, void *data)
{
}

static int bind(enum pvops_irq_kind kind, u32 index)
{
	const struct pvops_irq_source source = { kind, index };

	return kvm_irq_bind(&source, 0, nothing, NULL);
}

static void ipi_by_hypercall(void **state)
{
	start_all(ALL_FEATURES);
	assert_int_equal(bind(PVOPS_IRQ_TIMER, 0), -PVOPS_EINVAL);
	assert_int_equal(bind(PVOPS_IRQ_IPI, PVOPS_MAX_IPIS), -PVOPS_EINVAL);
	host.calls = 0;
	base.busy = true;
	assert_int_equal(bind(PVOPS_IRQ_IPI, 3), -PVOPS_EBUSY);
	base.busy = false;
	assert_int_equal(bind(PVOPS_IRQ_HOST, 3), 0x43);
	/* Nobody has bound it: what vector would it be? */
	assert_int_equal(kvm_send_ipi(1, 3), 0);
	assert_int_equal(base.sends, 1);
	assert_int_equal(host.calls, 0);
	assert_int_equal(bind(PVOPS_IRQ_IPI, 3), 0x34);
	assert_int_equal(kvm_send_ipi(1, 3), 0);
	assert_int_equal(base.sends, 1);
	assert_int_equal(host.calls, 1);
	assert_int_equal(host.args[0], 10);
	assert_int_equal(host.args[1], 1);
	assert_int_equal(host.args[2], 0);
	assert_int_equal(host.args[3], 0x21);
	assert_int_equal(host.args[4], 0x34);
	/* Nonsense is for the base to refuse. */
	assert_int_equal(kvm_send_ipi(1, PVOPS_MAX_IPIS), -PVOPS_EINVAL);
	assert_int_equal(kvm_send_ipi(1, ~0U), -PVOPS_EINVAL);
	assert_int_equal(kvm_send_ipi(CPUS, 3), -PVOPS_EINVAL);
	assert_int_equal(kvm_send_ipi(~0U, 3), -PVOPS_EINVAL);
	assert_int_equal(host.calls, 1);
}

static long nobody(unsigned long nr)
{
	return 0;
}

static long unknown(unsigned long nr)
{
	return -KVM_ENOSYS;
}

static long no_such_instruction(unsigned long nr)
{
	return -PVOPS_ENOSYS;
}

static void ipi_that_fails(void **state)
{
	start_all(ALL_FEATURES);
	bind(PVOPS_IRQ_IPI, 0);
	host.call = nobody;				/* its APIC is off, or not there */
	assert_int_equal(kvm_send_ipi(2, 0), 0);
	assert_int_equal(base.sends, 1);
	SAYS_NOT("native's from now on");
	host.call = unknown;
	host.calls = 0;
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(kvm_send_ipi(2, 0), 0);
	assert_int_equal(base.sends, 6);
	assert_int_equal(host.calls, 1);
	says_once("kvm: IPIs by hypercall: error -1000: native's from now on\n");
}

static void to_a_cpu_that_has_not_come(void **state)
{
	assert_int_equal(start(ALL_FEATURES), 0);
	late();
	assert_int_equal(kvm_init_cpu(1), 0);
	bind(PVOPS_IRQ_IPI, 0);
	host.calls = 0;
	kvm_send_ipi(1, 0);
	kvm_lock_kick(1);
	assert_int_equal(host.calls, 0);		/* its APIC id is not known */
	assert_int_equal(base.sends, 1);
}

/* ---- locks ---- */

static u32 word;

static void word_changes(void)
{
	word = 1;
}

static void wait_is_a_halt(void **state)
{
	start_all(ALL_FEATURES);
	word = 0;
	host.irqs = false;
	kvm_lock_wait(&word, 0);
	assert_int_equal(host.halts, 1);
	assert_false(host.irqs);
	host.irqs = true;
	kvm_lock_wait(&word, 0);
	assert_int_equal(host.enable_halts, 1);
	assert_true(host.irqs);
	assert_int_equal(host.halts + base.waits, 1);
	/* Changed already: no halt, and interrupts as they were. */
	kvm_lock_wait(&word, 5);
	assert_true(host.irqs);
	host.irqs = false;
	kvm_lock_wait(&word, 5);
	assert_false(host.irqs);
	/* By an interrupt, just before they are off. */
	host.irqs = true;
	host.on_irqs_off = word_changes;
	kvm_lock_wait(&word, 0);
	assert_true(host.irqs);
	assert_int_equal(host.halts + host.enable_halts, 2);
}

static void kick_names_the_cpu(void **state)
{
	for (u32 i = 0; i < 2; i++) {
		fresh(NULL);
		host.x2apic = i;
		host.vendor = i ? "AuthenticAMD" : "GenuineIntel";
		host.apic_ids[2] = i ? 0x12345 : 0xfe;
		start_all(ALL_FEATURES);
		kvm_lock_kick(2);
		assert_int_equal(host.args[0], 5);
		assert_int_equal(host.args[1], 0);
		assert_int_equal(host.args[2], i ? 0x12345 : 0xfe);
		assert_int_equal(host.amd, i);
		host.calls = 0;
		kvm_lock_kick(CPUS);
		kvm_lock_kick(PVOPS_MAX_CPUS);
		kvm_lock_kick(~0U);
		assert_int_equal(host.calls, 0);
	}
	fresh(NULL);
	host.vendor = "HygonGenuine";
	start_all(ALL_FEATURES);
	assert_true(host.amd);
}

static void who_cannot_be_kicked_does_not_sleep(void **state)
{
	start_all(ALL_FEATURES);
	host.call = unknown;
	kvm_lock_kick(1);
	kvm_lock_kick(1);
	says_once("kvm: lock.kick of CPU 1: error -1000: nobody halts for a lock any more\n");
	word = 0;
	kvm_lock_wait(&word, 0);
	assert_int_equal(base.waits, 1);
	assert_int_equal(host.halts + host.enable_halts, 0);
}

/* Each hypercall is tried before it is relied upon; if it fails, native's form is back. */
static u32 bad_call;

static long one_bad_call(unsigned long nr)
{
	return nr == bad_call ? -KVM_ENOSYS : 0;
}

static void hypercalls_are_tried(void **state)
{
	host.call = one_bad_call;
	bad_call = KVM_HC_KICK_CPU;
	start_all(ALL_FEATURES);
	SAYS("kicks by hypercall are offered, but fail: error -1000");
	assert_int_equal(base.overrides, 2);
	assert_int_equal(base.override[PVOPS_OP_lock_wait].kind, PVOPS_FORM_CALL);
	assert_ptr_equal(base.override[PVOPS_OP_lock_wait].func, base_wait_fn);
	assert_int_equal(base.override[PVOPS_OP_lock_kick].kind, PVOPS_FORM_NOP);
	assert_non_null(base.override[PVOPS_OP_lock_kick].func);
	assert_int_equal(kvm.used & (KVM_F_UNHALT | KVM_F_SEND_IPI), KVM_F_SEND_IPI);
	fresh(NULL);
	host.call = one_bad_call;
	bad_call = KVM_HC_SEND_IPI;
	start_all(ALL_FEATURES);
	SAYS("IPIs by hypercall are offered, but fail: error -1000");
	assert_int_equal(base.overrides, 2);
	assert_ptr_equal(base.override[PVOPS_OP_irq_bind].func, base_bind_fn);
	assert_ptr_equal(base.override[PVOPS_OP_smp_send_ipi].func, base_send_fn);
	assert_int_equal(kvm.used & (KVM_F_UNHALT | KVM_F_SEND_IPI), KVM_F_UNHALT);
	fresh(NULL);
	host.call = no_such_instruction;
	start_all(ALL_FEATURES);
	assert_int_equal(base.overrides, 4);
	assert_int_equal(host.calls, 2);
	assert_int_equal(kvm.used & (KVM_F_UNHALT | KVM_F_SEND_IPI), 0);
}

/* ---- other CPUs' TLBs ---- */

static void flush_skips_who_does_not_run(void **state)
{
	const struct pvops_cpumask all = { .bits = { ~0ULL } };

	start_all(ALL_FEATURES);
	host.cpu = 0;
	cpu_at(0)->steal.preempted = KVM_PREEMPTED;	/* ourselves: it cannot be */
	cpu_at(1)->steal.preempted = KVM_PREEMPTED;
	kvm_flush_others(&all, 0x1000, 0x2000);
	assert_int_equal(base.flushes, 1);
	assert_true(base.flushed.bits[0] == ~2ULL);
	assert_int_equal(cpu_at(1)->steal.preempted, KVM_PREEMPTED | KVM_FLUSH_TLB);
	assert_int_equal(cpu_at(0)->steal.preempted, KVM_PREEMPTED);
	assert_int_equal(cpu_at(2)->steal.preempted, 0);
	/* Not in the mask: no note. */
	cpu_at(2)->steal.preempted = KVM_PREEMPTED;
	kvm_flush_others(&(struct pvops_cpumask){ .bits = { 2 } }, 0, ~0UL);
	assert_int_equal(cpu_at(2)->steal.preempted, KVM_PREEMPTED);
	assert_true(base.flushed.bits[0] == 0);
	/* Bits that nobody knows stay. */
	cpu_at(2)->steal.preempted = 0xfd;
	kvm_flush_others(&all, 0, ~0UL);
	assert_int_equal(cpu_at(2)->steal.preempted, 0xff);
}

static void no_note_where_the_host_does_not_look(void **state)
{
	const struct pvops_cpumask all = { .bits = { ~0ULL } };

	host.fail_msr = KVM_MSR_STEAL;
	start_all(ALL_FEATURES);
	cpu_at(1)->steal.preempted = KVM_PREEMPTED;
	kvm_flush_others(&all, 0, ~0UL);
	assert_true(base.flushed.bits[0] == ~0ULL);
	/* Nor for one that has stopped. */
	fresh(NULL);
	start_all(ALL_FEATURES);
	cpu_at(1)->steal.preempted = KVM_PREEMPTED;
	host.cpu = 1;
	kvm_stop_cpu();
	assert_int_equal(cpu_at(1)->steal.preempted, 0);
	cpu_at(1)->steal.preempted = KVM_PREEMPTED;
	host.cpu = 0;
	kvm_flush_others(&all, 0, ~0UL);
	assert_true(base.flushed.bits[0] == ~0ULL);
}

/* ---- coming and going ---- */

static void stopped_cpu_takes_its_areas_back(void **state)
{
	start_all(ALL_FEATURES);
	host.cpu = 2;
	host.writes = 0;
	kvm_stop_cpu();
	assert_int_equal(base.stops, 1);
	assert_true(wrote(2, KVM_MSR_CLOCK, 0));
	assert_true(wrote(2, KVM_MSR_STEAL, 0));
	assert_true(wrote(2, KVM_MSR_EOI, 0));
	assert_int_equal(host.writes, 3);
	assert_true(kvm_clock() >= 1000000);		/* there is a clock up to the end */
	/* What was never shared is not taken back. */
	fresh(NULL);
	start_all(KVM_F_STEAL);
	host.cpu = 2;
	host.writes = 0;
	kvm_stop_cpu();
	assert_int_equal(host.writes, 1);
}

static void host_that_does_not_let_go(void **state)
{
	start_all(ALL_FEATURES);
	host.cpu = 1;
	host.fail_msr = KVM_MSR_EOI;
	kvm_stop_cpu();
	says_once("kvm: CPU 1: the host does not let go of MSR 4b564d04\n");
	assert_int_equal(base.stops, 1);
}

static void area_without_an_address(void **state)
{
	host.no_gpa = true;
	start_all(ALL_FEATURES);
	for (u32 i = 0; i < host.writes; i++)
		assert_int_equal(host.log[i].msr, KVM_MSR_POLL_CONTROL);
	SAYS("the area for clock has no guest-physical address");
	assert_int_equal(kvm_forms[PVOPS_OP_time_clock].kind, PVOPS_FORM_EMPTY);
	kvm_irq_eoi(0x31);
	assert_int_equal(base.eois, 1);
	assert_int_equal(kvm_steal(0), 0);
}

static void cpu_that_is_not_there(void **state)
{
	assert_int_equal(start(ALL_FEATURES), 0);
	assert_int_equal(kvm_init_cpu(CPUS), -PVOPS_EINVAL);
	assert_int_equal(kvm_init_cpu(PVOPS_MAX_CPUS), -PVOPS_EINVAL);
}

/* Each write of an MSR faults in turn: one message, and whatever it was for is native's. */
static void each_write_fails_in_turn(void **state)
{
	u32 all;

	start_all(ALL_FEATURES);
	all = host.writes;
	assert_int_equal(all, 4 * CPUS + 1);
	for (u32 nth = 1; nth <= all; nth++) {
		const struct pvops_cpumask mask = { .bits = { 7 } };
		u64 last = 0;

		fresh(NULL);
		host.fail_nth = nth;
		start_all(ALL_FEATURES);
		assert_true(strstr(logged, "refused by the host: error -5") ||
			    strstr(logged, "does not say the date") ||
			    strstr(logged, "polling cannot be told"));
		for (u32 cpu = 0; cpu < CPUS; cpu++) {
			struct kvm_cpu *c = cpu_at(cpu);
			u32 eois = base.eois;

			host.cpu = cpu;
			if (kvm_forms[PVOPS_OP_time_clock].func) {
				assert_true(kvm_clock() > last);
				last = kvm_clock();
			}
			kvm_irq_eoi(0x31);
			assert_int_equal(base.eois, eois + 1);
			assert_int_equal(kvm_steal(cpu), 0);
			c->steal.preempted = KVM_PREEMPTED;
		}
		host.cpu = 0;
		kvm_flush_others(&mask, 0, ~0UL);
		for (u32 cpu = 1; cpu < CPUS; cpu++)
			assert_int_equal(base.flushed.bits[0] >> cpu & 1, !cpu_at(cpu)->steal_on);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(eoi_by_memory_if_the_host_says_so),
		T(ipi_by_hypercall),
		T(ipi_that_fails),
		T(to_a_cpu_that_has_not_come),
		T(wait_is_a_halt),
		T(kick_names_the_cpu),
		T(who_cannot_be_kicked_does_not_sleep),
		T(hypercalls_are_tried),
		T(flush_skips_who_does_not_run),
		T(no_note_where_the_host_does_not_look),
		T(stopped_cpu_takes_its_areas_back),
		T(host_that_does_not_let_go),
		T(area_without_an_address),
		T(cpu_that_is_not_there),
		T(each_write_fails_in_turn),
	};

	return cmocka_run_group_tests_name("kvm_ops", tests, NULL, NULL);
}
