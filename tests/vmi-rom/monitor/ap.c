// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Other CPUs: SetInitialAPState says how one begins, the kernel's INIT and SIPI start it. It comes
 * up in the ROM, on page tables of the monitor's, and goes to the kernel's from here.
 */
#include "monitor.h"
#include "io.h"

#define MSR_EFER	0xc0000080
#define LARGE		0xe3U		/* dirty accessed large write present */
#define TABLE		0x23U

u32 m_ap_ids[M_MAX_CPUS] = { [0 ... M_MAX_CPUS - 1] = ~0U };
static struct vmi_ap_state states[M_MAX_CPUS];

/* Low memory onto itself, for the ROM, and the monitor's own; what else is there need not hold. */
void m_own_tables(void)
{
	u64 *root = (u64 *)(M_TOP + M_AP_ROOT), *low = (u64 *)(M_TOP + M_AP_LOW);
	u64 *last = (u64 *)(M_TOP + M_AP_LAST);

	low[0] = LARGE;
	for (u32 i = 0; i < M_LARGE; i++)
		last[M_PD_FIRST + i] = (m_own_gpa((void *)M_TOP) + ((u64)i << 21)) | LARGE;
	last[M_PD_FIRST + M_LARGE] = m_own_gpa((void *)(M_TOP + M_WINDOW_TABLE)) | TABLE;
	root[0] = m_own_gpa(low) | PVOPS_PTE_PRESENT;
	root[3] = m_own_gpa(last) | PVOPS_PTE_PRESENT;
}

static u32 index_of(u32 apic_id)
{
	u32 i = 0;

	while (i < M_MAX_CPUS && m_ap_ids[i] != apic_id)
		i++;
	return i;
}

/* eax: the state, edx: which. Read at once: Linux had it on a stack. */
u64 call_set_ap_state(struct mcpu *cpu, struct mregs *regs)
{
	u32 i = index_of(regs->edx & 0xff);

	if (i == M_MAX_CPUS)
		i = m_nr_cpus;
	if (i == M_MAX_CPUS || m_cpus + i == cpu) {
		m_violation("SetInitialAPState of a CPU that cannot be", regs->eip);
		return 0;
	}
	if (m_read(regs->eax, states + i, sizeof(*states))) {
		m_fault(cpu, regs, VECTOR_PF, m_bad_error, m_bad_address);
		return 0;
	}
	if (i == m_nr_cpus)
		m_nr_cpus++;
	m_cpus[i].index = i;
	m_cpus[i].apic_id = m_ap_ids[i] = regs->edx & 0xff;
	*(struct mcpu **)m_stacks[i] = m_cpus + i;
	return 0;
}

u32 m_ap_page(struct mregs *regs, u32 apic_id)
{
	u32 rom = *(const u32 *)(M_TOP + M_OWN_ROM), i = index_of(apic_id);

	if (i == M_MAX_CPUS || !states[i].eip) {
		m_violation("SIPI without SetInitialAPState", regs->eip);
		return 0;
	}
	return (rom + (rom & 0x800 ? 0x800 : 0x1000)) >> PVOPS_PAGE_SHIFT;
}

void m_ap_begin(struct mcpu *cpu, struct mregs *regs)
{
	const struct vmi_ap_state *s = states + cpu->index;
	struct mdesc_ptr gdt = { s->gdtr_limit, s->gdtr_base };
	struct mdesc_ptr idt = { s->idtr_limit, s->idtr_base };

	if (s->efer_low)
		m_wrmsr(MSR_EFER, s->efer_low);
	cpu->cr0 = s->cr0 | CR0_ET;
	cpu->cr2 = s->cr2;
	cpu->cr4 = s->cr4;
	cpu->ldt = cpu->tr = cpu->lazy = cpu->iopl = 0;
	cpu->stepping = false;
	*regs = (struct mregs){
		.edi = s->edi, .esi = s->esi, .ebp = s->ebp, .ebx = s->ebx, .edx = s->edx,
		.ecx = s->ecx, .eax = s->eax, .gs = s->gs, .fs = s->fs, .es = s->es, .ds = s->ds,
		.eip = s->eip, .cs = s->cs, .esp = s->esp, .ss = s->ss,
		.eflags = (s->eflags & ~(FLAG_IOPL | FLAG_NT | FLAG_VM)) | FLAG_ONE,
	};
	cpu->regs = regs;
	if (!m_set_cr3(cpu, s->cr3))
		m_panic(NULL, "CPU %u starts on page tables that cannot be", cpu->index);
	m_load_gdt(cpu, &gdt);
	m_load_idt(cpu, &idt);
}
