// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What VMI's ROM answers to get_reloc: right, wrong, and two-faced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "vmi_rom.h"

#define LINEAR	0xc00c9000U
#define TOP	0xfc000000U
#define NONE	0ULL
#define CALL(target)	(1ULL << 32 | (u32)(target))
#define JUMP(target)	(2ULL << 32 | (u32)(target))
#define NOP	(3ULL << 32)
#define HERE	(LINEAR + 0x200)

static struct vmi_rom rom;
static struct vmi_reloc relocs[VMI_NR_CALLS];
static u64 answers[VMI_NR_CALLS];
static u32 asked[VMI_NR_CALLS], lies_call;
static u64 lie;

/* The ROM, which changes its mind about one call when it is asked again. */
static u64 ask(u32 call)
{
	assert_in_range(call, 0, VMI_NR_CALLS - 1);
	return asked[call]++ && call == lies_call ? lie : answers[call];
}

static int fresh(void **state)
{
	memset(&rom, 0, sizeof(rom));
	rom.gpa = 0xc9000;
	rom.size = 0x800;
	rom.virtual_top = TOP;
	for (u32 call = 0; call < VMI_NR_CALLS; call++)
		answers[call] = CALL(LINEAR + 0x100 + call);
	lies_call = VMI_NR_CALLS;
	logged[0] = 0;
	return 0;
}

static bool all(void)
{
	logged[0] = 0;
	memset(asked, 0, sizeof(asked));
	memset(relocs, 0xee, sizeof(relocs));
	return vmi_relocs(&rom, LINEAR, ask, relocs);
}

static void taken(void)
{
	assert_true(all());
	assert_string_equal(logged, "");
}

static void refused(const char *why)
{
	char line[200];

	assert_false(all());
	snprintf(line, sizeof(line), "vmi: ROM at 0xc9000 refused: %s\n", why);
	assert_string_equal(logged, line);
	for (u32 call = 0; call < VMI_NR_CALLS; call++)
		assert_true(relocs[call].type == VMI_RELOC_NONE && !relocs[call].target);
}

static void good(void **state)
{
	answers[VMI_IRET] = JUMP(HERE);
	answers[VMI_CPUID] = NONE | 0x12345678;
	answers[VMI_IO_DELAY] = NOP | 0x12345678;
	answers[VMI_GET_CR3] |= 0xabcdef0000000000;	/* reserved bits say nothing */
	taken();
	assert_int_equal(relocs[VMI_SET_GDT].type, VMI_RELOC_CALL);
	assert_int_equal(relocs[VMI_SET_GDT].target, LINEAR + 0x103);
	assert_int_equal(relocs[VMI_SET_LAZY_MODE].target, LINEAR + 0x100 + 73);
	assert_int_equal(relocs[VMI_IRET].type, VMI_RELOC_JUMP);
	assert_int_equal(relocs[VMI_IRET].target, HERE);
	assert_int_equal(relocs[VMI_CPUID].type, VMI_RELOC_NONE);
	assert_int_equal(relocs[VMI_CPUID].target, 0);
	assert_int_equal(relocs[VMI_IO_DELAY].type, VMI_RELOC_NOP);
	assert_int_equal(relocs[VMI_GET_CR3].type, VMI_RELOC_CALL);
}

/* Calls that nobody knows the arguments of are left alone. */
static void unpublished(void **state)
{
	static const u32 calls[] = {
		VMI_MACHINE_TO_PHYSICAL, VMI_PHYSICAL_TO_MACHINE, VMI_SET_CALLBACKS,
	};

	for (u32 i = 0; i < 3; i++)
		answers[calls[i]] = CALL(0);
	taken();
	for (u32 i = 0; i < 3; i++) {
		assert_int_equal(asked[calls[i]], 0);
		assert_int_equal(relocs[calls[i]].type, VMI_RELOC_NONE);
	}
}

