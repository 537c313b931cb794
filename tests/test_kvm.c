// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The KVM backend on a scripted host: found or not, and what of it is used. */
#include "kvm_start.h"

static const struct pvops_boot_proto proto_pv = { .name = "pv", .cpuid = kvm_hv_cpuid };

/* ---- detection ---- */

static void found_at_any_base(void **state)
{
	for (u32 i = 0; i < 16; i++) {
		host.base = BASE + i * 0x100;
		host.max = i & 1 ? host.base + 1 : 0;	/* old hosts say 0 */
		host.features = 0x7b + i;
		detect();
		assert_int_equal(verdict.score, host.base);
		assert_int_equal(verdict.role, PVOPS_ROLE_GUEST);
		assert_int_equal(start(host.features), 0);
		assert_int_equal(kvm.offered, 0x7b + i);
	}
	assert_string_equal(verdict.reason, "KVM at 0x40000f00, features 0x8a");
}

static void not_found(void **state)
{
	boot.proto = &proto_pv;
	detect();
	assert_int_equal(verdict.score, 0);		/* not without ring 0 */
	boot.proto = &proto;
	detect();
	assert_int_equal(verdict.score, BASE);
	pvops_state.info.probe.matches[0].signature[11] = 'X';
	verdict.score = 0;
	kvm_detect(&pvops_state.info.probe, &verdict);
	assert_int_equal(verdict.score, 0);
	assert_int_equal(kvm_init(&boot), -PVOPS_ENODEV);
}

static void highest_of_two_faces(void **state)
{
	detect();
	pvops_state.info.probe.matches[1] = pvops_state.info.probe.matches[0];
	pvops_state.info.probe.matches[1].base = BASE + 0x200;
	pvops_state.info.probe.nr_matches = 2;
	kvm_detect(&pvops_state.info.probe, &verdict);
	assert_int_equal(verdict.score, BASE + 0x200);
}

static void no_features_leaf(void **state)
{
	host.max = BASE;
	assert_int_equal(start(~0U), 0);
	assert_int_equal(kvm.offered, 0);
	assert_int_equal(host.writes, 0);
}

/* ---- what is chosen ---- */

static void nothing_offered_nothing_touched(void **state)
{
	start_all(0);
	for (u32 op = 0; op < PVOPS_NR_OPS; op++)
		if (op != PVOPS_OP_smp_start_cpu && op != PVOPS_OP_smp_stop_cpu)
			assert_int_equal(kvm_forms[op].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(host.writes, 0);
	assert_int_equal(host.calls, 0);
	SAYS("not offered: clock, old clock, one time for all CPUs, stolen time, eoi by memory");
	SAYS_NOT("in use");
}

static void all_offered_all_used(void **state)
{
	start_all(ALL_FEATURES);
	assert_true(has(PVOPS_OP_time_clock, kvm_clock));
	assert_true(has(PVOPS_OP_time_wallclock, kvm_wallclock));
	assert_true(has(PVOPS_OP_time_steal, kvm_steal));
	assert_true(has(PVOPS_OP_irq_eoi, kvm_irq_eoi));
	assert_true(has(PVOPS_OP_irq_bind, kvm_irq_bind));
	assert_true(has(PVOPS_OP_smp_send_ipi, kvm_send_ipi));
	assert_true(has(PVOPS_OP_mmu_flush_others, kvm_flush_others));
	assert_true(has(PVOPS_OP_lock_wait, kvm_lock_wait));
	assert_true(has(PVOPS_OP_lock_kick, kvm_lock_kick));
	assert_int_equal(kvm_forms[PVOPS_OP_cpu_io_delay].kind, PVOPS_FORM_NOP);
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		struct kvm_cpu *c = cpu_at(cpu);

		assert_true(wrote(cpu, KVM_MSR_CLOCK, (unsigned long)&c->clock | 1));
		assert_true(wrote(cpu, KVM_MSR_STEAL, (unsigned long)&c->steal | 1));
		assert_true(wrote(cpu, KVM_MSR_EOI, (unsigned long)&c->eoi | 1));
		assert_true(wrote(cpu, KVM_MSR_POLL_CONTROL, 1));
		assert_int_equal((unsigned long)&c->steal % 64, 0);
	}
	/* Nothing but these: async page faults stay off, migration is left as it was. */
	assert_int_equal(host.writes, 4 * CPUS + 1);
	assert_int_equal(base.overrides, 0);
	SAYS("in use: clock, one time for all CPUs, stolen time, eoi by memory, flush at entry, "
	     "lock kicks, IPI by hypercall, no port delay, poll control, migration\n");
	SAYS("offered, left alone: async page faults, directed yield\n");
	SAYS_NOT("not offered");
}

static void each_feature_alone(void **state)
{
	for (u32 bit = 0; bit < 32; bit++) {
		fresh(NULL);
		/* The scripted host fails on any MSR or hypercall that it has not offered. */
		start_all(1U << bit);
		if (1U << bit & ~(KVM_F_UNHALT | KVM_F_SEND_IPI))
			assert_int_equal(host.calls, 0);
		assert_false(has(PVOPS_OP_mmu_flush_others, kvm_flush_others));
	}
}

static void words_and_hints(void **state)
{
	strcpy(boot.cmdline, "nohypercall nohaltpoll");
	start_all(ALL_FEATURES);
	assert_int_equal(host.calls, 0);
	assert_int_equal(kvm_forms[PVOPS_OP_lock_wait].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(kvm_forms[PVOPS_OP_lock_kick].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(kvm_forms[PVOPS_OP_smp_send_ipi].kind, PVOPS_FORM_EMPTY);
	assert_true(wrote(2, KVM_MSR_POLL_CONTROL, 0));
	fresh(NULL);
	host.hints = KVM_HINT_REALTIME;
	start_all(ALL_FEATURES);
	assert_int_equal(kvm_forms[PVOPS_OP_lock_wait].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(kvm_forms[PVOPS_OP_lock_kick].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(kvm_forms[PVOPS_OP_mmu_flush_others].kind, PVOPS_FORM_EMPTY);
	assert_true(has(PVOPS_OP_smp_send_ipi, kvm_send_ipi));
	/* And all is back on another host. */
	host.hints = 0;
	start_all(ALL_FEATURES);
	assert_true(has(PVOPS_OP_lock_wait, kvm_lock_wait));
	start_all(0);
	assert_int_equal(kvm_forms[PVOPS_OP_lock_wait].kind, PVOPS_FORM_EMPTY);
}

static void migration_is_only_looked_at(void **state)
{
	host.migration = 0;
	start_all(ALL_FEATURES);
	SAYS("not ready for migration, and left so");
	assert_false(kvm.used & KVM_F_MIGRATION);
	fresh(NULL);
	host.fail_msr = KVM_MSR_MIGRATION;
	start_all(ALL_FEATURES);
	SAYS("whether we may be migrated cannot be read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(found_at_any_base),
		T(not_found),
		T(highest_of_two_faces),
		T(no_features_leaf),
		T(nothing_offered_nothing_touched),
		T(all_offered_all_used),
		T(each_feature_alone),
		T(words_and_hints),
		T(migration_is_only_looked_at),
	};

	return cmocka_run_group_tests_name("kvm", tests, NULL, NULL);
}
