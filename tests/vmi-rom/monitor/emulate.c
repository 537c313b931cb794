// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What faulted in ring 1 because it is ring 0's: it is said, and then done as the call would do it
 * that the kernel should have made, so that the kernel goes on and the next one is found as well.
 */
#include "decode.h"
#include "monitor.h"

#define RPL		3U

static u32 *reg32(struct mregs *regs, u8 nr)
{
	u32 *const at[8] = {
		&regs->eax, &regs->ecx, &regs->edx, &regs->ebx,
		&regs->esp, &regs->ebp, &regs->esi, &regs->edi,
	};

	return at[nr & 7];
}

static void set_reg(struct mregs *regs, const struct m_insn *insn, u32 val)
{
	u32 *reg = reg32(regs, insn->rm);

	*reg = insn->size == 2 ? (*reg & 0xffff0000) | (val & 0xffff) : val;
}

/* As the kernel wrote it: the CPU's copy differs in limits and rings. */
static u32 segment_base(struct mcpu *cpu, const struct mregs *regs, u8 segment)
{
	const u32 selectors[] = { regs->es, regs->cs, regs->ss, regs->ds, regs->fs, regs->gs };
	u64 desc;

	return m_guest_desc(cpu, selectors[segment] & 0xffff, &desc) ? m_desc_base(desc) : 0;
}

static u32 operand_address(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn)
{
	u32 gpr[8];

	for (u8 i = 0; i < 8; i++)
		gpr[i] = *reg32(regs, i);
	return segment_base(cpu, regs, insn->segment) + m_offset(insn, gpr);
}

static bool read_mem(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn, void *buf,
		     u32 len)
{
	if (!m_read(operand_address(cpu, regs, insn), buf, len))
		return true;
	m_fault(cpu, regs, VECTOR_PF, m_bad_error, m_bad_address);
	return false;
}

static bool read_operand(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn, u32 *val)
{
	*val = *reg32(regs, insn->rm);
	if (insn->mem) {
		*val = 0;
		if (!read_mem(cpu, regs, insn, val, 2))
			return false;
	}
	*val &= 0xffff;
	return true;
}

static void write_mem(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn,
		      const void *buf, u32 len)
{
	if (m_write(operand_address(cpu, regs, insn), buf, len))
		m_fault(cpu, regs, VECTOR_PF, m_bad_error, m_bad_address);
}

typedef u64 call_t(struct mcpu *cpu, struct mregs *regs);

/* A call with these arguments in place of what the registers have. */
static u32 call(struct mcpu *cpu, struct mregs *regs, call_t *fn, u32 first, u32 second)
{
	u32 eax = regs->eax, edx = regs->edx, result;

	regs->eax = first;
	regs->edx = second;
	result = (u32)fn(cpu, regs);
	regs->eax = eax;
	regs->edx = edx;
	return result;
}

static call_t *const get_cr[] = { call_get_cr0, NULL, call_get_cr2, call_get_cr3, call_get_cr4 };
static call_t *const set_cr[] = { call_set_cr0, NULL, call_set_cr2, call_set_cr3, call_set_cr4 };

/* Interrupts may come in here, so the instruction is behind us. */
static void enable_or_wait(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn)
{
	u8 next = 0;

	regs->eip += insn->len;
	if (insn->kind == M_HLT) {
		/* Without interrupts it is for ever. */
		call(cpu, regs, regs->eflags & FLAG_IF ? call_halt : call_shutdown, 0, 0);
		return;
	}
	/* STI holds them back for one instruction more, and if that is HLT, it counts. */
	if (!m_read(regs->eip, &next, 1) && next == 0xf4) {
		m_violation("hlt", regs->eip);
		regs->eip++;
		call(cpu, regs, call_halt, 0, 0);
	} else {
		call(cpu, regs, call_enable_irqs, 0, 0);
	}
}

