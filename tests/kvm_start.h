/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What all tests of the KVM backend begin with: a sound host, and a start on it. */
#ifndef TESTS_KVM_START_H
#define TESTS_KVM_START_H

#include <pvops/clock.h>
#include "kvm_host.h"
#include "../backends/kvm/backend.c"

static const struct pvops_boot_proto proto = { .name = "test", .ring0 = true,
					       .cpuid = kvm_hv_cpuid };
static struct pvops_boot boot;
static struct pvops_verdict verdict;
static u32 base_khz;			/* that native has measured; 0: nothing */

static int fresh(void **state)
{
	memset(&host, 0, sizeof(host));
	memset(&base, 0, sizeof(base));
	memset(blocks, 0, sizeof(blocks));
	memset(&boot, 0, sizeof(boot));
	logged[0] = '\0';
	host.base = BASE;
	host.max = BASE + 1;
	host.features = KVM_F_CLOCK | KVM_F_CLOCK_STABLE;
	host.vendor = "GenuineIntel";
	for (u32 i = 0; i < CPUS; i++)
		host.apic_ids[i] = 0x20 + i;
	host.step = 10;
	/* One tick, one nanosecond. */
	host.clock = (struct kvm_clock_area){ .version = 2, .ns = 1000000, .mul = 1U << 31,
					      .shift = 1, .flags = KVM_CLOCK_STABLE };
	host.wall = (struct kvm_wall_area){ 2, 1600000000, 250 };
	host.migration = KVM_MIGRATION_READY;
	host.irqs = true;
	base.clock_step = 100;
	base_khz = 1000000;
	boot.proto = &proto;
	return 0;
}

static void detect(void)
{
	memset(&verdict, 0, sizeof(verdict));
	pvops_detect(&boot, &pvops_state.info.probe);
	kvm_detect(&pvops_state.info.probe, &verdict);
}

/* As core does it: init of base and backend, the table, late init. */
static int start(u32 features)
{
	struct pvops_clock_choice choice;
	struct pvops_clock_facts facts;
	int err;

	host.features = features;
	detect();
	pvops_clock_begin();
	pvops_clock_cpuid_facts(&pvops_state.info.probe, &facts);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_MEASURED, base_khz);
	pvops_clock_offer("native", &facts, &choice);
	err = kvm_init(&boot);
	if (!err)
		pvops_clock_say(kvm_forms[PVOPS_OP_time_clock].kind ? "kvm" : "native");
	return err;
}

static inline void late(void)
{
	assert_int_equal(kvm_init_cpu(0), 0);
}

static inline void start_all(u32 features)
{
	const struct pvops_cpu_start how = { 0 };

	assert_int_equal(start(features), 0);
	late();
	for (u32 cpu = 1; cpu < CPUS; cpu++) {
		assert_int_equal(kvm_init_cpu(cpu), 0);
		assert_int_equal(kvm_start_cpu(cpu, &how), 0);
	}
}

static inline struct kvm_cpu *cpu_at(u32 cpu)
{
	return (struct kvm_cpu *)blocks[cpu].priv;
}

static inline bool has(unsigned int op, const void *func)
{
	return kvm_forms[op].kind == PVOPS_FORM_CALL && kvm_forms[op].func == func;
}

static inline bool wrote(u32 cpu, u32 msr, u64 val)
{
	for (u32 i = 0; i < host.writes; i++)
		if (host.log[i].cpu == cpu && host.log[i].msr == msr && host.log[i].val == val)
			return true;
	return false;
}

#define SAYS(text) assert_non_null(strstr(logged, text))
#define SAYS_NOT(text) assert_null(strstr(logged, text))

static inline void says_once(const char *text)
{
	const char *at = strstr(logged, text);

	assert_non_null(at);
	assert_null(strstr(at + 1, text));
}

#endif /* TESTS_KVM_START_H */
