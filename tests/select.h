/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A machine by CPUID leaves made by hand, backends made by hand, and the choice among them. */
#ifndef TESTS_SELECT_H
#define TESTS_SELECT_H

#include <stdio.h>
#include <stdlib.h>
#include "core.h"
#include "logged.h"

void pvops_panic(const char *fmt, ...)
{
	fail_msg("%s", fmt);
	abort();
}

struct pvops_state pvops_state;

#define PVOPS_ROW(op, bytes, fam, less, nop) op,
static const char *const names[] = {
#include <pvops/ops-names.h>
};

const char *pvops_op_name(unsigned int op)
{
	return op < PVOPS_NR_OPS ? names[op] : NULL;
}

void pvops_guest_main(struct pvops_boot *boot)
{
	abort();
}

struct leaf {
	u32 nr;
	u32 eax;
	const char *signature;
};

static struct leaf leaves[8];
static bool bit;
static unsigned int asked;

static void cpuid(u32 regs[4])
{
	u32 nr = regs[0];

	asked++;
	memset(regs, 0, 16);
	if (nr == 1)
		regs[2] = bit ? 1U << 31 : 0;
	for (int i = 0; i < 8; i++) {
		if (!leaves[i].signature || leaves[i].nr != nr)
			continue;
		regs[0] = leaves[i].eax;
		memcpy(regs + 1, leaves[i].signature, 12);
	}
}

static const struct pvops_boot_proto proto = { .name = "test", .ring0 = true, .cpuid = cpuid };
static struct pvops_boot boot = { .proto = &proto };
static struct pvops_probe probe;

static int fresh(void **state)
{
	memset(leaves, 0, sizeof(leaves));
	logged[0] = '\0';
	boot.cmdline[0] = '\0';
	boot.proto = &proto;
	bit = true;
	return 0;
}

static struct pvops_form full[PVOPS_NR_OPS];

static int init(struct pvops_boot *b)
{
	return 0;
}

#define DETECT(name, points)							\
	static void name(const struct pvops_probe *p, struct pvops_verdict *v)	\
	{									\
		v->score = points;						\
		pvops_snprintf(v->reason, sizeof(v->reason), "says " #name);	\
	}
DETECT(low, 1)
DETECT(middle, 0x40000000)
DETECT(high, 0x40000100)
DETECT(never, 0)

#define BACKEND(id, detector)								\
	static __attribute__((unused)) struct pvops_backend id = {			\
		.abi = PVOPS_BACKEND_ABI, .size = sizeof(struct pvops_backend), .name = #id, \
		.nr_ops = PVOPS_NR_OPS, .forms = full, .detect = detector, .init = init, \
	}
BACKEND(b_low, low);
BACKEND(b_middle, middle);
BACKEND(b_high, high);
BACKEND(b_never, never);
BACKEND(b_bad, high);

static struct pvops_candidate candidates[PVOPS_MAX_CANDIDATES];
static u32 found;

static const struct pvops_backend *choose(int n, ...)
{
	const struct pvops_backend *list[16];
	va_list args;

	for (u32 op = 0; op < PVOPS_NR_OPS; op++)
		full[op] = (struct pvops_form)PVOPS_NOP(choose);
	va_start(args, n);
	for (int i = 0; i < n; i++)
		list[i] = va_arg(args, const struct pvops_backend *);
	va_end(args);
	pvops_detect(&boot, &probe);
	found = pvops_select(list, list + n, &probe, candidates);
	return found ? candidates[0].backend : NULL;
}

#endif /* TESTS_SELECT_H */
