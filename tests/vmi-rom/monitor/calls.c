// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The calls by number, and those that are few lines. */
#include "monitor.h"
#include "io.h"

#define CR4_KERNELS	0x000407fcU	/* what it may have as it likes, but for PAE */
#define CR0_KERNELS	(CR0_MP | CR0_EM | CR0_TS | CR0_AM)
#define DR7_GD		0x2000U

#define NONE		0U		/* no result: all registers are kept */
#define WORD		1U
#define PAIR		2U

static const struct {
	u64 (*func)(struct mcpu *cpu, struct mregs *regs);
	u8 result;
} calls[VMI_NR_CALLS] = {
	[VMI_WRMSR] = { call_wrmsr, NONE },
	[VMI_RDMSR] = { call_rdmsr, PAIR },
	[VMI_SET_GDT] = { call_set_gdt, NONE },
	[VMI_SET_LDT] = { call_set_ldt, NONE },
	[VMI_SET_IDT] = { call_set_idt, NONE },
	[VMI_SET_TR] = { call_set_tr, NONE },
	[VMI_GET_GDT] = { call_get_gdt, NONE },
	[VMI_GET_LDT] = { call_get_ldt, WORD },
	[VMI_GET_IDT] = { call_get_idt, NONE },
	[VMI_GET_TR] = { call_get_tr, WORD },
	[VMI_WRITE_GDT_ENTRY] = { call_write_gdt_entry, NONE },
	[VMI_WRITE_LDT_ENTRY] = { call_write_ldt_entry, NONE },
	[VMI_WRITE_IDT_ENTRY] = { call_write_idt_entry, NONE },
	[VMI_UPDATE_KERNEL_STACK] = { call_update_kernel_stack, NONE },
	[VMI_SET_CR0] = { call_set_cr0, NONE },
	[VMI_SET_CR2] = { call_set_cr2, NONE },
	[VMI_SET_CR3] = { call_set_cr3, NONE },
	[VMI_SET_CR4] = { call_set_cr4, NONE },
	[VMI_GET_CR0] = { call_get_cr0, WORD },
	[VMI_GET_CR2] = { call_get_cr2, WORD },
	[VMI_GET_CR3] = { call_get_cr3, WORD },
	[VMI_GET_CR4] = { call_get_cr4, WORD },
	[VMI_WBINVD] = { call_wbinvd, NONE },
	[VMI_SET_DR] = { call_set_dr, NONE },
	[VMI_GET_DR] = { call_get_dr, WORD },
	[VMI_RDPMC] = { call_rdpmc, PAIR },
	[VMI_CLTS] = { call_clts, NONE },
	[VMI_ENABLE_IRQS] = { call_enable_irqs, NONE },
	[VMI_DISABLE_IRQS] = { call_disable_irqs, NONE },
	[VMI_SET_IRQ_MASK] = { call_set_irq_mask, NONE },
	[VMI_IRET] = { call_iret, NONE },
	[VMI_SYSEXIT] = { call_sysexit, NONE },
	[VMI_HALT] = { call_halt, NONE },
	[VMI_REBOOT] = { call_reboot, NONE },
	[VMI_SHUTDOWN] = { call_shutdown, NONE },
	[VMI_SET_PXE] = { call_set_pxe, NONE },
	[VMI_SET_PXE_LONG] = { call_set_pxe_long, NONE },
	[VMI_UPDATE_PXE] = { call_update_pxe, NONE },
	[VMI_UPDATE_PXE_LONG] = { call_update_pxe_long, NONE },
	[VMI_ALLOCATE_PAGE] = { call_allocate_page, NONE },
	[VMI_RELEASE_PAGE] = { call_release_page, NONE },
	[VMI_INVAL_PAGE] = { call_inval_page, NONE },
	[VMI_FLUSH_TLB] = { call_flush_tlb, NONE },
	[VMI_SET_LINEAR_MAPPING] = { call_set_linear_mapping, NONE },
	[VMI_SET_IOPL_MASK] = { call_set_iopl_mask, NONE },
	[VMI_SET_AP_STATE] = { call_set_ap_state, NONE },
	[VMI_APIC_WRITE] = { call_apic_write, NONE },
	[VMI_APIC_READ] = { call_apic_read, WORD },
	[VMI_CYCLE_FREQUENCY] = { call_cycle_frequency, PAIR },
	[VMI_CYCLE_COUNTER] = { call_cycle_counter, PAIR },
	[VMI_SET_ALARM] = { call_set_alarm, NONE },
	[VMI_CANCEL_ALARM] = { call_cancel_alarm, WORD },
	[VMI_WALLCLOCK] = { call_wallclock, PAIR },
	[VMI_WALLCLOCK_UPDATED] = { call_wallclock_updated, WORD },
	[VMI_SET_LAZY_MODE] = { call_set_lazy_mode, NONE },
};

