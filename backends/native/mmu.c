// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * MMU ops of bare hardware that are more than an instruction.
 */
#include <pvops/insn.h>
#include <pvops/unmark.h>
#include "native.h"

#define CR4_PGE		(1UL << 7)
/* Set by the hardware while we look; a change of protection must not lose them. */
#define HARDWARE_BITS	(PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY)

void native_mmu_protect(pvops_pte_t *ptep, u64 clear, u64 set)
{
	u64 *entry = (__force u64 *)ptep, old, new;

	clear &= ~(u64)HARDWARE_BITS;
	/* Half old and half new (i386) does no harm: then it is not what is found. */
	old = *(volatile u64 *)entry;
	do {
		new = (old & ~clear) | set;
	} while (!pvops_cas64(entry, &old, new));
}

void native_mmu_flush_local(void)
{
	unsigned long cr3;

	asm volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(cr3) : : "memory");
}

void native_mmu_flush_global(void)
{
	unsigned long cr4, flags;

	PVOPS_UNMARKED(read_cr4, "mov %%cr4, %0", : "=a"(cr4));
	if (!(cr4 & CR4_PGE)) {
		native_mmu_flush_local();
		return;
	}
	/* An interrupt in between would see CR4 without PGE, and may write it back so. */
	asm volatile("pushf; pop %0; cli" : "=r"(flags) : : "memory");
	PVOPS_UNMARKED(write_cr4, "mov %0, %%cr4", : : "a"(cr4 & ~CR4_PGE) : "memory");
	PVOPS_UNMARKED(write_cr4, "mov %0, %%cr4", : : "a"(cr4) : "memory");
	if (flags & PVOPS_FLAGS_IF)
		asm volatile("sti" : : : "memory");
}
