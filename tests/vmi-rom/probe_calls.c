// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Each call against its instructions. */
#include "../../backends/vmi/rom.h"
#include "probe.h"

#define TIMER_VECTOR	0x20
#define TSS		0x20
#define LDT		0x28
#define APIC		0xfee00000

static u64 idt[64];
static u64 other_gdt[8], ldt[8];
static u32 tss[26];
static struct ptr idt_ptr = { sizeof(idt) - 1, 0 };

static void out8(u16 port, u8 val)
{
	asm volatile("out %0, %1" : : "a"(val), "Nd"(port));
}

static u8 in8(u16 port)
{
	u8 val;

	asm volatile("in %1, %0" : "=a"(val) : "Nd"(port));
	return val;
}

static u64 gate(const void *to)
{
	u32 at = (u32)to;

	return (u64)(at & 0xffff0000) << 32 | 0x8e0000080000ULL | (at & 0xffff);
}

/* Faults end the test; of the interrupts there is the timer's, and it waits. */
void set_up(void)
{
	static const u8 init[][2] = {
		{ 0x20, 0x11 }, { 0x21, TIMER_VECTOR }, { 0x21, 4 }, { 0x21, 1 }, { 0x21, 0xff },
		{ 0xa1, 0xff },
	};

	for (u32 i = 0; i < 64; i++)
		idt[i] = gate(i == TIMER_VECTOR ? timer_handler : fault_handler);
	idt_ptr.base = (u32)idt;
	asm volatile("lidt %0" : : "m"(idt_ptr));
	for (u32 i = 0; i < sizeof(init) / 2; i++)
		out8(init[i][0], init[i][1]);
}

static u32 flags(void)
{
	u32 val;

	asm volatile("pushf; pop %0" : "=r"(val));
	return val;
}