u64 m_call(struct mcpu *cpu, struct mregs *regs, u32 number)
{
	u32 back = regs->eip;
	u64 result;

	m_calls_made++;
	if (!calls[number].func)
		m_panic(regs, "call %u is not made by calling us", number);
	result = calls[number].func(cpu, regs);
	/* A fault that it gave the kernel instead has its registers as they were. */
	if (calls[number].result == NONE || regs->eip != back)
		return result;
	regs->eax = (u32)result;
	if (calls[number].result == PAIR)
		regs->edx = (u32)(result >> 32);
	return result;
}

u64 call_wrmsr(struct mcpu *cpu, struct mregs *regs)
{
	if (m_wrmsr(regs->ecx, (u64)regs->edx << 32 | regs->eax))
		m_fault(cpu, regs, VECTOR_GP, 0, 0);
	return 0;
}

u64 call_rdmsr(struct mcpu *cpu, struct mregs *regs)
{
	u64 val = 0;

	if (m_rdmsr(regs->ecx, &val))
		m_fault(cpu, regs, VECTOR_GP, 0, 0);
	return val;
}

u64 call_rdpmc(struct mcpu *cpu, struct mregs *regs)
{
	u64 val = 0;

	if (m_rdpmc(regs->ecx, &val))
		m_fault(cpu, regs, VECTOR_GP, 0, 0);
	return val;
}

u64 call_set_cr0(struct mcpu *cpu, struct mregs *regs)
{
	cpu->cr0 = regs->eax | CR0_ET;
	m_put_cr0((m_get_cr0() & ~CR0_KERNELS) | (regs->eax & CR0_KERNELS));
	return 0;
}

u64 call_get_cr0(struct mcpu *cpu, struct mregs *regs)
{
	return cpu->cr0;
}

u64 call_clts(struct mcpu *cpu, struct mregs *regs)
{
	cpu->cr0 &= ~CR0_TS;
	asm volatile("clts");
	return 0;
}

u64 call_set_cr2(struct mcpu *cpu, struct mregs *regs)
{
	cpu->cr2 = regs->eax;
	return 0;
}

u64 call_get_cr2(struct mcpu *cpu, struct mregs *regs)
{
	return cpu->cr2;
}

u64 call_get_cr3(struct mcpu *cpu, struct mregs *regs)
{
	return cpu->cr3;
}

/* UMIP is the monitor's, and always on; the kernel reads back what it wrote. */
u64 call_set_cr4(struct mcpu *cpu, struct mregs *regs)
{
	u32 own = m_get_cr4() & CR4_UMIP;

	cpu->cr4 = (regs->eax & (CR4_KERNELS | own)) | CR4_PAE;
	m_put_cr4((cpu->cr4 & CR4_KERNELS) | CR4_PAE | own);
	return 0;
}

u64 call_get_cr4(struct mcpu *cpu, struct mregs *regs)
{
	return cpu->cr4;
}

u64 call_wbinvd(struct mcpu *cpu, struct mregs *regs)
{
	asm volatile("wbinvd" : : : "memory");
	return 0;
}

#define EACH_DR(action)	action(0) action(1) action(2) action(3) action(6) action(7)