static void load_table(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn)
{
	struct mdesc_ptr ptr;
	u32 at = operand_address(cpu, regs, insn);

	if (read_mem(cpu, regs, insn, &ptr, sizeof(ptr)))
		call(cpu, regs, insn->kind == M_LGDT ? call_set_gdt : call_set_idt, at, 0);
}

static void load_word(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn)
{
	u32 val;

	if (!read_operand(cpu, regs, insn, &val))
		return;
	if (insn->kind == M_LMSW)
		/* It can set PE, and not clear it. */
		call(cpu, regs, call_set_cr0, (cpu->cr0 & ~0xeU) | (val & 0xf), 0);
	else
		call(cpu, regs, insn->kind == M_LTR ? call_set_tr : call_set_ldt, val, 0);
}

static void store(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn)
{
	u32 val = insn->kind == M_SLDT ? cpu->ldt : insn->kind == M_STR ? cpu->tr : cpu->cr0;

	if (insn->kind == M_SGDT || insn->kind == M_SIDT)
		write_mem(cpu, regs, insn, insn->kind == M_SGDT ? &cpu->gdt : &cpu->idt,
			  sizeof(cpu->gdt));
	else if (insn->mem)
		write_mem(cpu, regs, insn, &val, 2);
	else
		set_reg(regs, insn, val);
}

static void special_register(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn)
{
	/* 4 and 5 are other names of 6 and 7. */
	u32 dr = insn->reg == 4 || insn->reg == 5 ? insn->reg + 2U : insn->reg;

	switch (insn->kind) {
	case M_MOV_FROM_CR:
		set_reg(regs, insn, call(cpu, regs, get_cr[insn->reg], 0, 0));
		break;
	case M_MOV_TO_CR:
		call(cpu, regs, set_cr[insn->reg], *reg32(regs, insn->rm), 0);
		break;
	case M_MOV_FROM_DR:
		set_reg(regs, insn, call(cpu, regs, call_get_dr, dr, 0));
		break;
	default:
		call(cpu, regs, call_set_dr, dr, *reg32(regs, insn->rm));
		break;
	}
}

/* The others whose fault says it all. Who gets a fault by that, gets it at the instruction. */
static void privileged(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn)
{
	switch (insn->kind) {
	case M_CLI:
		call(cpu, regs, call_disable_irqs, 0, 0);
		break;
	case M_CLTS:
		call(cpu, regs, call_clts, 0, 0);
		break;
	case M_INVD:
	case M_WBINVD:
		call(cpu, regs, call_wbinvd, 0, 0);
		break;
	case M_INVLPG:
		call(cpu, regs, call_inval_page, operand_address(cpu, regs, insn), 0);
		break;
	case M_LGDT:
	case M_LIDT:
		load_table(cpu, regs, insn);
		break;
	case M_LLDT:
	case M_LTR:
	case M_LMSW:
		load_word(cpu, regs, insn);
		break;
	case M_SYSEXIT:
		call_sysexit(cpu, regs);
		break;
	default:
		if (insn->kind >= M_MOV_FROM_CR && insn->kind <= M_MOV_TO_DR)
			special_register(cpu, regs, insn);
		else
			store(cpu, regs, insn);
		break;
	}
}

/* A selector of ring 0 for what the kernel has in ring 1: that is our doing, not its fault. */
static bool same_but_ring(u32 selector, u32 own)
{
	return !(selector & RPL) && (selector | 1) == (own & 0xffff);
}

