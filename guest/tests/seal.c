// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What is closed once the kernel runs. The second test closes it for good: by its name it comes
 * after all that patch.
 */
#include "party.h"

#define PF_WRITE_PRESENT	3UL

GUEST_TEST(seal_table_is_read_only)
{
	unsigned long first = (unsigned long)*(void *const *)pvops_table;
	struct fault fault;

	for (unsigned int op = 0; op < PVOPS_NR_OPS; op += 16) {
		EXPECT(catch_fault(util_write, pvops_table + op, &fault));
		EXPECT(fault.vector == VECTOR_PF && fault.error == PF_WRITE_PRESENT);
		EXPECT(fault.addr == (unsigned long)(pvops_table + op));
	}
	EXPECT(first == (unsigned long)*(void *const *)pvops_table);
}

static void write_text(void *arg)
{
	*(volatile u8 *)arg = 0xc3;
}

GUEST_TEST(seal_text_is_read_only)
{
	struct fault fault;

	EXPECT(catch_fault(write_text, (void *)(unsigned long)write_text, &fault));
	EXPECT(fault.vector == VECTOR_PF && fault.error == PF_WRITE_PRESENT);
}

GUEST_TEST(seal_zz_final_ends_patching)
{
	u32 nr = pvops_smp_nr_cpus();

	EXPECT(pvops_seal(PVOPS_SEAL_FINAL) == 0);
	EXPECT(pvops_patch() == -PVOPS_EPERM);
	EXPECT(pvops_unpatch() == -PVOPS_EPERM);
	EXPECT(pvops_patch_range(NULL, (void *)~0UL, false) == -PVOPS_EPERM);
	EXPECT(pvops_seal(PVOPS_SEAL_FINAL) == 0);
	EXPECT(pvops_seal(PVOPS_SEAL_TABLE) == 0);
	EXPECT(pvops_patch() == -PVOPS_EPERM);
	EXPECT(faults(util_write, (void *)pvops_table, VECTOR_PF));
	EXPECT(pvops_smp_nr_cpus() == nr);
	EXPECT(process_run("t", "syscall") == 0);
}