static void targets(void **state)
{
	static const u32 right[] = { LINEAR, LINEAR + 0x7ff, TOP, 0xffffffff };
	static const u32 wrong[] = { 0, 0xc9000, LINEAR - 1, LINEAR + 0x800, TOP - 1 };
	char why[80];

	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
		answers[VMI_SET_CR3] = CALL(right[i]);
		taken();
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		answers[VMI_SET_CR3] = CALL(wrong[i]);
		snprintf(why, sizeof(why), "SetCR3 leads to 0x%x, outside of it", wrong[i]);
		refused(why);
	}
	/* Without a hole, nothing above is the hypervisor's. */
	rom.virtual_top = 0;
	answers[VMI_SET_CR3] = CALL(TOP);
	refused("SetCR3 leads to 0xfc000000, outside of it");
	answers[VMI_SET_CR3] = CALL(HERE);
	answers[VMI_IRET] = JUMP(0);
	refused("IRET leads to 0x0, outside of it");
}

static void types(void **state)
{
	char why[80];

	for (u32 type = 4; type < 256; type += 17) {
		answers[VMI_RDTSC] = (u64)type << 32 | HERE;
		snprintf(why, sizeof(why), "RDTSC answered with type %u", type);
		refused(why);
	}
	answers[VMI_RDTSC] = JUMP(HERE);
	refused("RDTSC answered with type 2");
	answers[VMI_RDTSC] = NOP;
	refused("RDTSC answered with type 3");
	answers[VMI_RDTSC] = NONE;
	answers[VMI_IRET] = NOP;
	refused("IRET answered with type 3");
	answers[VMI_IRET] = JUMP(HERE);
	answers[VMI_SYSEXIT] = NOP;
	refused("SYSEXIT answered with type 3");
	answers[VMI_SYSEXIT] = NONE;
	taken();
}

/* No call with a result is nothing, only two are jumps. */
static void types_of_all(void **state)
{
	u32 jumps = 0, nops = 0;

	for (u32 call = 0; call < VMI_NR_CALLS; call++) {
		fresh(state);
		answers[call] = JUMP(HERE);
		jumps += all() && asked[call];
		answers[call] = NOP;
		nops += all() && asked[call];
	}
	assert_int_equal(jumps, 2);
	assert_int_equal(nops, 17);
}

static void changed(void **state)
{
	lies_call = VMI_SET_CR3;
	lie = CALL(HERE);
	refused("SetCR3 answered with 1:0xc00c9111, then with 1:0xc00c9200");
	lie = NONE;
	refused("SetCR3 answered with 1:0xc00c9111, then with 0:0x0");
	lies_call = VMI_IO_DELAY;
	answers[VMI_IO_DELAY] = NOP;
	lie = CALL(HERE);
	refused("IODelay answered with 3:0x0, then with 1:0xc00c9200");
	/* An address that means nothing may be any. */
	lie = NOP | 77;
	taken();
	/* The last of all. */
	lies_call = VMI_SET_LAZY_MODE;
	lie = CALL(0xbad);
	refused("SetLazyMode answered with 1:0xc00c9149, then with 1:0xbad");
}

static void irq_flag(void **state)
{
	static const struct {
		u32 call;
		const char *name;
	} group[] = {
		{ VMI_ENABLE_IRQS, "EnableInterrupts" }, { VMI_DISABLE_IRQS, "DisableInterrupts" },
		{ VMI_GET_IRQ_MASK, "GetInterruptMask" }, { VMI_SET_IRQ_MASK, "SetInterruptMask" },
		{ VMI_IRET, "IRET" }, { VMI_HALT, "Halt" },
	};
	char why[80];

	for (u32 i = 0; i < 6; i++) {
		u64 was = answers[group[i].call];

		answers[group[i].call] = NONE;
		snprintf(why, sizeof(why), "it keeps the interrupt flag, but has no %s",
			 group[i].name);
		refused(why);
		answers[group[i].call] = was;
	}
	/* Each of the first four is enough to keep it. */
	for (u32 i = 0; i < 4; i++) {
		fresh(state);
		for (u32 j = 0; j < 6; j++)
			if (j != i)
				answers[group[j].call] = NONE;
		snprintf(why, sizeof(why), "it keeps the interrupt flag, but has no %s",
			 group[!i].name);
		refused(why);
	}
	fresh(state);
	/* Who leaves the flag alone may have an IRET, and a Halt, or not. */
	for (u32 i = 0; i < 4; i++)
		answers[group[i].call] = NONE;
	taken();
	answers[VMI_HALT] = NONE;
	taken();
	answers[VMI_IRET] = NONE;
	taken();
}