/* A load of SS. False: the fault is the kernel's own. */
static bool load_stack(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn)
{
	u32 at = insn->mem ? operand_address(cpu, regs, insn) : regs->esp;
	struct mregs before = *regs;
	u16 selector = (u16)*reg32(regs, insn->rm);
	u32 offset = 0;

	if (insn->kind == M_LSS) {
		if (m_read(at, &offset, insn->size) || m_read(at + insn->size, &selector, 2))
			return false;
	} else if ((insn->mem || insn->kind == M_POP_SS) && m_read(at, &selector, 2)) {
		return false;
	}
	if (!same_but_ring(selector, before.ss))
		return false;
	m_violation(m_name(insn), before.eip);
	if (insn->kind == M_LSS && insn->size == 4)
		*reg32(regs, insn->reg) = offset;
	else if (insn->kind == M_LSS)
		*reg32(regs, insn->reg) = (*reg32(regs, insn->reg) & 0xffff0000) | offset;
	else if (insn->kind == M_POP_SS)
		regs->esp += insn->size;
	regs->eip += insn->len;
	return true;
}

/* IRET and RET far to ring 0, or to a task. False: the fault is the kernel's own. */
static bool far_return(struct mcpu *cpu, struct mregs *regs, const struct m_insn *insn)
{
	u32 frame[2];

	if (insn->size != 4 || m_read(regs->esp, frame, sizeof(frame)))
		return false;
	if (insn->kind == M_IRET) {
		if (!(regs->eflags & FLAG_NT) && !same_but_ring(frame[1] & 0xffff, regs->cs))
			return false;
		m_violation(m_name(insn), regs->eip);
		regs->eip += insn->len;
		call_iret(cpu, regs);
		return true;
	}
	if (!same_but_ring(frame[1] & 0xffff, regs->cs))
		return false;
	m_violation(m_name(insn), regs->eip);
	regs->eip = frame[0];
	regs->esp += sizeof(frame) + insn->imm;
	return true;
}

/* Nothing is said of these: kernels count on the fault of an MSR that is not there. */
static bool counter_or_msr(struct mregs *regs, const struct m_insn *insn)
{
	u64 val = (u64)regs->edx << 32 | regs->eax;
	int err = 0;

	if (insn->kind == M_WRMSR)
		err = m_wrmsr(regs->ecx, val);
	else if (insn->kind == M_RDMSR)
		err = m_rdmsr(regs->ecx, &val);
	else if (insn->kind == M_RDPMC)
		err = m_rdpmc(regs->ecx, &val);
	else
		asm volatile("rdtsc" : "=A"(val));
	if (err)
		return false;
	regs->eax = (u32)val;
	regs->edx = (u32)(val >> 32);
	regs->eip += insn->len;
	return true;
}

bool m_decode_at(u32 eip, struct m_insn *insn)
{
	u32 nr = M_INSN_MAX, here = 0x1000 - (eip & 0xfff);
	u8 bytes[M_INSN_MAX];

	if (!m_read(eip, bytes, nr))
		return m_decode(bytes, nr, insn);
	/* The page behind is not there. */
	nr = here < nr ? here : nr;
	return !m_read(eip, bytes, nr) && m_decode(bytes, nr, insn);
}

bool m_emulate(struct mcpu *cpu, struct mregs *regs)
{
	struct m_insn insn;
	u32 eip = regs->eip;

	/* What a process must not do is between it and its kernel. */
	if (m_from_user(regs) || !m_decode_at(eip, &insn))
		return false;
	switch (insn.kind) {
	case M_RDMSR:
	case M_WRMSR:
	case M_RDPMC:
	case M_RDTSC:
		return counter_or_msr(regs, &insn);
	case M_IN:
	case M_OUT:
	case M_INS:
	case M_OUTS:
		/* See port.c. */
		return false;
	case M_MOV_SS:
	case M_POP_SS:
	case M_LSS:
		return load_stack(cpu, regs, &insn);
	case M_IRET:
	case M_LRET:
		return far_return(cpu, regs, &insn);
	case M_STI:
	case M_HLT:
		m_violation(m_name(&insn), eip);
		enable_or_wait(cpu, regs, &insn);
		return true;
	default:
		m_violation(m_name(&insn), eip);
		privileged(cpu, regs, &insn);
		if (regs->eip == eip)
			regs->eip += insn.len;
		return true;
	}
}
