// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The VMware backend against a host that answers as the script says, or not. */
#include <pvops/tsc.h>
#include "scripted.h"
#include "memory.h"
#include "../backends/vmware/backend.c"
#include "vmware.h"

#define KHZ		2500000U
#define LEAF		0x40000010U

/* A machine of the usual kind: CPUID tells all, calls by the port. */
static int fresh(void **state)
{
	scripted_reset();
	memset(vmware_forms, 0, sizeof(vmware_forms));
	memset(&vm, 0, sizeof(vm));
	vm.ways = 1 << VMWARE_BY_PORT;
	vm.version = 6;
	vm.magic = VMWARE_MAGIC;
	vm.hz = 2510000000ULL;
	vm.has_steal = true;
	vm.on_answer = VMWARE_STEAL_ENABLED;
	vm.off_answer = VMWARE_STEAL_DISABLED;
	memory_set("", 0, 0);
	return 0;
}

static void vmware_face(u32 max, u32 khz, u32 ecx)
{
	face_of(0x40000000, max, VMWARE_SIGNATURE);
	leaf(LEAF, khz, 66000, ecx, 0);
}

static int entered;

static void entry(void *arg)
{
	entered++;
}

/* All that core would have it do with two CPUs; the verdict's score. */
static u32 live(void)
{
	struct pvops_verdict verdict = ask(&vmware_backend);
	struct pvops_cpu_start start = { .entry = entry };

	entered = 0;
	if (!verdict.score)
		return 0;
	assert_true(strlen(verdict.reason) > 10);
	assert_int_equal(verdict.role, PVOPS_ROLE_GUEST);
	assert_int_equal(init_on_native(&vmware_backend), 0);
	assert_int_equal(vmware_backend.init_cpu(0), 0);
	assert_int_equal(vmware_backend.init_cpu(1), 0);
	if (form(&vmware_backend, PVOPS_OP_smp_start_cpu)) {
		assert_int_equal(vmware_smp_start_cpu(1, &start), 0);
		assert_int_equal(entered, 1);
	}
	return verdict.score;
}

static void stop(u32 cpu)
{
	current_cpu = cpu;
	vmware_smp_stop_cpu();
	current_cpu = 0;
}

#define CLOCK_IS(fn)	assert_ptr_equal(form(&vmware_backend, PVOPS_OP_time_clock), fn)
#define STEAL_IS(fn)	assert_ptr_equal(form(&vmware_backend, PVOPS_OP_time_steal), fn)

static void all_that_it_offers(void **state)
{
	vmware_face(LEAF, KHZ, 0);
	assert_int_equal(live(), 0x40000000);
	CLOCK_IS(pvops_tsc_clock);
	STEAL_IS(vmware_time_steal);
	assert_ptr_equal(form(&vmware_backend, PVOPS_OP_time_wallclock), pvops_tsc_wallclock);
	assert_int_equal(vmware_forms[PVOPS_OP_cpu_io_delay].kind, PVOPS_FORM_NOP);
	SAYS("vmware: calls by port, version 6");
	SAYS("vmware: clock tsc at 2500000 kHz by the host's timing leaf");
	SAYS(": invariant, frequency known");
	tsc += 2500000000ULL - 12345;
	assert_in_range(pvops_tsc_clock(), 999999998, 1000000000);
	/* Nobody was asked for what CPUID has told: version, steal off, on for each CPU. */
	assert_int_equal(vm.nr, 4);
}

static void the_rest_is_the_base_s(void **state)
{
	vmware_face(LEAF, KHZ, 0);
	live();
	for (u32 op = 0; op < PVOPS_NR_OPS; op++)
		if (op != PVOPS_OP_time_clock && op != PVOPS_OP_time_wallclock &&
		    op != PVOPS_OP_time_steal && op != PVOPS_OP_cpu_io_delay &&
		    op != PVOPS_OP_smp_start_cpu && op != PVOPS_OP_smp_stop_cpu)
			assert_int_equal(vmware_forms[op].kind, PVOPS_FORM_EMPTY);
	assert_string_equal(vmware_backend.base, "native");
}

