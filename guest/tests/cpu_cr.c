// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Control and debug registers. */
#include "util.h"

#define CR0_FIXED	0x80010001UL	/* PG, WP, PE */
#define CR0_TS		8UL
#define CR4_PAE		(1UL << 5)
#define CR4_XMMEXCPT	(1UL << 10)

static void use_fpu(void *arg)
{
	asm volatile("fninit");
}

GUEST_TEST(cpu_read_cr0_protected_and_paging)
{
	EXPECT((pvops_cpu_read_cr0() & CR0_FIXED) == CR0_FIXED);
	EXPECT(!((u64)pvops_cpu_read_cr0() >> 32));
}

GUEST_TEST(cpu_read_cr0_is_stable)
{
	EXPECT(pvops_cpu_read_cr0() == pvops_cpu_read_cr0());
}

GUEST_TEST(cpu_write_cr0_ts_makes_fpu_trap)
{
	unsigned long flags = irqs_off(), cr0 = pvops_cpu_read_cr0();

	pvops_cpu_write_cr0(cr0 | CR0_TS);
	EXPECT(pvops_cpu_read_cr0() & CR0_TS);
	EXPECT(faults(use_fpu, NULL, VECTOR_NM));
	pvops_cpu_write_cr0(cr0);
	EXPECT(pvops_cpu_read_cr0() == cr0);
	EXPECT(!faults(use_fpu, NULL, VECTOR_NM));
	irqs_back(flags);
}

GUEST_TEST(cpu_clts_ends_the_trap)
{
	unsigned long flags = irqs_off();

	pvops_cpu_write_cr0(pvops_cpu_read_cr0() | CR0_TS);
	pvops_cpu_clts();
	EXPECT(!(pvops_cpu_read_cr0() & CR0_TS));
	EXPECT(!faults(use_fpu, NULL, VECTOR_NM));
	pvops_cpu_write_cr0(pvops_cpu_read_cr0() & ~CR0_TS);
	irqs_back(flags);
}

GUEST_TEST(cpu_read_cr2_after_a_fault)
{
	unsigned long flags = irqs_off();
	struct fault fault = { 0 };

	EXPECT(catch_fault(util_read, NOWHERE, &fault));
	EXPECT(fault.vector == VECTOR_PF && fault.addr == (unsigned long)NOWHERE);
	EXPECT(pvops_cpu_read_cr2() == (unsigned long)NOWHERE);
	irqs_back(flags);
}

GUEST_TEST(cpu_write_cr2_reads_back)
{
	unsigned long flags = irqs_off();

	pvops_cpu_write_cr2(SOME_ADDRESS);
	EXPECT(pvops_cpu_read_cr2() == SOME_ADDRESS);
	pvops_cpu_write_cr2(0);
	EXPECT(pvops_cpu_read_cr2() == 0);
	irqs_back(flags);
}

GUEST_TEST(cpu_read_cr3_is_the_root)
{
	unsigned long flags = irqs_off();

	EXPECT(((__force unsigned long)pvops_cpu_read_cr3() & PVOPS_PTE_FRAME) ==
	       (__force unsigned long)pvops_pfn_to_gpa(kernel_root));
	irqs_back(flags);
}

GUEST_TEST(cpu_read_cr3_follows_activate)
{
	struct as *as = as_create();
	unsigned long flags = irqs_off();

	ASSERT(as);
	as_activate(as);
	EXPECT(pvops_gpa_to_pfn(pvops_cpu_read_cr3()) == page_pfn(as->root));
	as_activate(NULL);
	irqs_back(flags);
	as_put(as);
}

GUEST_TEST(cpu_write_cr3_switches_and_flushes)
{
	struct as *as = as_create();
	unsigned long flags = irqs_off();
	pvops_gpa_t kernel = pvops_pfn_to_gpa(kernel_root);

	ASSERT(as);
	pvops_cpu_write_cr3(pvops_pfn_to_gpa(page_pfn(as->root)));
	EXPECT(pvops_gpa_to_pfn(pvops_cpu_read_cr3()) == page_pfn(as->root));
	pvops_cpu_write_cr3(kernel);
	EXPECT(pvops_gpa_to_pfn(pvops_cpu_read_cr3()) == kernel_root);
	irqs_back(flags);
	as_put(as);
}