static void no_time(u32 call)
{
	u64 was = answers[call];
	char line[100];

	answers[call] = NONE;
	assert_true(all());
	snprintf(line, sizeof(line), "vmi: ROM at 0xc9000 has no %s: its time is not used\n",
		 vmi_call_name(call));
	assert_string_equal(logged, line);
	for (u32 i = VMI_CYCLE_FREQUENCY; i <= VMI_WALLCLOCK_UPDATED; i++)
		assert_true(relocs[i].type == VMI_RELOC_NONE && !relocs[i].target);
	assert_int_equal(relocs[VMI_IO_DELAY].type, VMI_RELOC_CALL);
	assert_int_equal(relocs[VMI_SET_LAZY_MODE].type, VMI_RELOC_CALL);
	answers[call] = was;
}

static void time_in_part(void **state)
{
	for (u32 call = VMI_CYCLE_COUNTER; call <= VMI_WALLCLOCK_UPDATED; call++)
		no_time(call);
	/* Without a frequency there is no time, and nothing to say. */
	answers[VMI_CYCLE_FREQUENCY] = NONE;
	taken();
}

/* A copy answers as the ROM in place did: code moved with it, what is in the hole did not. */
static void moved(void **state)
{
	struct vmi_reloc copy[VMI_NR_CALLS];
	const u32 here = LINEAR + 0x400000;

	answers[VMI_SET_CR3] = CALL(TOP + 0x40);
	answers[VMI_FLUSH_TLB] = NOP;
	answers[VMI_SET_TR] = NONE;
	taken();
	for (u32 call = 0; call < VMI_NR_CALLS; call++) {
		copy[call] = relocs[call];
		if (copy[call].target && copy[call].target < TOP)
			copy[call].target += here - LINEAR;
	}
	assert_true(vmi_relocs_moved(&rom, relocs, LINEAR, copy, here));
	assert_string_equal(logged, "");
	for (u32 call = 0; call < VMI_NR_CALLS; call++) {
		struct vmi_reloc good = copy[call];
		char line[64];

		copy[call].type ^= 1;
		logged[0] = 0;
		assert_false(vmi_relocs_moved(&rom, relocs, LINEAR, copy, here));
		snprintf(line, sizeof(line), "vmi: ROM at 0xc9000 refused: %s answered",
			 vmi_call_name(call));
		assert_ptr_equal(strstr(logged, line), logged);
		copy[call] = good;
		copy[call].target += 4;
		logged[0] = 0;
		assert_false(vmi_relocs_moved(&rom, relocs, LINEAR, copy, here));
		assert_non_null(strstr(logged, " in place, with "));
		copy[call] = good;
	}
	assert_true(vmi_relocs_moved(&rom, relocs, LINEAR, copy, here));
}

static void names(void **state)
{
	for (u32 call = 0; call < VMI_NR_CALLS; call++) {
		assert_non_null(vmi_call_name(call));
		for (u32 i = 0; i < call; i++)
			assert_string_not_equal(vmi_call_name(i), vmi_call_name(call));
	}
	assert_string_equal(vmi_call_name(VMI_NR_CALLS), "no call");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(good, fresh),
		cmocka_unit_test_setup(unpublished, fresh),
		cmocka_unit_test_setup(targets, fresh),
		cmocka_unit_test_setup(types, fresh),
		cmocka_unit_test_setup(types_of_all, fresh),
		cmocka_unit_test_setup(changed, fresh),
		cmocka_unit_test_setup(irq_flag, fresh),
		cmocka_unit_test_setup(time_in_part, fresh),
		cmocka_unit_test_setup(moved, fresh),
		cmocka_unit_test_setup(names, fresh),
	};

	return cmocka_run_group_tests_name("vmi_reloc", tests, NULL, NULL);
}
