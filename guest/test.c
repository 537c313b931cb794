// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Runs the tests and reports in KTAP; a watchdog ends what hangs. */
#include "test.h"
#include "trap.h"

#define LIMIT_NS	20000000000ULL	/* for one test, on a slow and busy host */
#define SLOW_NS		500000000ULL	/* worth a line */

extern const struct test guest_tests_start[], guest_tests_end[];

static u32 failures;
static const char *skipped;

void test_fail(const char *file, int line, const char *what)
{
	u32 n = __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);

	/* A loop may fail a thousand times; the first few tell all. */
	if (n < 4)
		kprintf("# %s:%d: expected %s\n", file, line, what);
}

void test_skip(const char *why)
{
	skipped = why;
}

static bool contains(const char *text, const char *part)
{
	for (;; text++) {
		size_t i = 0;

		while (part[i] && text[i] == part[i])
			i++;
		if (!part[i])
			return true;
		if (!*text)
			return false;
	}
}

/* Is one of these, separated by commas, in the name? No pattern is in every name. */
static bool wanted(const char *name, const char *patterns)
{
	char part[64];

	do {
		size_t n = 0;

		for (; *patterns && *patterns != ','; patterns++)
			if (n + 1 < sizeof(part))
				part[n++] = *patterns;
		part[n] = '\0';
		if (contains(name, part))
			return true;
	} while (*patterns++);
	return false;
}

/* "mmu_set_pte_maps" to "mmu.set_pte maps": as the op is called, then what is tested. */
static void pretty(char *to, const char *id)
{
	size_t best = 0, n;

	for (unsigned int op = 0; op < PVOPS_NR_OPS; op++) {
		const char *name = pvops_op_name(op);

		for (n = 0; name[n] && (id[n] == name[n] || (name[n] == '.' && id[n] == '_')); n++)
			;
		if (!name[n] && (id[n] == '_' || !id[n]) && n > best)
			best = n;
	}
	for (n = 0; id[n]; n++) {
		to[n] = id[n];
		if (id[n] == '_' && n >= best)
			to[n] = ' ';
	}
	to[n] = '\0';
	for (n = 0; to[n] && to[n] != ' '; n++)
		if (to[n] == '_') {
			to[n] = '.';
			break;
		}
}

/* For this CPU's tick, which must not see one half of it. */
static void set_deadline(u64 deadline)
{
	unsigned long flags = pvops_irq_save();

	pvops_irq_disable();
	this_cpu()->deadline = deadline;
	pvops_irq_restore(flags);
}

unsigned int test_run_all(const char *patterns)
{
	unsigned int pass = 0, fail = 0, skip = 0, nr = 0;
	const struct test *test;
	char name[128];
	u64 start;

	for (test = guest_tests_start; test < guest_tests_end; test++)
		nr += wanted(test->name, patterns);
	kprintf("KTAP version 1\n1..%u\n", nr);
	nr = 0;
	for (test = guest_tests_start; test < guest_tests_end; test++) {
		if (!wanted(test->name, patterns))
			continue;
		failures = 0;
		skipped = NULL;
		pretty(name, test->name);
		set_deadline(pvops_time_clock() + LIMIT_NS);
		start = pvops_time_clock();
		test->run();
		if (pvops_time_clock() - start > SLOW_NS)
			NOTE("%llu ms", (pvops_time_clock() - start) / 1000000);
		set_deadline(0);
		nr++;
		if (failures) {
			fail++;
			kprintf("not ok %u %s\n", nr, name);
		} else if (skipped) {
			skip++;
			kprintf("ok %u %s # SKIP %s\n", nr, name, skipped);
		} else {
			pass++;
			kprintf("ok %u %s\n", nr, name);
		}
	}
	if (trap_before_halt)
		NOTE("%u interrupts between STI and HLT, forgiven", trap_before_halt);
	kprintf("# totals: pass:%u fail:%u skip:%u\n", pass, fail, skip);
	kprintf("guest: done pass=%u fail=%u skip=%u\n", pass, fail, skip);
	return fail;
}