#define READ_CR(nr)						\
	({							\
		u32 val_;					\
		asm volatile("mov %%cr" #nr ", %0" : "=r"(val_)); \
		val_;						\
	})
#define IF	0x200

static void tables(void)
{
	static struct ptr ptr = { sizeof(other_gdt) - 1, 0 }, got;
	u32 tss_base = (u32)tss;
	struct regs regs;
	u16 selector;

	for (u32 i = 0; i < 8; i++)
		other_gdt[i] = gdt[i];
	ptr.base = (u32)other_gdt;
	go(VMI_SET_GDT, (u32)&ptr, 0, 0, 0, 0);
	asm volatile("sgdt %0" : "=m"(got));
	result("SetGDT", got.base == ptr.base && got.limit == ptr.limit);
	got.base = got.limit = 0;
	go(VMI_GET_GDT, (u32)&got, 0, 0, 0, 0);
	result("GetGDT", got.base == ptr.base && got.limit == ptr.limit);

	go(VMI_SET_IDT, (u32)&idt_ptr, 0, 0, 0, 0);
	go(VMI_GET_IDT, (u32)&got, 0, 0, 0, 0);
	result("SetIDT GetIDT", got.base == idt_ptr.base && got.limit == idt_ptr.limit);
	go(VMI_WRITE_IDT_ENTRY, (u32)idt, 63, (u32)gate(timer_handler),
	   (u32)(gate(timer_handler) >> 32), 0);
	result("WriteIDTEntry", idt[63] == gate(timer_handler) && idt[62] == gate(fault_handler));

	go(VMI_WRITE_GDT_ENTRY, (u32)other_gdt, TSS / 8, tss_base << 16 | (sizeof(tss) - 1),
	   (tss_base & 0xff000000) | 0x8900 | (tss_base >> 16 & 0xff), 0);
	go(VMI_SET_TR, TSS, 0, 0, 0, 0);
	asm volatile("str %0" : "=r"(selector));
	regs = go(VMI_GET_TR, 0, 0, 0, 0, 0);
	result("WriteGDTEntry SetTR GetTR", selector == TSS && regs.a == TSS);
	go(VMI_UPDATE_KERNEL_STACK, 0x10, 0x12345678, 0, 0, 0);
	result("UpdateKernelStack", tss[1] == 0x12345678 && tss[2] == 0x10 && !tss[3]);

	go(VMI_WRITE_GDT_ENTRY, (u32)other_gdt, LDT / 8, (u32)ldt << 16 | (sizeof(ldt) - 1),
	   ((u32)ldt & 0xff000000) | 0x8200 | ((u32)ldt >> 16 & 0xff), 0);
	go(VMI_WRITE_LDT_ENTRY, (u32)ldt, 3, 0x1234ffff, 0x00c0f256, 0);
	go(VMI_SET_LDT, LDT, 0, 0, 0, 0);
	regs = go(VMI_GET_LDT, 0, 0, 0, 0, 0);
	result("SetLDT GetLDT", regs.a == LDT);
	result("WriteLDTEntry", ldt[3] == 0x00c0f2561234ffff && !ldt[2] && !ldt[4]);
	go(VMI_SET_LDT, 0, 0, 0, 0, 0);
	asm volatile("sldt %0" : "=r"(selector));
	result("SetLDT none", !selector);
}

static void control(void)
{
	u32 cr0 = READ_CR(0), cr4 = READ_CR(4);

	go(VMI_SET_CR0, cr0 | 8, 0, 0, 0, 0);
	result("SetCR0", READ_CR(0) == (cr0 | 8));
	result("GetCR0", go(VMI_GET_CR0, 0, 0, 0, 0, 0).a == (cr0 | 8));
	go(VMI_CLTS, 0, 0, 0, 0, 0);
	result("CLTS", READ_CR(0) == cr0);
	go(VMI_SET_CR2, 0x12345678, 0, 0, 0, 0);
	result("SetCR2 GetCR2", READ_CR(2) == 0x12345678 &&
	       go(VMI_GET_CR2, 0, 0, 0, 0, 0).a == 0x12345678);
	go(VMI_SET_CR3, 0x200000, 0, 0, 0, 0);
	result("SetCR3 GetCR3", READ_CR(3) == 0x200000 &&
	       go(VMI_GET_CR3, 0, 0, 0, 0, 0).a == 0x200000);
	go(VMI_SET_CR4, cr4 | 0xa0, 0, 0, 0, 0);
	result("SetCR4 GetCR4", READ_CR(4) == (cr4 | 0xa0) &&
	       go(VMI_GET_CR4, 0, 0, 0, 0, 0).a == (cr4 | 0xa0));
	go(VMI_FLUSH_TLB, VMI_FLUSH_NON_GLOBAL | VMI_FLUSH_GLOBAL, 0, 0, 0, 0);
	result("FlushTLB", READ_CR(4) == (cr4 | 0xa0) && READ_CR(3) == 0x200000);
	go(VMI_SET_CR4, cr4, 0, 0, 0, 0);
	go(VMI_FLUSH_TLB, VMI_FLUSH_NON_GLOBAL, 0, 0, 0, 0);
	go(VMI_INVAL_PAGE, 0x100000, 0, 0, 0, 0);
	go(VMI_WBINVD, 0, 0, 0, 0, 0);
	result("InvalPage WBINVD", READ_CR(4) == cr4);
	for (u32 nr = 0; nr < 4; nr++)
		go(VMI_SET_DR, nr, 0x1000 + nr, 0, 0, 0);
	for (u32 nr = 0; nr < 4; nr++)
		result("SetDR GetDR", go(VMI_GET_DR, nr, 0, 0, 0, 0).a == 0x1000 + nr);
	go(VMI_SET_DR, 8, 0x55, 0, 0, 0);
	result("GetDR 8", !go(VMI_GET_DR, 8, 0, 0, 0, 0).a);
}

static void instructions(void)
{
	u32 a = 1, b, c = 0, d, lo, hi;
	struct regs regs = go(VMI_CPUID, 1, 0xdddd, 0, 0, 0), again;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	result("CPUID", regs.a == a && regs.b == b && regs.c == c && regs.d == d);
	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(0x174));
	go(VMI_WRMSR, 0xabc0, 0, 0x174, 0, 0);
	regs = go(VMI_RDMSR, 0, 0, 0x174, 0, 0);
	result("WRMSR RDMSR", regs.a == 0xabc0 && !regs.d);
	go(VMI_WRMSR, lo, hi, 0x174, 0, 0);
	regs = go(VMI_RDTSC, 0, 0, 0, 0, 0);
	again = go(VMI_RDTSC, 0, 0, 0, 0, 0);
	result("RDTSC", ((u64)again.d << 32 | again.a) > ((u64)regs.d << 32 | regs.a));
}

