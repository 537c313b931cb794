// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Descriptor tables. What the CPU has are copies of the kernel's, made harmless: ring 0 becomes
 * ring 1, and no segment reaches the monitor. Changes come by calls, so the copies follow.
 */
#include "monitor.h"
#include "io.h"

#define DESC_PRESENT	0x0000800000000000ULL
#define DESC_CODE_DATA	0x0000100000000000ULL	/* else a system's: TSS, LDT, gate */
#define DESC_CODE	0x0000080000000000ULL
#define DESC_DOWN	0x0000040000000000ULL	/* of data: it expands down */
#define DESC_WRITE	0x0000020000000000ULL	/* of data; of code: it can be read */
#define DESC_ACCESSED	0x0000010000000000ULL
#define DESC_DPL	0x0000600000000000ULL
#define DESC_DPL1	0x0000200000000000ULL
#define DESC_LARGE	0x0080000000000000ULL	/* limit in pages */
#define DESC_LIMIT	0x000f00000000ffffULL
#define TYPE(desc)	((u32)((desc) >> 40) & 0x1f)
#define TYPE_LDT	0x02
#define TYPE_TSS	0x09
#define FLAT_CODE	0x00cf9b000000ffffULL
#define FLAT_DATA	0x00cf93000000ffffULL
#define PORTS		65536U

extern u8 m_vectors[][16];
void m_df_entry(void);

static u64 ldts[M_MAX_CPUS][M_GDT_BYTES / 8] __attribute__((aligned(4096)));
static u64 gates[256] __attribute__((aligned(4096)));

u32 m_desc_base(u64 desc)
{
	return ((u32)(desc >> 16) & 0xffffff) | (u32)(desc >> 56) << 24;
}

u32 m_desc_limit(u64 desc)
{
	u32 limit = ((u32)desc & 0xffff) | ((u32)(desc >> 32) & 0xf0000);

	return desc & DESC_LARGE ? limit << 12 | 0xfff : limit;
}

static u64 make(u32 base, u32 limit, u64 rights)
{
	return rights | (limit & 0xffff) | (u64)(limit >> 16 & 15) << 48 |
	       (u64)(base & 0xffffff) << 16 | (u64)(base >> 24) << 56;
}

/* What becomes of a descriptor of the kernel's. */
static u64 harmless(u64 desc)
{
	u32 base = m_desc_base(desc), limit = m_desc_limit(desc), most;

	/* The kernel's TSS and LDT are loaded by calls; gates could lead to us. */
	if (!(desc & DESC_CODE_DATA))
		return 0;
	if (!(desc & DESC_DPL))
		desc |= DESC_DPL1;
	if (base >= M_TOP || (!(desc & DESC_CODE) && desc & DESC_DOWN))
		return desc & ~DESC_PRESENT;
	most = M_TOP - 1 - base;
	if (limit > most) {
		if (desc & DESC_LARGE && most < 0xfff)
			return desc & ~DESC_PRESENT;
		desc &= ~DESC_LIMIT;
		desc = make(0, desc & DESC_LARGE ? ((most + 1) >> 12) - 1 : most, desc);
	}
	return desc | DESC_ACCESSED;
}

/* A segment of ring 3 that is there, by the copies: code, or data that can be written. */
static bool is_users(const struct mcpu *cpu, u32 selector, bool code)
{
	bool local = selector & 4;
	const u64 *table = local ? ldts[cpu->index] : cpu->shadow_gdt;
	u32 last = local ? cpu->ldt ? cpu->ldt_limit : 0 : M_FIRST_SEL - 1;
	u64 wanted = DESC_PRESENT | DESC_CODE_DATA | DESC_DPL | (code ? DESC_CODE : DESC_WRITE);
	u64 mask = DESC_PRESENT | DESC_CODE_DATA | DESC_DPL | DESC_CODE | (code ? 0 : DESC_WRITE);

	return (selector & 3) == 3 && (selector & 0xfffc) && (selector & 0xfff8) + 7 <= last &&
	       (table[selector >> 3] & mask) == wanted;
}

bool m_user_segments(const struct mcpu *cpu, u32 cs, u32 ss, u32 *wrong)
{
	*wrong = (is_users(cpu, cs, true) ? ss : cs) & 0xfffc;
	return is_users(cpu, cs, true) && is_users(cpu, ss, false);
}

static void copy_table(u64 *to, u32 room, u32 base, u32 limit)
{
	u32 n = (limit + 1) / 8;
	u64 desc;

	for (u32 i = 0; i < room; i++)
		to[i] = i < n && !m_read(base + i * 8, &desc, 8) ? harmless(desc) : 0;
}

void m_load_gdt(struct mcpu *cpu, const struct mdesc_ptr *ptr)
{
	cpu->gdt = *ptr;
	copy_table(cpu->shadow_gdt, M_FIRST_SEL / 8, ptr->base, ptr->limit);
}

