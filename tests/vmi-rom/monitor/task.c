// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The kernel's tasks: its double fault enters by a task gate, and comes back by IRET with NT (Intel
 * SDM vol. 3, 8.3). The hardware's TSS is the monitor's, so both are done by hand.
 */
#include "monitor.h"
#include "io.h"

#define TYPE(desc)	((u32)((desc) >> 40) & 0x1f)
#define TYPE_TSS	0x09

static bool read_tss(struct mcpu *cpu, u32 selector, u32 *base, u32 *limit, struct mtss *tss)
{
	u64 desc;

	if (selector & 4 || !m_guest_desc(cpu, selector, &desc) || !(desc >> 47 & 1) ||
	    (TYPE(desc) & ~2U) != TYPE_TSS)
		return false;
	*base = m_desc_base(desc);
	*limit = m_desc_limit(desc);
	return *limit >= sizeof(*tss) - 1 && !m_read(*base, tss, sizeof(*tss));
}

/* What the CPU saves when it leaves a task: not CR3, not LDT, none of the inner stacks. */
static bool save(struct mcpu *cpu, const struct mregs *regs, u32 eflags)
{
	struct mtss tss;

	if (!cpu->tr || m_read(cpu->tr_base, &tss, sizeof(tss)))
		return false;
	tss.eip = regs->eip;
	tss.eflags = eflags;
	tss.eax = regs->eax;
	tss.ecx = regs->ecx;
	tss.edx = regs->edx;
	tss.ebx = regs->ebx;
	tss.esp = regs->esp;
	tss.ebp = regs->ebp;
	tss.esi = regs->esi;
	tss.edi = regs->edi;
	tss.es = regs->es & 0xffff;
	tss.cs = regs->cs & 0xffff;
	tss.ss = regs->ss & 0xffff;
	tss.ds = regs->ds & 0xffff;
	tss.fs = regs->fs & 0xffff;
	tss.gs = regs->gs & 0xffff;
	return !m_write(cpu->tr_base, &tss, sizeof(tss));
}

static bool load(struct mcpu *cpu, struct mregs *regs, const struct mtss *tss)
{
	u32 ring = (tss->cs & 3) == 3 ? 3 : 1;

	if (!m_set_cr3(cpu, tss->cr3))
		return false;
	regs->eip = tss->eip;
	regs->eflags = tss->eflags;
	regs->eax = tss->eax;
	regs->ecx = tss->ecx;
	regs->edx = tss->edx;
	regs->ebx = tss->ebx;
	regs->esp = tss->esp;
	regs->ebp = tss->ebp;
	regs->esi = tss->esi;
	regs->edi = tss->edi;
	regs->es = tss->es;
	regs->cs = (tss->cs & 0xfffc) | ring;
	regs->ss = (tss->ss & 0xfffc) | ring;
	regs->ds = tss->ds;
	regs->fs = tss->fs;
	regs->gs = tss->gs;
	cpu->cr0 |= CR0_TS;
	m_put_cr0(m_get_cr0() | CR0_TS);
	return true;
}

bool m_task_enter(struct mcpu *cpu, struct mregs *regs, u32 selector, bool has_error, u32 error)
{
	u32 base, limit, old = cpu->tr;
	struct mtss tss;

	if (!read_tss(cpu, selector & 0xfffc, &base, &limit, &tss) ||
	    m_write(base, &old, 2) || !save(cpu, regs, regs->eflags) || !load(cpu, regs, &tss))
		return false;
	cpu->tr = selector & 0xfffc;
	cpu->tr_base = base;
	cpu->tr_limit = limit;
	regs->eflags |= FLAG_NT;
	if (has_error) {
		regs->esp -= 4;
		if (m_write(regs->esp, &error, 4))
			return false;
	}
	return true;
}

bool m_task_return(struct mcpu *cpu, struct mregs *regs)
{
	u32 base, limit;
	struct mtss tss;
	u16 link;

	if (!cpu->tr || m_read(cpu->tr_base, &link, 2) ||
	    !read_tss(cpu, link, &base, &limit, &tss) ||
	    !save(cpu, regs, regs->eflags & ~FLAG_NT) || !load(cpu, regs, &tss))
		return false;
	cpu->tr = link;
	cpu->tr_base = base;
	cpu->tr_limit = limit;
	return true;
}
