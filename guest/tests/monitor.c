// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Ways around who took ring 0 from us, in the protected mode of 32 bits: none of them may lead
 * there. And frames that IRET must refuse, whoever does it.
 */
#include "sensitive.h"

#define FREE_ENTRY	13		/* of the kernel's GDT */
#define FREE		(FREE_ENTRY << 3)
#define VECTOR_NP	11
#define DESC_DATA	0x00cf93000000ffffULL
#define DESC_BYTES	0x004f93000000ffffULL	/* its limit in bytes */
#define DESC_DOWN	0x00cf97000000ffffULL	/* expands down */
#define GATE_CALL	0x0000ec0000000000ULL	/* present, DPL 3, of 32 bits */
#define RING0_CS	0xffe0			/* the monitor's own, see its layout.h */
#define MSR_SYSENTER_CS	0x174
#define MSR_SYSENTER_SP	0x175
#define MSR_SYSENTER_IP	0x176
#define MSR_EFER	0xc0000080
#define EFER_SCE	1ULL

static void set_free_entry(u64 desc)
{
	pvops_cpu_write_gdt_entry(this_cpu()->gdt, FREE_ENTRY, desc);
}

/* The segment's last byte; 0: it has none, or cannot be asked. */
static u32 end_of(u64 desc, u32 base)
{
	u32 limit = 0;

	set_free_entry(pvops_desc_with_base(desc, base));
	return insn_lsl(FREE | kernel_cpl(), &limit) ? base + limit : 0;
}

GUEST_TEST(monitor_segments_end_below_it)
{
	u32 top = (u32)guest_boot->top, limit = 0;
	unsigned long flags;

	if (!monitored())
		SKIP("nobody has taken ring 0 from us");
	flags = irqs_off();
	EXPECT(end_of(DESC_DATA, 0) == top - 1);
	EXPECT(end_of(DESC_DATA, 0xc0001000) == top - 1);
	/* In pages, so the last one that fits. */
	EXPECT(end_of(DESC_DATA, 0xc0001040) == top - 0x1000 + 0x3f);
	EXPECT(end_of(DESC_DATA, top - 0x1000) == top - 1);
	EXPECT(end_of(DESC_BYTES, top - 0x801) == top - 1);
	EXPECT(end_of(DESC_BYTES, 0x1000) == 0x1000 + 0xfffff);
	/* Less than a page is left, or nothing, or it goes upwards to the end. */
	set_free_entry(pvops_desc_with_base(DESC_DATA, top - 0xfff));
	EXPECT(faults(util_load_fs, SELECTOR(FREE_ENTRY, 1), VECTOR_NP));
	set_free_entry(pvops_desc_with_base(DESC_DATA, top));
	EXPECT(faults(util_load_fs, SELECTOR(FREE_ENTRY, 1), VECTOR_NP));
	set_free_entry(DESC_DOWN);
	EXPECT(faults(util_load_fs, SELECTOR(FREE_ENTRY, 1), VECTOR_NP));
	set_free_entry(DESC_DATA);
	EXPECT(!faults(util_load_fs, SELECTOR(FREE_ENTRY, 1), VECTOR_NP));
	util_load_fs(NULL);
	set_free_entry(0);
	EXPECT(!insn_lsl(FREE | 1, &limit));
	irqs_back(flags);
}

static void call_through(void *selector)
{
	struct {
		u32 offset;
		u16 selector;
	} __attribute__((packed)) to = { 0, (u16)(unsigned long)selector };

	asm volatile("lcall *%0" : : "m"(to) : "memory", "eax", "ecx", "edx");
}

static void reached(void)
{
	asm volatile("lret");
}

