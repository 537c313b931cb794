// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The calls of VMI once more, by hand and in the order of their numbers: their names, and what else
 * than a call each may be answered with.
 */
#include <kunit/test.h>
#include <pvops/pvops.h>
#include "../vmi/rom.h"

#define LINEAR		0xc00c9000U
#define ANSWER(type)	((u64)(type) << 32 | LINEAR)

enum { JUMP = 1, NOP, NONE };

/* JUMP: does not come back. NOP: has no result. NONE: never asked for. */
static const struct call {
	const char *name;
	int may;
} calls[VMI_NR_CALLS] = {
	{ "CPUID", 0 },
	{ "WRMSR", 0 },
	{ "RDMSR", 0 },
	{ "SetGDT", 0 },
	{ "SetLDT", 0 },
	{ "SetIDT", 0 },
	{ "SetTR", NOP },
	{ "GetGDT", 0 },
	{ "GetLDT", 0 },
	{ "GetIDT", 0 },
	{ "GetTR", 0 },
	{ "WriteGDTEntry", 0 },
	{ "WriteLDTEntry", 0 },
	{ "WriteIDTEntry", 0 },
	{ "UpdateKernelStack", 0 },
	{ "SetCR0", 0 },
	{ "SetCR2", 0 },
	{ "SetCR3", 0 },
	{ "SetCR4", 0 },
	{ "GetCR0", 0 },
	{ "GetCR2", 0 },
	{ "GetCR3", 0 },
	{ "GetCR4", 0 },
	{ "WBINVD", NOP },
	{ "SetDR", NOP },
	{ "GetDR", 0 },
	{ "RDPMC", 0 },
	{ "RDTSC", 0 },
	{ "CLTS", NOP },
	{ "EnableInterrupts", 0 },
	{ "DisableInterrupts", 0 },
	{ "GetInterruptMask", 0 },
	{ "SetInterruptMask", 0 },
	{ "IRET", JUMP },
	{ "SYSEXIT", JUMP },
	{ "Halt", 0 },
	{ "Reboot", 0 },
	{ "Shutdown", 0 },
	{ "SetPxE", 0 },
	{ "SetPxELong", 0 },
	{ "UpdatePxE", NOP },
	{ "UpdatePxELong", NOP },
	{ "MachineToPhysical", NONE },
	{ "PhysicalToMachine", NONE },
	{ "AllocatePage", NOP },
	{ "ReleasePage", NOP },
	{ "InvalPage", NOP },
	{ "FlushTLB", NOP },
	{ "SetLinearMapping", NOP },
	{ "INL", 0 },
	{ "INB", 0 },
	{ "INW", 0 },
	{ "INSL", 0 },
	{ "INSB", 0 },
	{ "INSW", 0 },
	{ "OUTL", NOP },
	{ "OUTB", NOP },
	{ "OUTW", NOP },
	{ "OUTSL", 0 },
	{ "OUTSB", 0 },
	{ "OUTSW", 0 },
	{ "SetIOPLMask", NOP },
	{ "SetInitialAPState", 0 },
	{ "APICWrite", 0 },
	{ "APICRead", 0 },
	{ "IODelay", NOP },
	{ "GetCycleFrequency", 0 },
	{ "GetCycleCounter", 0 },
	{ "SetAlarm", 0 },
	{ "CancelAlarm", 0 },
	{ "GetWallclockTime", 0 },
	{ "WallclockUpdated", 0 },
	{ "SetCallbacks", NONE },
	{ "SetLazyMode", NOP },
};

static struct vmi_rom rom = { .gpa = 0xc9000, .size = 0x800 };
static struct vmi_reloc relocs[VMI_NR_CALLS];
static u32 about, asked;
static u64 answer;

void pvops_log(const char *fmt, ...)
{
}

static u64 ask(u32 call)
{
	if (call != about)
		return ANSWER(VMI_RELOC_CALL);
	asked++;
	return answer;
}

static const void *next_call(const void *prev, char *desc)
{
	const struct call *call = prev ? (const struct call *)prev + 1 : calls;

	if (call == calls + VMI_NR_CALLS)
		return NULL;
	strscpy(desc, call->name, KUNIT_PARAM_DESC_SIZE);
	return call;
}

static bool taken(u8 type)
{
	asked = 0;
	answer = ANSWER(type);
	return vmi_relocs(&rom, LINEAR, ask, relocs) && asked == 2 && relocs[about].type == type;
}

static void call_of_the_table(struct kunit *test)
{
	const struct call *call = test->param_value;

	about = (u32)(call - calls);
	KUNIT_EXPECT_STREQ(test, vmi_call_name(about), call->name);
	KUNIT_EXPECT_EQ(test, taken(VMI_RELOC_CALL), call->may != NONE);
	KUNIT_EXPECT_EQ(test, taken(VMI_RELOC_JUMP), call->may == JUMP);
	KUNIT_EXPECT_EQ(test, taken(VMI_RELOC_NOP), call->may == NOP);
	KUNIT_EXPECT_EQ(test, !asked, call->may == NONE);
	KUNIT_EXPECT_FALSE(test, taken(4));
}

static void no_call(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, vmi_call_name(VMI_NR_CALLS), "no call");
	KUNIT_EXPECT_STREQ(test, vmi_call_name(~0U), "no call");
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(call_of_the_table, next_call),
	KUNIT_CASE(no_call),
	{}
};

static struct kunit_suite suite = { .name = "pvops-vmi_calls", .test_cases = cases };
kunit_test_suite(suite);
