// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Every interrupt and exception comes here. The kernel's own calls are done, what it must not do
 * itself is decoded, all else is handed on by the gates of the kernel's IDT.
 */
#include "monitor.h"
#include "io.h"

#define GATE_TASK	5U
#define GATE_INTERRUPT	0xeU
#define GATE_TRAP	0xfU
#define GATE_PRESENT	0x8000U
#define INT_N		0xcd		/* the instruction */
#define ERROR_EXT	1U
#define ERROR_IDT	2U

u32 m_stubs;
u32 m_own_vector, m_own_error;

void m_trap(struct mregs *regs);
void m_wait(void);
bool m_port(struct mcpu *cpu, struct mregs *regs);

static bool has_code(u32 vector)
{
	return vector == VECTOR_DF || (vector >= VECTOR_TS && vector <= VECTOR_PF) ||
	       vector == 17 || vector == 21 || vector == 29 || vector == 30;
}

/* The frame of an entry, where the kernel's gate says. False: it cannot be. */
static bool enter(struct mcpu *cpu, struct mregs *regs, u32 vector, u32 error)
{
	u32 gate[2], type, frame[6], n = 0, esp = regs->esp, ss = regs->ss;
	bool user = m_from_user(regs);

	if (!m_guest_gate(cpu, vector, regs->eip, gate) || !(gate[1] & GATE_PRESENT))
		return false;
	type = gate[1] >> 8 & 0x1f;
	if (type == GATE_TASK)
		return m_task_enter(cpu, regs, gate[0] >> 16, has_code(vector), error);
	if (type != GATE_INTERRUPT && type != GATE_TRAP)
		return false;

	if (has_code(vector))
		frame[n++] = error;
	frame[n++] = regs->eip;
	frame[n++] = regs->cs & 0xffff;
	frame[n++] = regs->eflags;
	if (user) {
		frame[n++] = regs->esp;
		frame[n++] = regs->ss & 0xffff;
		esp = cpu->kernel_esp;
		ss = cpu->kernel_ss;
	}
	esp -= n * 4;
	if (m_write(esp, frame, n * 4))
		return false;
	regs->eip = (gate[0] & 0xffff) | (gate[1] & 0xffff0000);
	regs->cs = (gate[0] >> 16 & 0xfffc) | 1;
	regs->esp = esp;
	regs->ss = (ss & 0xfffc) | 1;
	regs->eflags &= ~(FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM);
	if (type == GATE_INTERRUPT)
		regs->eflags &= ~FLAG_IF;
	return true;
}

void m_fault(struct mcpu *cpu, struct mregs *regs, u32 vector, u32 error, u32 cr2)
{
	if (vector == VECTOR_PF)
		cpu->cr2 = cr2;
	if (enter(cpu, regs, vector, error) || enter(cpu, regs, VECTOR_DF, 0))
		return;
	m_panic(regs, "the kernel cannot take vector %u, error %x, cr2 %x: it is at its end",
		vector, error, cr2);
}

void m_interrupt(struct mcpu *cpu, struct mregs *regs, u32 vector)
{
	if (!enter(cpu, regs, vector, 0))
		m_fault(cpu, regs, VECTOR_GP, vector * 8 | ERROR_IDT | ERROR_EXT, 0);
}

static bool locked;

void m_lock(void)
{
	while (__atomic_exchange_n(&locked, true, __ATOMIC_ACQUIRE))
		asm volatile("pause");
}

void m_unlock(void)
{
	__atomic_store_n(&locked, false, __ATOMIC_RELEASE);
}

u32 m_halt(struct mcpu *cpu)
{
	cpu->halted = true;
	cpu->woken = 0;
	m_unlock();
	while (!cpu->woken)
		m_wait();
	m_lock();
	cpu->halted = false;
	return cpu->woken;
}

/* Something in here that may fault, or an interrupt while it waits. */
static void own_trap(struct mcpu *cpu, struct mregs *regs)
{
	static const struct {
		u32 at, fixup;
	} *entry;
	extern const u8 m_extable[], m_extable_end[];

	if ((regs->vector >= VECTOR_FIRST || regs->vector == VECTOR_NMI) && cpu->halted) {
		cpu->woken = regs->vector;
		regs->eflags &= ~FLAG_IF;
		return;
	}
	if (regs->vector == VECTOR_NMI) {
		cpu->nmi = true;
		return;
	}
	if (regs->vector == VECTOR_DB) {
		/* A watchpoint of the kernel's, on memory that we use for it. */
		regs->eflags = (regs->eflags & ~FLAG_TF) | FLAG_RF;
		return;
	}
	if (regs->vector == VECTOR_PF) {
		m_bad_address = m_get_cr2();
		m_bad_error = regs->error;
	}
	for (entry = (const void *)m_extable; (const u8 *)entry < m_extable_end; entry++) {
		if (entry->at != regs->eip)
			continue;
		m_own_vector = regs->vector;
		m_own_error = regs->error;
		regs->eip = entry->fixup;
		return;
	}
	cpu->cr2 = m_get_cr2();
	m_panic(regs, "a fault of the monitor's own");
}