GUEST_TEST(monitor_has_no_call_gate)
{
	u32 to = (u32)(unsigned long)reached;
	u64 *ldt, gate = GATE_CALL | RING0_CS << 16ULL | (to & 0xffff) |
			 (u64)(to & 0xffff0000) << 32;
	unsigned long flags;

	if (!monitored())
		SKIP("nobody has taken ring 0 from us");
	ldt = page_alloc();
	ASSERT(ldt);
	ldt[1] = gate;
	flags = irqs_off();
	set_free_entry(gate);
	MEANT(0, EXPECT(faults(call_through, SELECTOR(FREE_ENTRY, 1), VECTOR_GP)));
	set_free_entry(0);
	EXPECT(pvops_cpu_set_ldt(this_cpu()->gdt, ldt, 8) == 0);
	MEANT(0, EXPECT(faults(call_through, (void *)(1UL << 3 | 4 | 1), VECTOR_GP)));
	EXPECT(pvops_cpu_set_ldt(this_cpu()->gdt, NULL, 0) == 0);
	/* Nor is the monitor's own code to be had. */
	MEANT(0, EXPECT(faults(call_through, (void *)(unsigned long)RING0_CS, VECTOR_GP)));
	irqs_back(flags);
	page_free(ldt);
}

static void sysenter(void *arg)
{
	asm volatile("sysenter" : : : "memory", "ecx", "edx");
}

static void syscall_(void *arg)
{
	asm volatile("syscall" : : : "memory", "ecx");
}

GUEST_TEST(monitor_has_no_fast_entry)
{
	unsigned long flags;
	u64 efer;

	if (!monitored())
		SKIP("nobody has taken ring 0 from us");
	flags = irqs_off();
	efer = pvops_cpu_read_msr(MSR_EFER);
	pvops_cpu_write_msr(MSR_SYSENTER_CS, RING0_CS, 0);
	pvops_cpu_write_msr(MSR_SYSENTER_SP, 0, 0);
	pvops_cpu_write_msr(MSR_SYSENTER_IP, (u32)(unsigned long)reached, 0);
	EXPECT(pvops_cpu_read_msr(MSR_SYSENTER_CS) == RING0_CS);
	EXPECT(faults(sysenter, NULL, VECTOR_GP));
	pvops_cpu_write_msr(MSR_SYSENTER_IP, 0, 0);
	pvops_cpu_write_msr(MSR_SYSENTER_CS, 0, 0);
	pvops_cpu_write_msr(MSR_EFER, (u32)(efer | EFER_SCE), 0);
	EXPECT(pvops_cpu_read_msr(MSR_EFER) == (efer | EFER_SCE));
	EXPECT(faults(syscall_, NULL, VECTOR_UD));
	pvops_cpu_write_msr(MSR_EFER, (u32)efer, 0);
	irqs_back(flags);
}

void test_iret_to(u32 *frame) __attribute__((noreturn));	/* asm32.S */

struct user_frame {
	u32 below[64];			/* what the fault pushes */
	u32 ip, cs, flags, sp, ss;
};

static void iret_to(void *frame)
{
	test_iret_to(&((struct user_frame *)frame)->ip);
}

static bool refused(u32 cs, u32 ss)
{
	struct user_frame frame = {
		.ip = 0x1000, .cs = cs, .flags = 0x202, .sp = 0x2000, .ss = ss,
	};
	struct fault fault = { 0 };

	return catch_fault(iret_to, &frame, &fault) && fault.vector == VECTOR_GP &&
	       fault.error == ((cs != SEL_USER_CS ? cs : ss) & 0xfffc);
}

GUEST_TEST(cpu_iret_wants_segments_of_ring_3)
{
	unsigned long flags = irqs_off();

	EXPECT(refused(3, SEL_USER_DS));			/* null */
	EXPECT(refused(FREE | 3, SEL_USER_DS));			/* nothing there */
	EXPECT(refused(SEL_USER_DS, SEL_USER_DS));		/* data */
	EXPECT(refused(SEL_KERNEL_CS | 3, SEL_USER_DS));	/* not of DPL 3 */
	EXPECT(refused(SEL_USER_CS, 3));
	EXPECT(refused(SEL_USER_CS, SEL_USER_CS));
	EXPECT(refused(SEL_USER_CS, SEL_KERNEL_DS | 3));
	EXPECT(refused(SEL_USER_CS, SEL_USER_DS & ~3U));	/* another RPL */
	irqs_back(flags);
}

void test_flags_gate(void);		/* asm32.S */
extern u32 test_flags_seen;
u32 test_flags_seen;

