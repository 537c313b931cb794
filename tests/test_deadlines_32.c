// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The deadlines that hypervisors' timers go by, on i386, where each is two words: an interrupt
 * behind any instruction must find the old one or the new one, for half of one may be due.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "logged.h"
#include "stepwise.h"

/* This program has no CPU's block at GS. */
static inline unsigned int this_cpu(void)
{
	return 3;
}
#define pvops_cpu this_cpu
#define arm xen_arm
#define note xen_note
#include "../backends/xen/time.c"
#undef arm
#undef note
#include "../backends/hyperv/timer.c"

static struct pvops_percpu block;

static struct pvops_percpu *percpu(unsigned int cpu)
{
	return &block;
}

static const struct pvops_host host = { .percpu = percpu };

const struct pvops_host *pvops_get_host(void)
{
	return &host;
}

/* ---- Xen, Hyper-V and what stands below it ---- */

u64 xen_hypercall_counts[PVOPS_MAX_CPUS][PVOPS_XEN_NR_HYPERCALLS];
static u32 calls;

long xen_raw_call(unsigned int nr, u64 a, u64 b, u64 c, u64 d)
{
	calls++;
	return 0;
}

struct hyperv hyperv = { .used = HYPERV_STIMER };
struct hyperv_cpu hyperv_cpus[PVOPS_MAX_CPUS];

u64 hyperv_time_clock(void)
{
	return 1;
}

u64 hyperv_to_reference(u64 deadline)
{
	return deadline;
}

static int write_msr(u32 msr, u64 val)
{
	calls++;
	return 0;
}

const void *pvops_base_func(unsigned int op)
{
	return op == PVOPS_OP_cpu_write_msr_safe ? (const void *)write_msr : NULL;
}

/* ---- */

static const volatile u64 *at;
static u64 was, is;
static u32 steps, halves;

static void on_step(int sig)
{
	steps++;
	halves += *at != was && *at != is;
}

/* From one to the other, whose halves differ both; then to none. */
static void whole(const u64 *deadline, int (*set)(u64 deadline), int (*stop)(void))
{
	static const u64 values[] = { 0xfffffff0, 0x100000010, 0xfffffff0 };

	at = deadline;
	steps = halves = calls = 0;
	signal(SIGTRAP, on_step);
	was = 0;
	for (u32 i = 0; i < 3; i++) {
		is = values[i];
		STEPWISE(set(is));
		assert_true(*at == is);
		was = is;
	}
	is = 0;
	STEPWISE(stop());
	assert_true(!*at && calls == 4 && steps > 40);
	assert_int_equal(halves, 0);
}

static void xen(void **state)
{
	whole(&xen_cpu()->deadline, xen_set_timer, xen_stop_timer);
}

static void hyper_v(void **state)
{
	whole(&hyperv_this_cpu()->deadline, hyperv_time_set_timer, hyperv_time_stop_timer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xen),
		cmocka_unit_test(hyper_v),
	};

	return cmocka_run_group_tests_name("deadlines_32", tests, NULL, NULL);
}
