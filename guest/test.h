/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The conformance suite's frame: GUEST_TEST(family_op_what) { EXPECT(...); } */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include <pvops/unmark.h>
#include "guest.h"

struct test {
	const char *name;
	void (*run)(void);
};

/* One line declares a test; its name is "family.op what" with blanks for further underscores. */
#define GUEST_TEST(id)								\
	static void test_##id(void);						\
	static const struct test test_row_##id					\
	__attribute__((used, section(".guest_tests." #id))) = { #id, test_##id }; \
	static void test_##id(void)

/* Note a failure and go on; may be used on any CPU. */
#define EXPECT(cond)								\
	do {									\
		if (!(cond))							\
			test_fail(__FILE__, __LINE__, #cond);			\
	} while (0)

/* Note a failure and end the function. */
#define ASSERT(cond)								\
	do {									\
		if (!(cond)) {							\
			test_fail(__FILE__, __LINE__, #cond);			\
			return;							\
		}								\
	} while (0)

#define SKIP(why)								\
	do {									\
		test_skip(why);							\
		return;								\
	} while (0)

/* For tests of what only x86-64 has, or only i386. */
#ifdef __x86_64__
#define ONLY_64(why)
#define ON_64		1
#else
#define ONLY_64(why)	SKIP(why)
#define ON_64		0
#endif

void test_fail(const char *file, int line, const char *what);
void test_skip(const char *why);

/* A line of diagnostics: "# ..." */
#define NOTE(fmt, ...) kprintf("# " fmt "\n", ##__VA_ARGS__)

/*
 * Entered without ring 0, as Xen PV does it: page tables hold frames of the machine, there are
 * hypercalls, and no board need be there.
 */
static inline bool on_xen_pv(void)
{
	return !guest_boot->proto->ring0;
}

/*
 * The ring that the kernel is in now: Xen PV has taken 0 away before the entry, VMI does it at
 * its init.
 */
static inline unsigned int kernel_cpl(void)
{
	unsigned long cs;

	asm volatile("mov %%cs, %0" : "=r"(cs));
	return cs & 3;
}

static inline bool deprivileged(void)
{
	return kernel_cpl() != 0;
}

/* Has the selected backend the CPU and all else to itself? */
static inline bool on_bare_hardware(void)
{
	const char *name = pvops_get_info()->backend->name, *native = "native";

	while (*name && *name == *native) {
		name++;
		native++;
	}
	return *name == *native;
}

/* On Xen, PV or HVM: pvops_xen_hypercalls() counts. */
static inline bool is_of_xen(const char *name)
{
	return name && name[0] == 'x' && name[1] == 'e' && name[2] == 'n' && name[3] == '-';
}

static inline bool on_xen(void)
{
	const struct pvops_backend *backend = pvops_get_info()->backend;

	return is_of_xen(backend->name) || is_of_xen(backend->base);
}

/* Xen on an emulated CPU, 32 bits: an instruction of its own that exits does not come back. */
static inline bool exits_need_ops(void)
{
	return pvops_unmark && on_xen();
}

/* For tests that execute such an instruction by itself. */
#define EXITS_OR_SKIP()									\
	do {										\
		if (exits_need_ops())							\
			SKIP("Xen does not come to see the instruction: <pvops/unmark.h>"); \
	} while (0)

/* Does the backend do this op in its own way where it else stands on another? */
static inline bool enlightened(unsigned int op)
{
	const struct pvops_backend *backend = pvops_get_info()->backend;

	return backend->base && backend->forms[op].kind != PVOPS_FORM_EMPTY;
}

/* All tests whose name has one of @patterns (a,b,c) in it; the number of failures. */
unsigned int test_run_all(const char *patterns);

/* Busy-wait with a limit: true if cond came true within ms milliseconds. */
#define WAIT_FOR(cond, ms)							\
	({									\
		u64 end_ = pvops_time_clock() + (ms) * 1000000ULL;		\
		bool ok_;							\
		while (!(ok_ = (cond)) && pvops_time_clock() < end_)		\
			asm volatile("pause" : : : "memory");			\
		ok_;								\
	})

#endif /* GUEST_TEST_H */