GUEST_TEST(cpu_read_cr4_has_pae)
{
	EXPECT(pvops_cpu_read_cr4() & CR4_PAE);
	EXPECT(!((u64)pvops_cpu_read_cr4() >> 32));
}

GUEST_TEST(cpu_write_cr4_reads_back)
{
	unsigned long flags = irqs_off(), cr4 = pvops_cpu_read_cr4();

	pvops_cpu_write_cr4(cr4 & ~CR4_XMMEXCPT);
	EXPECT(pvops_cpu_read_cr4() == (cr4 & ~CR4_XMMEXCPT));
	pvops_cpu_write_cr4(cr4);
	EXPECT(pvops_cpu_read_cr4() == cr4);
	irqs_back(flags);
}

GUEST_TEST(cpu_read_cr8_starts_at_zero)
{
	EXPECT(pvops_cpu_read_cr8() == 0);
}

GUEST_TEST(cpu_write_cr8_by_contract)
{
	unsigned long flags = irqs_off();

	pvops_cpu_write_cr8(5);
	EXPECT(pvops_cpu_read_cr8() == (on_xen_pv() || !ON_64 ? 0 : 5));
	pvops_cpu_write_cr8(0);
	EXPECT(pvops_cpu_read_cr8() == 0);
	irqs_back(flags);
}

static volatile u64 watched;

GUEST_TEST(cpu_set_dr_reads_back)
{
	unsigned long flags = irqs_off();

	for (unsigned int nr = 0; nr < 4; nr++)
		EXPECT(pvops_cpu_set_dr(nr, (unsigned long)&watched + nr) == 0);
	for (unsigned int nr = 0; nr < 4; nr++)
		EXPECT(pvops_cpu_get_dr(nr) == (unsigned long)&watched + nr);
	for (unsigned int nr = 0; nr < 4; nr++)
		EXPECT(pvops_cpu_set_dr(nr, 0) == 0);
	EXPECT(pvops_cpu_get_dr(3) == 0);
	irqs_back(flags);
}

GUEST_TEST(cpu_set_dr_watchpoint_traps)
{
	unsigned long flags = irqs_off();

	EXPECT(pvops_cpu_set_dr(0, (unsigned long)&watched) == 0);
	/* 8 or 4 bytes, on writes. */
	EXPECT(pvops_cpu_set_dr(7, ON_64 ? 0x90401 : 0xd0401) == 0);
	EXPECT(faults(util_write, (void *)&watched, VECTOR_DB));
	EXPECT(pvops_cpu_get_dr(6) & 1);
	EXPECT(pvops_cpu_set_dr(7, 0x400) == 0);
	EXPECT(!faults(util_write, (void *)&watched, VECTOR_DB));
	pvops_cpu_set_dr(6, 0xffff0ff0);
	pvops_cpu_set_dr(0, 0);
	irqs_back(flags);
}

GUEST_TEST(cpu_set_dr_refuses_nonsense)
{
	unsigned long flags = irqs_off();

	EXPECT(pvops_cpu_set_dr(4, 0) == -PVOPS_EINVAL);
	EXPECT(pvops_cpu_set_dr(5, 0) == -PVOPS_EINVAL);
	EXPECT(pvops_cpu_set_dr(8, 0) == -PVOPS_EINVAL);
#ifdef __x86_64__
	EXPECT(pvops_cpu_set_dr(7, 1UL << 40) == -PVOPS_EINVAL);
#endif
	irqs_back(flags);
}

GUEST_TEST(cpu_get_dr_refuses_nonsense)
{
	unsigned long flags = irqs_off();

	EXPECT(pvops_cpu_get_dr(4) == 0 && pvops_cpu_get_dr(8) == 0 && pvops_cpu_get_dr(~0U) == 0);
	EXPECT((u64)pvops_cpu_get_dr(7) >> 32 == 0);
	irqs_back(flags);
}