void m_own_double_fault(void);
void m_own_double_fault(void)
{
	const struct mcpu *cpu;
	struct mdesc_ptr gdt;

	/* A stack of its own, that names no CPU; the table is one's own, too. */
	asm volatile("sgdt %0" : "=m"(gdt));
	cpu = (const void *)(gdt.base - __builtin_offsetof(struct mcpu, shadow_gdt));
	m_say("panic: double fault of the monitor's at eip %x, esp %x, cr2 %x", cpu->tss.eip,
	      cpu->tss.esp, m_get_cr2());
	m_panic(NULL, "a double fault of the monitor's own");
}

/* Whether a process may take this gate of the kernel's by an instruction. */
static bool gate_for_user(struct mcpu *cpu, const struct mregs *regs, u32 vector)
{
	u32 gate[2];

	return m_guest_gate(cpu, vector, regs->eip, gate) && (gate[1] >> 13 & 3) == 3;
}

/* int n, which no gate of ours lets through: does the kernel's? */
static bool software(struct mcpu *cpu, struct mregs *regs, u32 vector)
{
	u8 code[2];

	if (m_read(regs->eip, code, 2) || code[0] != INT_N || code[1] != vector ||
	    (m_from_user(regs) && !gate_for_user(cpu, regs, vector)))
		return false;
	regs->eip += 2;
	m_interrupt(cpu, regs, vector);
	return true;
}

static void general_protection(struct mcpu *cpu, struct mregs *regs)
{
	if (regs->error & ERROR_IDT) {
		if (software(cpu, regs, regs->error >> 3))
			return;
	} else {
		if (!regs->error && m_port(cpu, regs))
			return;
		if (!m_from_user(regs) && m_emulate(cpu, regs))
			return;
	}
	m_fault(cpu, regs, VECTOR_GP, regs->error, 0);
}

/* A stub of the ROM's: its number, or ~0. */
static u32 stub_of(const struct mregs *regs)
{
	u32 off = regs->eip - 2 - m_stubs;

	if (m_from_user(regs) || off % M_STUB_BYTES || off / M_STUB_BYTES >= VMI_NR_CALLS)
		return ~0U;
	return off / M_STUB_BYTES;
}

/* Was the interrupt's instruction, which is behind us, int n? */
static bool is_int_n(const struct mregs *regs, u32 vector)
{
	u8 code[2];

	return !m_read(regs->eip - 2, code, 2) && code[0] == INT_N && code[1] == vector;
}

static void handle(struct mcpu *cpu, struct mregs *regs, u32 cr2)
{
	u32 vector = regs->vector, dr6;

	if (vector == M_CALL_VECTOR && stub_of(regs) != ~0U) {
		m_call(cpu, regs, stub_of(regs));
		return;
	}
	if (vector >= VECTOR_FIRST) {
		if (!m_time_interrupt(cpu, vector))
			m_interrupt(cpu, regs, vector);
		return;
	}
	switch (vector) {
	case VECTOR_DB:
		dr6 = m_get_db6();
		if (!m_debug(cpu, regs, dr6))
			m_fault(cpu, regs, vector, 0, 0);
		return;
	case VECTOR_BP:
	case VECTOR_OF:
		/* Ours let all through, for int3 may be patched away before we can look at it. */
		if (m_from_user(regs) && !gate_for_user(cpu, regs, vector)) {
			regs->eip -= is_int_n(regs, vector) ? 2 : 1;
			m_fault(cpu, regs, VECTOR_GP, vector * 8 | ERROR_IDT, 0);
			return;
		}
		break;
	case VECTOR_TS:
		/* A bare iret with NT set, which would have switched tasks. */
		if (!m_from_user(regs) && m_emulate(cpu, regs))
			return;
		break;
	case VECTOR_GP:
		general_protection(cpu, regs);
		return;
	case VECTOR_PF:
		if (m_page_fault(cpu, regs, cr2))
			return;
		break;
	}
	m_fault(cpu, regs, vector, regs->error, cr2);
}

void m_trap(struct mregs *regs)
{
	struct mcpu *cpu = m_this();
	u32 cr2 = m_get_cr2();
	bool user;

	if (!(regs->cs & 3)) {
		own_trap(cpu, regs);
		return;
	}
	/* One that is sent to do one instruction has never let go. */
	if (!cpu->stepping)
		m_lock();
	cpu->regs = regs;
	m_ready_io(cpu, true);
	m_entered(cpu, regs, cr2);
	handle(cpu, regs, cr2);
	if (cpu->nmi && !cpu->stepping) {
		cpu->nmi = false;
		m_interrupt(cpu, regs, VECTOR_NMI);
	}
	user = m_from_user(regs);
	if (!user)
		m_ready_io(cpu, false);
	/* Ring 1 has no say on interrupts but by calls; ring 3 may have. */
	regs->eflags &= ~(FLAG_IOPL | FLAG_VM);
	regs->eflags |= FLAG_ONE | (user ? cpu->iopl << 12 : 0);
	if (!cpu->stepping)
		m_unlock();
}
