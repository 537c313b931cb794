// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Page tables: the calls, without a guard. */
#include "monitor.h"
#include "io.h"

#define PDPT_LAST	3

/* The monitor's eight entries into the directory of the last GiB. */
static bool hook(u64 pd)
{
	u64 *entry = m_frame(1, pd);
	u64 base = m_own_gpa((void *)M_TOP);

	for (u32 i = 0; i < M_PD_COUNT; i++)
		entry[M_PD_FIRST + i] = i < M_LARGE ? (base + ((u64)i << 21)) | 0xe3 :
						      (base + M_WINDOW_TABLE) | 0x23;
	return true;
}

void m_pages_init(struct mcpu *cpu)
{
}

bool m_page_fault(struct mcpu *cpu, struct mregs *regs, u32 cr2)
{
	return false;
}

bool m_debug(struct mcpu *cpu, struct mregs *regs, u32 dr6)
{
	return false;
}

void m_pending(struct mcpu *cpu)
{
}

bool m_set_cr3(struct mcpu *cpu, u32 cr3)
{
	const u64 *root = m_frame(0, cr3 & ~31U);

	if (!(root[PDPT_LAST] & PVOPS_PTE_PRESENT))
		return false;
	hook(root[PDPT_LAST] & PVOPS_PTE_FRAME);
	cpu->cr3 = cr3;
	m_put_cr3(cr3);
	return true;
}

u64 call_set_cr3(struct mcpu *cpu, struct mregs *regs)
{
	if (!m_set_cr3(cpu, regs->eax))
		m_fault(cpu, regs, VECTOR_GP, 0, 0);
	return 0;
}

u64 call_set_pxe(struct mcpu *cpu, struct mregs *regs)
{
	if (m_write(regs->edx, &regs->eax, 4))
		m_fault(cpu, regs, VECTOR_PF, m_bad_error, m_bad_address);
	return 0;
}

u64 call_set_pxe_long(struct mcpu *cpu, struct mregs *regs)
{
	u64 val = (u64)regs->edx << 32 | regs->eax;

	if (m_write(regs->ecx, &val, 8))
		m_fault(cpu, regs, VECTOR_PF, m_bad_error, m_bad_address);
	return 0;
}

u64 call_update_pxe(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}

u64 call_update_pxe_long(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}

u64 call_allocate_page(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}

u64 call_release_page(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}

u64 call_inval_page(struct mcpu *cpu, struct mregs *regs)
{
	m_invlpg(regs->eax);
	return 0;
}

u64 call_flush_tlb(struct mcpu *cpu, struct mregs *regs)
{
	u32 cr4 = m_get_cr4();

	if (regs->eax & VMI_FLUSH_GLOBAL && cr4 & CR4_PGE) {
		m_put_cr4(cr4 & ~CR4_PGE);
		m_put_cr4(cr4);
	} else {
		m_put_cr3(m_get_cr3());
	}
	return 0;
}

u64 call_set_linear_mapping(struct mcpu *cpu, struct mregs *regs)
{
	return 0;
}
