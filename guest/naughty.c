// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Not part of the guest: guest-naughty.elf is linked with this, to be caught by VMI's monitor.
 * Each "test" is one instruction that the kernel has an op for, run without it, and passes.
 */
#include "tests/util.h"
#include "user/sensitive.h"

#define SOFT_BIT	(1U << 9)	/* of an entry: nobody's but the kernel's */

GUEST_TEST(naughty_cli_on_its_own)
{
	asm volatile(".globl naughty_cli\nnaughty_cli:	cli" : : : "memory");
	pvops_irq_enable();
}

GUEST_TEST(naughty_cr3_on_its_own)
{
	unsigned long cr3 = (__force unsigned long)pvops_cpu_read_cr3();

	asm volatile(".globl naughty_cr3\nnaughty_cr3:	mov %0, %%cr3" : : "r"(cr3) : "memory");
}

/* Nobody is told, neither before nor after: the flush comes too late. */
GUEST_TEST(naughty_pte_on_its_own)
{
	void *page = page_alloc();
	u32 *ptep;

	ASSERT(page);
	ptep = (u32 *)vmm_pte((unsigned long)page);
	asm volatile(".globl naughty_pte\nnaughty_pte:	orl %1, %0" : "+m"(*ptep) : "i"(SOFT_BIT));
	pvops_mmu_flush_one((unsigned long)page);
	pvops_mmu_protect_pte((pvops_pte_t *)ptep, SOFT_BIT, 0);
	page_free(page);
}

GUEST_TEST(naughty_sgdt_on_its_own)
{
	struct table_register t;

	asm volatile(".globl naughty_sgdt\nnaughty_sgdt:	sgdt %0" : "=m"(t));
	EXPECT(t.base);
}
