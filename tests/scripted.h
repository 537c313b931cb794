/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A guest without a machine, for backends that stand on native: CPUID by a script, a TSC that
 * goes as the test says, core's services, and a base that notes what it is asked for.
 */
#ifndef TESTS_SCRIPTED_H
#define TESTS_SCRIPTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <pvops/clock.h>
#include "core.h"
#include "logged.h"

#define CPUS		4
#define DATE		1700000000ULL
#define GPA_TOP		0x1200000000ULL		/* so that both halves of an address matter */
#define HV_BIT		(1U << 31)
#define TSC_BIT		(1U << 4)

#define SAYS(text)	assert_non_null(strstr(logged, text))
#define SAYS_NOT(text)	assert_null(strstr(logged, text))

/* ---- CPUID ---- */

static struct {
	u32 nr;
	u32 regs[4];
} leaves[8];
static u32 nr_leaves, leaf1_ecx;

static void leaf(u32 nr, u32 eax, u32 ebx, u32 ecx, u32 edx)
{
	leaves[nr_leaves].nr = nr;
	memcpy(leaves[nr_leaves++].regs, (u32[]){ eax, ebx, ecx, edx }, 16);
}

static void face_of(u32 base, u32 max, const char *signature)
{
	u32 name[3];

	memcpy(name, signature, 12);
	leaf(base, max, name[0], name[1], name[2]);
	leaf1_ecx = HV_BIT;
}

static void cpuid(u32 regs[4])
{
	u32 nr = regs[0];

	memset(regs, 0, 16);
	if (nr == 1)
		memcpy(regs + 2, (u32[]){ leaf1_ecx, TSC_BIT }, 8);
	for (u32 i = 0; i < nr_leaves; i++)
		if (leaves[i].nr == nr)
			memcpy(regs, leaves[i].regs, 16);
}

static struct pvops_boot_proto proto = { .name = "test", .ring0 = true, .cpuid = cpuid };
static struct pvops_boot boot = { .proto = &proto };

/* ---- the TSC ---- */

static u64 tsc;
static u32 true_khz;			/* as the base has measured it; 0: its clock stands */

u64 pvops_tsc_read(void)
{
	return tsc;
}

/* ---- core and the kernel ---- */

struct pvops_state pvops_state;
static struct pvops_percpu percpus[CPUS];

static struct pvops_percpu *percpu(unsigned int cpu)
{
	assert_in_range(cpu, 0, PVOPS_MAX_CPUS - 1);
	return cpu < CPUS ? percpus + cpu : NULL;
}

static pvops_gpa_t virt_to_gpa(const void *va)
{
	return (pvops_gpa_t)(GPA_TOP + (u64)((const u8 *)va - (const u8 *)percpus));
}

static const struct pvops_host host = { .percpu = percpu, .virt_to_gpa = virt_to_gpa };

const struct pvops_host *pvops_get_host(void)
{
	return &host;
}

const struct pvops_info *pvops_get_info(void)
{
	return &pvops_state.info;
}

/* ---- the base ---- */

static u32 current_cpu;
static unsigned int base_stops;
static int base_start_error;

static u64 base_clock(void)
{
	tsc += 1000;
	return true_khz ? tsc * 1000000 / true_khz : 0;
}

static void base_wallclock(struct pvops_timespec *ts)
{
	tsc += 12345;			/* asking takes its time */
	*ts = (struct pvops_timespec){ DATE, 500 };
}

static void base_stop_cpu(void)
{
	base_stops++;
}

const void *pvops_base_func(unsigned int op)
{
	return op == PVOPS_OP_time_clock ? (const void *)base_clock :
	       op == PVOPS_OP_time_wallclock ? (const void *)base_wallclock :
	       op == PVOPS_OP_smp_stop_cpu ? (const void *)base_stop_cpu : NULL;
}

int pvops_base_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start,
			 void (*first)(void))
{
	u32 before = current_cpu;

	if (base_start_error)
		return base_start_error;
	current_cpu = cpu;
	first();
	start->entry(start->arg);
	current_cpu = before;
	return 0;
}

/* ---- runs ---- */

static void scripted_reset(void)
{
	memset(leaves, 0, sizeof(leaves));
	nr_leaves = leaf1_ecx = current_cpu = base_stops = 0;
	base_start_error = 0;
	logged[0] = '\0';
	proto.ring0 = true;
	tsc = 1000000;
	true_khz = 2500000;
	memset(&pvops_state, 0, sizeof(pvops_state));
	memset(percpus, 0xee, sizeof(percpus));
}

/* Init as core does it, behind a base that has measured the TSC. */
static inline int init_on_native(const struct pvops_backend *backend)
{
	struct pvops_clock_choice choice;
	struct pvops_clock_facts facts;
	int err;

	pvops_clock_begin();
	pvops_clock_cpuid_facts(&pvops_state.info.probe, &facts);
	pvops_clock_khz_fact(&facts, PVOPS_KHZ_MEASURED, true_khz);
	pvops_clock_offer("native", &facts, &choice);
	err = backend->init(&boot);
	pvops_clock_say(backend->forms[PVOPS_OP_time_clock].kind ? backend->name : "native");
	return err;
}

/* What a backend says to this machine. */
static struct pvops_verdict ask(const struct pvops_backend *backend)
{
	struct pvops_verdict verdict = { 0 };

	pvops_detect(&boot, &pvops_state.info.probe);
	backend->detect(&pvops_state.info.probe, &verdict);
	return verdict;
}

#endif /* TESTS_SCRIPTED_H */