void m_load_idt(struct mcpu *cpu, const struct mdesc_ptr *ptr)
{
	cpu->idt = *ptr;
	for (u32 i = 0; i < 256; i++)
		if (i * 8 + 7 > ptr->limit || m_read(ptr->base + i * 8, cpu->gates + i, 8))
			cpu->gates[i] = 0;
}

bool m_guest_gate(struct mcpu *cpu, u32 vector, u32 eip, u32 gate[2])
{
	u64 now;

	if (vector * 8 + 7 > cpu->idt.limit || m_read(cpu->idt.base + vector * 8, &now, 8))
		return false;
	/* It counts all the same, as it would for the CPU. */
	if (now != cpu->gates[vector])
		m_violation("gate that no call wrote", eip);
	cpu->gates[vector] = now;
	gate[0] = (u32)now;
	gate[1] = (u32)(now >> 32);
	return true;
}

bool m_guest_desc(struct mcpu *cpu, u32 selector, u64 *desc)
{
	bool local = selector & 4;
	u32 at = selector & 0xfff8, limit = local ? cpu->ldt_limit : cpu->gdt.limit;

	if ((local && !cpu->ldt) || at + 7 > limit)
		return false;
	return !m_read((local ? cpu->ldt_base : cpu->gdt.base) + at, desc, 8);
}

void m_load_tables(struct mcpu *cpu)
{
	struct mdesc_ptr gdt = { M_GDT_BYTES - 1, (u32)cpu->shadow_gdt };
	struct mdesc_ptr idt = { sizeof(gates) - 1, (u32)gates };
	u64 *own = cpu->shadow_gdt;
	struct mtss *tss = &cpu->tss, *df = &cpu->df_tss;

	for (u32 v = 0; !cpu->index && v < 256; v++) {
		u32 to = (u32)m_vectors[v];

		gates[v] = ((u64)((to & 0xffff0000) | 0x8e00) << 32) | (u64)M_CS << 16 |
			   (to & 0xffff);
	}
	gates[M_CALL_VECTOR] |= DESC_DPL1;	/* the same for all CPUs */
	gates[VECTOR_BP] |= DESC_DPL;
	gates[VECTOR_OF] |= DESC_DPL;
	gates[VECTOR_DF] = 0x0000850000000000ULL | (u64)M_DF_TSS_SEL << 16;

	tss->ss0 = M_DS;
	tss->esp0 = (u32)m_stacks[cpu->index + 1];
	*df = (struct mtss){
		.cr3 = (u32)m_own_gpa((void *)(M_TOP + M_AP_ROOT)), .eip = (u32)m_df_entry,
		.eflags = FLAG_ONE, .cs = M_CS, .ss = M_DS, .ds = M_DS, .es = M_DS,
		.esp = df->esp ? df->esp : (u32)m_page() + PVOPS_PAGE_SIZE,
		.io_base = sizeof(*df),
	};
	own[M_CS / 8] = FLAT_CODE;
	own[M_DS / 8] = FLAT_DATA;
	own[M_TSS_SEL / 8] = make((u32)tss, sizeof(*tss) + 2 * M_IO_BYTES - 1,
				  0x0000890000000000ULL);
	own[M_DF_TSS_SEL / 8] = make((u32)df, sizeof(*df) - 1, 0x0000890000000000ULL);
	cpu->io_all[M_IO_BYTES - 1] = 0xff;
	cpu->io_all[M_TEST_PORT / 8] |= 0x0f << M_TEST_PORT % 8;
	cpu->io_all[0xf4 / 8] |= 0xf0;			/* the machine's end: see trap.c */

	asm volatile("lgdt %0\n"
		     "	ljmp %2, $1f\n"
		     "1:	mov %3, %%ds\n"
		     "	mov %3, %%es\n"
		     "	mov %3, %%ss\n"
		     "	lidt %1\n"
		     "	lldt %w4\n"
		     "	ltr %w5"
		     : : "m"(gdt), "m"(idt), "i"(M_CS), "r"(M_DS), "r"(0), "r"(M_TSS_SEL)
		     : "memory");
}

/* The one place that knows both maps of ports: all for ring 1; none, or some, for ring 3. */
void m_ready_io(struct mcpu *cpu, bool user)
{
	cpu->tss.io_base = (u16)(user ? 0xffff : cpu->io_all - (u8 *)&cpu->tss);
}

static u64 set_table(struct mcpu *cpu, struct mregs *regs,
		     void (*load)(struct mcpu *cpu, const struct mdesc_ptr *ptr))
{
	struct mdesc_ptr ptr;

	if (m_read(regs->eax, &ptr, sizeof(ptr)))
		m_fault(cpu, regs, VECTOR_PF, m_bad_error, m_bad_address);
	else
		load(cpu, &ptr);
	return 0;
}