u64 call_set_dr(struct mcpu *cpu, struct mregs *regs)
{
	u32 val = regs->edx;

	if (regs->eax == 7)
		cpu->dr7 = val &= ~DR7_GD;
	switch (regs->eax) {
#define SET(nr) case nr: asm volatile("mov %0, %%db" #nr : : "r"(val)); break;
	EACH_DR(SET)
	}
	return 0;
}

u64 call_get_dr(struct mcpu *cpu, struct mregs *regs)
{
	u32 val = 0;

	switch (regs->eax) {
#define GET(nr) case nr: asm volatile("mov %%db" #nr ", %0" : "=r"(val)); break;
	EACH_DR(GET)
	}
	return val;
}

u64 call_enable_irqs(struct mcpu *cpu, struct mregs *regs)
{
	regs->eflags |= FLAG_IF;
	return 0;
}

u64 call_disable_irqs(struct mcpu *cpu, struct mregs *regs)
{
	regs->eflags &= ~FLAG_IF;
	return 0;
}

u64 call_set_irq_mask(struct mcpu *cpu, struct mregs *regs)
{
	regs->eflags = (regs->eflags & ~FLAG_IF) | (regs->eax & FLAG_IF);
	return 0;
}

/* By a jump: the frame is on top of the stack, and DS may be the process's. */
u64 call_iret(struct mcpu *cpu, struct mregs *regs)
{
	struct {
		u32 eip, cs, eflags, esp, ss;
	} frame;
	u32 wrong;
	bool user;

	m_pending(cpu);
	if (regs->eflags & FLAG_NT) {
		if (!m_task_return(cpu, regs))
			m_fault(cpu, regs, VECTOR_TS, 0, 0);
		return 0;
	}
	if (m_read(regs->esp, &frame, 12))
		goto fault;
	user = (frame.cs & 3) == 3;
	if (user && m_read(regs->esp + 12, &frame.esp, 8))
		goto fault;
	if (user && !m_user_segments(cpu, frame.cs, frame.ss, &wrong)) {
		m_fault(cpu, regs, VECTOR_GP, wrong, 0);
		return 0;
	}
	regs->eip = frame.eip;
	regs->cs = user ? frame.cs & 0xffff : (frame.cs & 0xfffc) | 1;
	regs->eflags = frame.eflags;
	if (user) {
		regs->esp = frame.esp;
		regs->ss = frame.ss & 0xffff;
	} else {
		regs->esp += 12;
	}
	return 0;
fault:
	m_fault(cpu, regs, VECTOR_PF, m_bad_error, m_bad_address);
	return 0;
}

/* edx: eip, ecx: esp; the selectors are those behind SYSENTER's CS, which nobody has set. */
u64 call_sysexit(struct mcpu *cpu, struct mregs *regs)
{
	m_panic(regs, "SYSEXIT is not offered");
}

u64 call_halt(struct mcpu *cpu, struct mregs *regs)
{
	u32 vector;

	m_pending(cpu);
	if (cpu->lazy)
		m_violation("Halt in a lazy mode", regs->eip);
	regs->eflags |= FLAG_IF;
	do
		vector = m_halt(cpu);
	while (m_time_interrupt(cpu, vector));
	m_interrupt(cpu, regs, vector);
	return 0;
}

u64 call_reboot(struct mcpu *cpu, struct mregs *regs)
{
	m_pending(cpu);
	m_say_result();
	if (regs->eax)
		port_out8(0xcf9, 6);
	port_out8(0x64, 0xfe);
	for (;;)
		asm volatile("cli; hlt");
}

/* Of the first CPU: the end. Others are stopped by it, until they are started again. */
u64 call_shutdown(struct mcpu *cpu, struct mregs *regs)
{
	m_pending(cpu);
	if (!cpu->index)
		m_say_result();
	m_unlock();
	for (;;)
		asm volatile("cli; hlt");
}

u64 call_set_iopl_mask(struct mcpu *cpu, struct mregs *regs)
{
	cpu->iopl = regs->eax >> 12 & 3;
	return 0;
}