#define VECTOR_OURS	0x79
#define FLAG_TF		0x100UL
#define FLAG_NT		0x4000UL
#define GATE_TRAP	(GATE_INTERRUPT | 0x100)

/* Enter by a gate of this type, with these flags set; what is left of them behind it. */
static unsigned long enter_with(unsigned int type, unsigned long set)
{
	struct pvops_gate gate = gate_make((unsigned long)test_flags_gate, type);
	unsigned long behind;

	pvops_cpu_write_idt_entry(idt, VECTOR_OURS, &gate);
	test_flags_seen = 0;
	asm volatile("	pushf\n"
		     "	pushf\n"
		     "	or	%1, (%%esp)\n"
		     "	popf\n"
		     "	int	$0x79\n"
		     "	pushf\n"
		     "	pop	%0\n"
		     "	popf"
		     : "=r"(behind) : "r"(set) : "memory", "cc");
	return behind & set;
}

GUEST_TEST(cpu_write_idt_entry_gates_and_flags)
{
	const unsigned long looked_at = FLAG_IF | FLAG_TF | FLAG_NT;
	struct pvops_gate own = idt[VECTOR_OURS];

	EXPECT(enter_with(GATE_TRAP, 0) == 0);
	EXPECT((test_flags_seen & looked_at) == FLAG_IF);
	enter_with(GATE_INTERRUPT, 0);
	EXPECT(test_flags_seen && !(test_flags_seen & looked_at));
	EXPECT(pvops_irq_save() & FLAG_IF);
	EXPECT(enter_with(GATE_INTERRUPT, FLAG_TF) == 0);
	EXPECT(test_flags_seen && !(test_flags_seen & looked_at));
	pvops_irq_disable();
	EXPECT(enter_with(GATE_INTERRUPT, FLAG_NT) == FLAG_NT);
	EXPECT(test_flags_seen && !(test_flags_seen & looked_at));
	EXPECT(enter_with(GATE_TRAP, 0) == 0);
	EXPECT(test_flags_seen && !(test_flags_seen & looked_at));
	pvops_irq_enable();
	pvops_cpu_write_idt_entry(idt, VECTOR_OURS, &own);
}

GUEST_TEST(monitor_sees_a_gate_of_our_own_making)
{
	struct pvops_gate own = idt[VECTOR_OURS];
	unsigned long flags;

	if (!monitored())
		SKIP("nobody has taken ring 0 from us");
	flags = irqs_off();
	MEANT(0, enter_with(GATE_INTERRUPT, 0));
	/* Another type, behind everybody's back. */
	idt[VECTOR_OURS] = gate_make((unsigned long)test_flags_gate, GATE_TRAP);
	MEANT(1, asm volatile("int $0x79" : : : "memory"));
	MEANT(0, asm volatile("int $0x79" : : : "memory"));
	pvops_cpu_write_idt_entry(idt, VECTOR_OURS, &own);
	irqs_back(flags);
}

#define CR0_WP		0x10000UL

GUEST_TEST(monitor_keeps_write_protection)
{
	unsigned long flags, cr0;

	if (!monitored())
		SKIP("nobody has taken ring 0 from us");
	flags = irqs_off();
	cr0 = pvops_cpu_read_cr0();
	EXPECT(cr0 & CR0_WP);
	pvops_cpu_write_cr0(cr0 & ~CR0_WP);
	EXPECT(pvops_cpu_read_cr0() == (cr0 & ~CR0_WP));
	EXPECT(faults(util_write, (void *)(unsigned long)reached, VECTOR_PF));
	pvops_cpu_write_cr0(cr0);
	irqs_back(flags);
}

static void load_tr(void *selector)
{
	pvops_cpu_load_tr((u32)(unsigned long)selector);
}

GUEST_TEST(cpu_load_tr_wants_a_tss)
{
	unsigned long flags = irqs_off();

	EXPECT(faults(load_tr, (void *)(unsigned long)SEL_KERNEL_DS, VECTOR_GP));
	EXPECT(faults(load_tr, (void *)(unsigned long)FREE, VECTOR_GP));
	EXPECT(pvops_cpu_store_tr() == SEL_TSS);
	irqs_back(flags);
}
