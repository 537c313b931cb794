// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Coming in: vmi_init called in ring 0, and returns in ring 1. */
#include "monitor.h"
#include "io.h"

#define CPUID_UMIP	4U		/* leaf 7, ecx */

struct mcpu m_cpus[M_MAX_CPUS];
u32 m_nr_cpus = 1;

/* What the ROM has pushed. */
struct called {
	u32 edi, esi, ebp, unused, ebx, edx, ecx, eax;
	u32 eflags;
	u32 back;
};

static u32 segment_of(u32 selector)
{
	return selector & 3 || !selector ? selector : selector | 1;
}

/* What the CPU shall have besides what its kernel wants. */
static void set_control(struct mcpu *cpu)
{
	u32 ids[4], own = 0;

	m_cpuid(0, ids);
	if (ids[0] >= 7) {
		m_cpuid(7, ids);
		own = ids[2] & CPUID_UMIP ? CR4_UMIP : 0;
	}
	if (!own)
		m_say("this CPU has no UMIP: sgdt, sidt, sldt, str and smsw are not seen");
	m_put_cr4(cpu->cr4 | own);
	m_put_cr0(cpu->cr0 | CR0_WP | CR0_NE);
	m_msr_init(cpu);
}

/* From entry.S: linear address of the stubs, the kernel's stack, and what it will go on with. */
void m_start(u32 stubs, const struct called *called, struct mregs *regs);
void m_start(u32 stubs, const struct called *called, struct mregs *regs)
{
	struct mcpu *cpu = m_cpus;
	struct mdesc_ptr gdt, idt;
	u32 cs, ss, ids[4];

	*regs = (struct mregs){
		.edi = called->edi, .esi = called->esi, .ebp = called->ebp, .ebx = called->ebx,
		.edx = called->edx, .ecx = called->ecx, .eip = called->back,
		.eflags = (called->eflags & ~(FLAG_IOPL | FLAG_NT)) | FLAG_ONE,
		.esp = (u32)(called + 1),
	};
	asm volatile("mov %%cs, %0; mov %%ss, %1" : "=r"(cs), "=r"(ss));
	asm volatile("mov %%ds, %0; mov %%es, %1" : "=r"(regs->ds), "=r"(regs->es));
	asm volatile("mov %%fs, %0; mov %%gs, %1" : "=r"(regs->fs), "=r"(regs->gs));
	regs->cs = segment_of(cs & 0xffff);
	regs->ss = segment_of(ss & 0xffff);

	m_stubs = stubs;
	cpu->index = 0;
	cpu->regs = regs;
	cpu->cr0 = m_get_cr0();
	cpu->cr3 = m_get_cr3();
	cpu->cr4 = m_get_cr4();
	cpu->iopl = called->eflags >> 12 & 3;
	asm volatile("sgdt %0; sidt %1" : "=m"(gdt), "=m"(idt));
	m_load_gdt(cpu, &gdt);
	m_load_idt(cpu, &idt);
	m_own_tables();
	m_load_tables(cpu);

	set_control(cpu);
	m_cpuid(1, ids);
	cpu->apic_id = ids[1] >> 24;
	m_ap_ids[0] = cpu->apic_id;
	m_pages_init(cpu);
	m_apic_init(cpu);
	m_time_init(cpu);
	m_ready_io(cpu, false);
	m_say("monitor in ring 0 from 0x%x on, the kernel goes on in ring 1", M_TOP);
}

/* From entry.S, for a CPU that SetInitialAPState was about. */
void m_start_ap(u32 index, struct mregs *regs);
void m_start_ap(u32 index, struct mregs *regs)
{
	struct mcpu *cpu = m_cpus + index;

	m_lock();
	m_ap_begin(cpu, regs);
	regs->cs = segment_of(regs->cs);
	regs->ss = segment_of(regs->ss);
	m_load_tables(cpu);
	set_control(cpu);
	m_time_begin(cpu);
	m_ready_io(cpu, false);
	m_unlock();
}