static u64 get_table(struct mcpu *cpu, struct mregs *regs, const struct mdesc_ptr *ptr)
{
	if (m_write(regs->eax, ptr, sizeof(*ptr)))
		m_fault(cpu, regs, VECTOR_PF, m_bad_error, m_bad_address);
	return 0;
}

u64 call_set_gdt(struct mcpu *cpu, struct mregs *regs)
{
	return set_table(cpu, regs, m_load_gdt);
}

u64 call_set_idt(struct mcpu *cpu, struct mregs *regs)
{
	return set_table(cpu, regs, m_load_idt);
}

u64 call_get_gdt(struct mcpu *cpu, struct mregs *regs)
{
	return get_table(cpu, regs, &cpu->gdt);
}

u64 call_get_idt(struct mcpu *cpu, struct mregs *regs)
{
	return get_table(cpu, regs, &cpu->idt);
}

u64 call_set_ldt(struct mcpu *cpu, struct mregs *regs)
{
	u32 selector = regs->eax & 0xffff, limit;
	u64 desc, *own = ldts[cpu->index];

	cpu->ldt = 0;
	if (selector & ~3U) {
		if (selector & 4 || !m_guest_desc(cpu, selector, &desc) ||
		    !(desc & DESC_PRESENT) || TYPE(desc) != TYPE_LDT) {
			m_fault(cpu, regs, VECTOR_GP, selector & 0xfffc, 0);
			return 0;
		}
		cpu->ldt_base = m_desc_base(desc);
		cpu->ldt_limit = limit = m_desc_limit(desc) & 0xffff;
		cpu->ldt = selector;
		copy_table(own, (limit + 1) / 8, cpu->ldt_base, limit);
		cpu->shadow_gdt[M_LDT_SEL / 8] = make((u32)own, limit, 0x0000820000000000ULL);
	}
	asm volatile("lldt %w0" : : "r"(cpu->ldt ? M_LDT_SEL : 0) : "memory");
	return 0;
}

u64 call_get_ldt(struct mcpu *cpu, struct mregs *regs)
{
	return cpu->ldt;
}

u64 call_set_tr(struct mcpu *cpu, struct mregs *regs)
{
	u32 selector = regs->eax & 0xffff;
	u64 desc;

	if (selector & 4 || !m_guest_desc(cpu, selector, &desc) || !(desc & DESC_PRESENT) ||
	    (TYPE(desc) & ~2U) != TYPE_TSS) {
		m_fault(cpu, regs, VECTOR_GP, selector & 0xfffc, 0);
		return 0;
	}
	cpu->tr = selector;
	cpu->tr_base = m_desc_base(desc);
	cpu->tr_limit = m_desc_limit(desc);
	return 0;
}

u64 call_get_tr(struct mcpu *cpu, struct mregs *regs)
{
	return cpu->tr;
}

u64 call_update_kernel_stack(struct mcpu *cpu, struct mregs *regs)
{
	cpu->kernel_ss = regs->eax & 0xffff;
	cpu->kernel_esp = regs->edx;
	return 0;
}

/* eax: table, edx: index, ecx: low word, stack: high word. Into the kernel's, then the copies. */
static bool write_entry(struct mcpu *cpu, struct mregs *regs, u64 *desc)
{
	*desc = (u64)m_arg(regs, 0) << 32 | regs->ecx;
	if (!m_write(regs->eax + regs->edx * 8, desc, 8))
		return true;
	m_fault(cpu, regs, VECTOR_PF, m_bad_error, m_bad_address);
	return false;
}

u64 call_write_gdt_entry(struct mcpu *cpu, struct mregs *regs)
{
	u64 desc;

	if (!write_entry(cpu, regs, &desc))
		return 0;
	for (u32 i = 0; i < m_nr_cpus; i++)
		if (m_cpus[i].gdt.base == regs->eax && regs->edx < M_FIRST_SEL / 8 &&
		    regs->edx * 8 + 7 <= m_cpus[i].gdt.limit)
			m_cpus[i].shadow_gdt[regs->edx] = harmless(desc);
	return 0;
}

u64 call_write_ldt_entry(struct mcpu *cpu, struct mregs *regs)
{
	u64 desc;

	if (!write_entry(cpu, regs, &desc))
		return 0;
	for (u32 i = 0; i < m_nr_cpus; i++)
		if (m_cpus[i].ldt && m_cpus[i].ldt_base == regs->eax && regs->edx < 8192 &&
		    regs->edx * 8 + 7 <= m_cpus[i].ldt_limit)
			ldts[i][regs->edx] = harmless(desc);
	return 0;
}

u64 call_write_idt_entry(struct mcpu *cpu, struct mregs *regs)
{
	u64 desc;

	if (!write_entry(cpu, regs, &desc))
		return 0;
	for (u32 i = 0; i < m_nr_cpus; i++)
		if (m_cpus[i].idt.base == regs->eax && regs->edx < 256)
			m_cpus[i].gates[regs->edx] = desc;
	return 0;
}
