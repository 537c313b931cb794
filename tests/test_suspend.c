// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* pvops_suspend(): when it does not ask the backend, and the line about what became of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <asm/prctl.h>
#include <cmocka.h>
#include "core.h"
#include "logged.h"

#define CPUS	3

static struct pvops_percpu percpus[CPUS];
static bool runs[PVOPS_MAX_CPUS];
static unsigned int cpus, asked;
static int says;
static u64 now;
unsigned long flags_now;		/* asm's below */

struct pvops_state pvops_state;

/* Saves all registers but its result. */
void irq_flags(void);
asm(".pushsection .text\n"
    "irq_flags:\n"
    "	mov	flags_now(%rip), %rax\n"
    "	ret\n"
    ".popsection");

static u64 clock(void)
{
	return now;
}

static unsigned int nr_cpus(void)
{
	return cpus;
}

static bool stopped(unsigned int cpu)
{
	return !runs[cpu];
}

const void *pvops_table[PVOPS_NR_OPS] = {
	[PVOPS_OP_irq_save] = irq_flags,
	[PVOPS_OP_irq_disable] = irq_flags,
	[PVOPS_OP_time_clock] = clock,
	[PVOPS_OP_smp_nr_cpus] = nr_cpus,
	[PVOPS_OP_smp_cpu_stopped] = stopped,
};

static struct pvops_percpu *percpu(unsigned int cpu)
{
	return cpu < CPUS ? percpus + cpu : NULL;
}

static const struct pvops_host host = { .percpu = percpu };

static int suspend(void)
{
	asked++;
	now += 7000;
	return says;
}

static const struct pvops_backend can = { .name = "able", .suspend = suspend };
static const struct pvops_backend cannot = { .name = "unable" };

static void on_cpu(unsigned int cpu)
{
	syscall(SYS_arch_prctl, ARCH_SET_GS, percpus + cpu);
}

static int fresh(void **state)
{
	memset(logged, 0, sizeof(logged));
	memset(runs, 0, sizeof(runs));
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		percpus[cpu].cpu = cpu;
	pvops_state.host = &host;
	pvops_state.info.backend = &can;
	cpus = CPUS;
	asked = 0;
	says = 0;
	flags_now = 0;
	on_cpu(0);
	return 0;
}

/* Not asked, and one line with why. */
static void refused(int err, const char *line)
{
	memset(logged, 0, sizeof(logged));
	assert_int_equal(pvops_suspend(), err);
	assert_int_equal(asked, 0);
	assert_string_equal(logged, line);
}

static void restored(void **state)
{
	assert_int_equal(pvops_suspend(), 0);
	assert_int_equal(asked, 1);
	assert_string_equal(logged, "backend able: restored after 7 us\n");
}

static void cancelled(void **state)
{
	says = 1;
	assert_int_equal(pvops_suspend(), 1);
	assert_string_equal(logged,
			    "backend able: goes on, the host has only looked after 7 us\n");
}

static void failed(void **state)
{
	says = -PVOPS_EINVAL;
	assert_int_equal(pvops_suspend(), -PVOPS_EINVAL);
	assert_int_equal(asked, 1);
	assert_string_equal(logged, "backend able: not suspended: error -22\n");
}

static void nobody_knows_how(void **state)
{
	pvops_state.info.backend = &cannot;
	refused(-PVOPS_ENOSYS, "backend unable: not suspended: error -38\n");
}

static void with_interrupts_on(void **state)
{
	flags_now = PVOPS_FLAGS_IF | 2;
	refused(-PVOPS_EINVAL, "backend able: not suspended: error -22\n");
	flags_now = 2;				/* none of the others counts */
	assert_int_equal(pvops_suspend(), 0);
}

static void from_another_cpu(void **state)
{
	on_cpu(2);
	refused(-PVOPS_EINVAL, "backend able: not suspended: error -22\n");
	on_cpu(0);
}

static void while_another_runs(void **state)
{
	for (unsigned int cpu = 1; cpu < CPUS; cpu++) {
		fresh(state);
		runs[cpu] = true;
		refused(-PVOPS_EBUSY, "backend able: not suspended: error -16\n");
		runs[cpu] = false;
		assert_int_equal(pvops_suspend(), 0);
	}
	/* This one's word about itself is not asked for; who has no block has never run. */
	fresh(state);
	cpus = ~0U;
	runs[0] = runs[CPUS] = runs[PVOPS_MAX_CPUS - 1] = true;
	assert_int_equal(pvops_suspend(), 0);
	fresh(state);
	cpus = 1;
	runs[1] = true;
	assert_int_equal(pvops_suspend(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(restored, fresh),
		cmocka_unit_test_setup(cancelled, fresh),
		cmocka_unit_test_setup(failed, fresh),
		cmocka_unit_test_setup(nobody_knows_how, fresh),
		cmocka_unit_test_setup(with_interrupts_on, fresh),
		cmocka_unit_test_setup(from_another_cpu, fresh),
		cmocka_unit_test_setup(while_another_runs, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