static void flag(void)
{
	go(VMI_ENABLE_IRQS, 1, 2, 3, 0, 0);
	result("EnableInterrupts", flags() & IF);
	result("GetInterruptMask", go(VMI_GET_IRQ_MASK, 1, 2, 3, 0, 0).a & IF);
	go(VMI_DISABLE_IRQS, 1, 2, 3, 0, 0);
	result("DisableInterrupts", !(flags() & IF));
	result("GetInterruptMask off", !(go(VMI_GET_IRQ_MASK, ~0U, 2, 3, 0, 0).a & IF));
	go(VMI_SET_IRQ_MASK, IF, 2, 3, 0, 0);
	result("SetInterruptMask on", flags() & IF);
	go(VMI_SET_IRQ_MASK, ~IF, 2, 3, 0, 0);
	result("SetInterruptMask off", !(flags() & IF));
	if (type_of(VMI_IRET) == VMI_RELOC_JUMP)
		result("IRET", rom_iret(target_of(VMI_IRET), 0x8d7) &&
		       rom_iret(target_of(VMI_IRET), 0x002));
	/* The timer, as fast as it can; what waits for it sees it once. */
	out8(0x43, 0x34);
	out8(0x40, 0xff);
	out8(0x40, 0x0f);
	out8(0x21, 0xfe);
	result("no interrupt yet", !ticks);
	go(VMI_HALT, 0, 0, 0, 0, 0);
	result("Halt", ticks && flags() & IF);
	asm volatile("cli");
	out8(0x21, 0xff);
	go(VMI_SET_IOPL_MASK, 0x3000, 0, 0, 0, 0);
	result("SetIOPLMask", (flags() & 0x3200) == 0x3000);
	go(VMI_SET_IOPL_MASK, 0, 0, 0, 0, 0);
	result("SetIOPLMask 0", !(flags() & 0x3200));
}

static void entries(void)
{
	static u32 narrow[2] = { 0, 77 };
	static u64 wide[2] = { 0x1111111122222222, 77 };

	go(VMI_SET_PXE, 0x12345067, (u32)narrow, VMI_PAGE_PT, 0, 0);
	result("SetPxE", narrow[0] == 0x12345067 && narrow[1] == 77);
	go(VMI_SET_PXE_LONG, 0x12345067, 0x80000001, (u32)wide, VMI_PAGE_PT, 0);
	result("SetPxELong", wide[0] == 0x8000000112345067 && wide[1] == 77);
}

static void ports(void)
{
	static u8 bytes[4] = { 1, 2, 3, 4 };
	struct regs regs;

	result("INB", (go(VMI_IN8, 0, 0x61, 0, 0, 0).a & 0xf) == (in8(0x61) & 0xf));
	go(VMI_OUT8, 0x0f, 0x70, 0, 0, 0);
	result("OUTB", in8(0x70) == 0x0f || in8(0x70) == 0xff);
	go(VMI_OUT32, 0x80000000, 0xcf8, 0, 0, 0);
	regs = go(VMI_IN32, 0, 0xcfc, 0, 0, 0);
	result("OUTL INL", (regs.a & 0xffff) == 0x8086);
	result("INW", (go(VMI_IN16, 0, 0xcfe, 0, 0, 0).a & 0xffff) == regs.a >> 16);
	go(VMI_OUT16, 0, 0x80, 0, 0, 0);
	bytes[1] = 2;
	regs = go(VMI_INS8, 0, 0xcfc, 1, (u32)bytes, 0);
	result("INSB", bytes[0] == 0x86 && bytes[1] == 2 && regs.di == (u32)bytes + 1 && !regs.c);
	regs = go(VMI_INS16, 0, 0xcfc, 1, (u32)bytes, 0);
	result("INSW", bytes[1] == 0x80 && bytes[2] == 3 && regs.di == (u32)bytes + 2);
	regs = go(VMI_INS32, 0, 0xcfc, 1, (u32)bytes, 0);
	result("INSL", bytes[1] == 0x80 && bytes[2] != 3 && regs.di == (u32)bytes + 4);
	regs = go(VMI_OUTS8, 0, 0x80, 2, (u32)bytes, 0);
	result("OUTSB", regs.si == (u32)bytes + 2 && !regs.c);
	regs = go(VMI_OUTS16, 0, 0x80, 2, (u32)bytes, 0);
	result("OUTSW", regs.si == (u32)bytes + 4 && !regs.c);
	regs = go(VMI_OUTS32, 0, 0x80, 1, (u32)bytes, 0);
	result("OUTSL", regs.si == (u32)bytes + 4 && !regs.c);
	go(VMI_IO_DELAY, 0, 0, 0, 0, 0);
	result("OUTW IODelay", true);
}

static void apic(void)
{
	volatile u32 *page = (volatile u32 *)APIC;

	result("APICRead", go(VMI_APIC_READ, APIC + 0x30, 0, 0, 0, 0).a == page[0x30 / 4]);
	go(VMI_APIC_WRITE, APIC + 0x80, 0x20, 0, 0, 0);
	result("APICWrite", page[0x80 / 4] == 0x20);
	go(VMI_APIC_WRITE, APIC + 0x80, 0, 0, 0, 0);
	result("APICRead of an offset", !go(VMI_APIC_READ, 0x30, 0, 0, 0, 0).a);
}

void try_all(void)
{
	tables();
	control();
	instructions();
	flag();
	entries();
	ports();
	apic();
}