static void way_by_cpuid(void **state)
{
	static const struct {
		u32 max, ecx, way;
		const char *says;
	} rows[] = {
		{ LEAF, VMWARE_ECX_VMMCALL, VMWARE_BY_VMMCALL, "calls by vmmcall" },
		{ LEAF, VMWARE_ECX_VMCALL, VMWARE_BY_VMCALL, "calls by vmcall" },
		{ LEAF, 0xfffffffc, VMWARE_BY_PORT, "calls by port" },
		{ LEAF, 0xfffffffc | VMWARE_ECX_VMCALL, VMWARE_BY_VMCALL, "calls by vmcall" },
		{ LEAF, VMWARE_ECX_VMCALL | VMWARE_ECX_VMMCALL, VMWARE_BY_PORT, "calls by port" },
		/* A leaf that the host does not say it has is not read. */
		{ LEAF - 1, VMWARE_ECX_VMCALL, VMWARE_BY_PORT, "calls by port" },
		{ 0, VMWARE_ECX_VMCALL, VMWARE_BY_PORT, "calls by port" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fresh(state);
		vm.ways = 1U << rows[i].way;
		vmware_face(rows[i].max, KHZ, rows[i].ecx);
		live();
		SAYS(rows[i].says);
		assert_int_equal(vm.calls[rows[i].way], vm.nr);
		assert_true(vm.nr >= 4);
	}
}

static void frequency_by_gethz(void **state)
{
	/* What cannot be is no frequency, what was measured otherwise is said to be wrong. */
	static const u32 poor[] = { 0, 1, 9999, 40000001, 0xffffffff, 1000000, 2450000, 2550000 };

	for (size_t i = 0; i < sizeof(poor) / sizeof(*poor); i++) {
		fresh(state);
		vmware_face(LEAF, poor[i], 0);
		live();
		CLOCK_IS(pvops_tsc_clock);
		SAYS("clock tsc at 2510000 kHz by the host:");
		if (i >= 5)
			SAYS("by the host's timing leaf, but 2500000 kHz measured: not believed");
	}
	fresh(state);
	vmware_face(0x40000001, KHZ, 0);
	live();
	SAYS("clock tsc at 2510000 kHz by the host:");
	/* A base without a clock has nothing to say against it. */
	fresh(state);
	vmware_face(0x40000001, 0, 0);
	true_khz = 0;
	vm.hz = 3000000000ULL;
	live();
	SAYS("clock tsc at 3000000 kHz by the host:");
}

static void no_frequency(void **state)
{
	static const u64 poor[] = {
		0, 999, 9999999, 40000001000ULL, 0xfffffffe00000000ULL, 0xffffffff00000000ULL,
		~0ULL, 2400000000ULL, 2600000000ULL,
	};

	for (size_t i = 0; i < sizeof(poor) / sizeof(*poor); i++) {
		fresh(state);
		vmware_face(0x40000001, 0, 0);
		vm.hz = poor[i];
		assert_int_equal(live(), 0x40000000);
		CLOCK_IS(NULL);
		/* Ticks of unknown length are no time: the steal clock is not even asked for. */
		STEAL_IS(NULL);
		assert_int_equal(vm.nr, 2);
		SAYS("the host tells no frequency: the clock is the base's");
		SAYS("no steal clock");
		if (i >= 7)
			SAYS("kHz by the host, but 2500000 kHz measured: not believed");
	}
}

/* What the processor says roughly is no better than what the base has measured. */
static void rough_leaf_is_not_told(void **state)
{
	vmware_face(0x40000001, 0, 0);
	leaf(0, 0x16, 0, 0, 0);
	leaf(0x16, 2500, 0, 0, 0);
	vm.hz = 0;
	live();
	CLOCK_IS(NULL);
	true_khz = 0;
	live();
	CLOCK_IS(NULL);
}

static void each_call_unanswered(void **state)
{
	static const char *const says[] = {
		"nobody answers by port: no calls",
		"the host tells no frequency",
		"vmware: no steal clock",
		"CPU 0: no steal clock, the host answers 0xffffffff",
		"CPU 1: no steal clock, the host answers 0xffffffff",
		"CPU 1: the steal clock goes on, the host answers 0xffffffff",
	};

	for (u32 i = 0; i < 6; i++) {
		fresh(state);
		vmware_face(0x40000001, 0, 0);
		vm.fail = i + 1;
		assert_int_equal(live(), 0x40000000);
		if (form(&vmware_backend, PVOPS_OP_smp_stop_cpu)) {
			stop(1);
			assert_int_equal(base_stops, 1);
		}
		SAYS(says[i]);
		/* What is built on it is left out; what is not goes on, and says nothing. */
		assert_int_equal(vm.nr, i < 3 ? i + 1 : 6);
		for (u32 j = 3; j < 6; j++)
			assert_int_equal(!!strstr(logged, says[j]), j == i);
	}
}

static void silent_host_is_asked_once(void **state)
{
	vmware_face(LEAF, KHZ, VMWARE_ECX_VMCALL);
	vm.ways = 1 << VMWARE_BY_VMCALL;
	vm.version = 0;
	live();
	assert_int_equal(vm.nr, 1);
	CLOCK_IS(pvops_tsc_clock);		/* CPUID needs no answer */
	STEAL_IS(NULL);
	SAYS("nobody answers by vmcall");
	/* Who has not said that it is VMware may have slow devices. */
	assert_int_equal(vmware_forms[PVOPS_OP_cpu_io_delay].kind, PVOPS_FORM_EMPTY);
}

/* Any device may answer at the port; only VMware's answer has the magic number in it. */
static void version_without_magic(void **state)
{
	vmware_face(LEAF, KHZ, 0);
	vm.magic = 0;
	live();
	SAYS("nobody answers by port");
	STEAL_IS(NULL);
}

static void steal_is_counted_where_we_said(void **state)
{
	struct vmware_steal *mine;

	vmware_face(LEAF, KHZ, 0);
	live();
	assert_int_equal(vmware_time_steal(0), 0);	/* the block was not zero before */
	for (u32 cpu = 0; cpu < 2; cpu++) {
		assert_int_equal(vm.area[cpu] % 64, 0);
		mine = (void *)((u8 *)percpus + (vm.area[cpu] - GPA_TOP));
		assert_ptr_equal(mine, percpus[cpu].priv);
		mine->clock = 2500 * (cpu + 1);
	}
	assert_in_range(vmware_time_steal(0), 999, 1000);
	assert_in_range(vmware_time_steal(1), 1999, 2000);
	mine->clock = ~0ULL;			/* values out of range: large, but no overflow */
	assert_true(vmware_time_steal(1) > 1ULL << 62);
	assert_int_equal(vmware_time_steal(CPUS), 0);
	assert_int_equal(vmware_time_steal(PVOPS_MAX_CPUS), 0);
	assert_int_equal(vmware_time_steal(~0U), 0);
	assert_true(vmware_backend.init_cpu(CPUS) < 0);
}

static void steal_of_a_cpu_that_stops(void **state)
{
	struct pvops_cpu_start start = { .entry = entry };

	vmware_face(LEAF, KHZ, 0);
	live();
	assert_true(vm.area[0] && vm.area[1]);
	stop(1);
	assert_int_equal(base_stops, 1);
	assert_true(vm.area[0] && !vm.area[1]);
	assert_int_equal(vmware_smp_start_cpu(1, &start), 0);
	assert_true(vm.area[1]);
	base_start_error = -PVOPS_EBUSY;
	assert_int_equal(vmware_smp_start_cpu(1, &start), -PVOPS_EBUSY);
	SAYS_NOT("the host answers");
}

static void steal_answers_nobody_knows(void **state)
{
	vmware_face(LEAF, KHZ, 0);
	vm.on_answer = 7;
	vm.off_answer = 9;
	live();
	stop(1);
	SAYS("CPU 0: no steal clock, the host answers 0x7");
	SAYS("CPU 1: no steal clock, the host answers 0x7");
	SAYS("CPU 1: the steal clock goes on, the host answers 0x9");
	assert_int_equal(vmware_time_steal(0), 0);
}

static void not_for_others(void **state)
{
	face_of(0x40000000, LEAF, "TCGTCGTCGTCG");
	assert_int_equal(live(), 0);
	fresh(state);
	face_of(0x40000000, LEAF, "VMwareVMwarE");
	assert_int_equal(live(), 0);
	fresh(state);
	vmware_face(LEAF, KHZ, 0);
	proto.ring0 = false;
	assert_int_equal(live(), 0);
	assert_int_equal(vm.nr, 0);
}

static void second_face(void **state)
{
	face_of(0x40000000, 0x40000006, "Microsoft Hv");
	face_of(0x40000100, 0x40000110, VMWARE_SIGNATURE);
	leaf(0x40000110, KHZ, 0, VMWARE_ECX_VMCALL, 0);
	vm.ways = 1 << VMWARE_BY_VMCALL;
	assert_int_equal(live(), 0x40000100);
	SAYS("clock tsc at 2500000 kHz by the host's timing leaf");
}

/* ---- DMI, the least of it: test_dmi has the rest ---- */

static u8 bios[0x10000];

static void put_dmi(const char *serial)
{
	u8 *entry_point = bios + 0x120, *table = bios + 0x200, sum = 0;

	memset(bios, 0, sizeof(bios));
	memcpy(table, (u8[]){ 1, 8, 1, 0, 0, 0, 0, 1 }, 8);
	strcpy((char *)table + 8, serial);
	memcpy(entry_point, "_SM3_", 5);
	entry_point[6] = 0x18;
	memcpy(entry_point + 0x0c, (u8[]){ 100, 0, 0, 0, 0x00, 0x02, 0x0f }, 7);
	for (int i = 0; i < 0x18; i++)
		sum = (u8)(sum + entry_point[i]);
	entry_point[5] = (u8)-sum;
	memory_set(bios, sizeof(bios), 0xf0000);
}

static void by_dmi(void **state)
{
	put_dmi("VMware-56 4d");
	assert_int_equal(live(), 2);
	SAYS("calls by port, version 6");
	SAYS("clock tsc at 2510000 kHz by the host:");
	assert_true(vm.area[0] && vm.area[1]);
	/* A hypervisor that shows nothing but its bit has not answered either. */
	fresh(state);
	put_dmi("VMware-56 4d");
	leaf1_ecx = HV_BIT;
	assert_int_equal(live(), 2);
}

static void dmi_comes_after_cpuid(void **state)
{
	put_dmi("VMware-56 4d");
	face_of(0x40000000, 0x40000001, "KVMKVMKVM\0\0\0");
	assert_int_equal(live(), 0);
	assert_int_equal(vm.nr, 0);
}

static void no_port_without_dmi(void **state)
{
	put_dmi("1234");
	assert_int_equal(live(), 0);
	assert_int_equal(vm.nr, 0);
}

static void dmi_alone_is_not_enough(void **state)
{
	put_dmi("VMware-56 4d");
	vm.version = 0;
	assert_int_equal(live(), 0);
	assert_int_equal(vm.nr, 1);
}

static void random_answers(void **state)
{
	srand(1);
	for (int i = 0; i < 20000; i++) {
		fresh(state);
		vmware_face(rand() % 2 ? LEAF : 0x40000001, (u32)rand(), (u32)rand());
		vm.ways = 7;
		vm.random = true;
		live();
		if (form(&vmware_backend, PVOPS_OP_time_clock)) {
			tsc += (u64)rand();
			pvops_tsc_clock();
			vmware_time_steal((unsigned int)rand() % (CPUS + 1));
		} else {
			STEAL_IS(NULL);
		}
		assert_in_range(vm.calls[0] + vm.calls[1] + vm.calls[2], 1, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(all_that_it_offers),
		T(the_rest_is_the_base_s),
		T(way_by_cpuid),
		T(frequency_by_gethz),
		T(no_frequency),
		T(rough_leaf_is_not_told),
		T(each_call_unanswered),
		T(silent_host_is_asked_once),
		T(version_without_magic),
		T(steal_is_counted_where_we_said),
		T(steal_of_a_cpu_that_stops),
		T(steal_answers_nobody_knows),
		T(not_for_others),
		T(second_face),
		T(by_dmi),
		T(dmi_comes_after_cpuid),
		T(no_port_without_dmi),
		T(dmi_alone_is_not_enough),
		T(random_answers),
	};

	return cmocka_run_group_tests_name("vmware", tests, NULL, NULL);
}
