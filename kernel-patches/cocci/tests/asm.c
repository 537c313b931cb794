// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What asm.cocci has to find: `op:` in the line where the statement begins. */
typedef unsigned long ulong;

static void flags(void)
{
	ulong flags;

	asm volatile("cli");				/* op: irq.disable */
	asm volatile("sti" : : : "memory");		/* op: irq.enable */
	asm volatile("sti; hlt" : : : "memory");	/* op: irq.enable_halt */
	__asm__ __volatile__("hlt");			/* op: irq.halt */
	asm volatile("pushf ; pop %0" : "=rm"(flags));	/* op: irq.save */
	asm volatile("push %0\n\tpopf" : : "g"(flags));	/* op: irq.restore */
}

static ulong registers(ulong val)
{
	ulong got;

	asm volatile("mov %%cr3, %0" : "=r"(got));	/* op: cpu.read_cr3 */
	asm volatile("mov %0, %%cr3" : : "r"(val));	/* op: mmu.activate or cpu.write_cr3 */
	asm("mov %%cr2, %0" : "=r"(got));		/* op: cpu.read_cr2 */
	asm volatile("movq %0,%%cr4" : : "r"(val));	/* op: cpu.write_cr4 */
	asm volatile("mov %0, %%db7" : : "r"(val));	/* op: cpu.set_dr */
	asm volatile("clts");				/* op: cpu.clts */
	return got;
}

static unsigned int several(unsigned int msr)
{
	unsigned int lo, hi;

	asm volatile("1: rdmsr\n"			/* op: cpu.read_msr or cpu.read_msr_safe */
		     "2:\n"
		     : "=a"(lo), "=d"(hi) : "c"(msr));
	asm volatile("rdtsc; clts; invlpg (%0)"	/* op: time.clock, cpu.clts, mmu.flush_one */
		     : : "r"(&lo));
	asm volatile("outb %b0, %w1" : : "a"(1), "Nd"(0x80));	/* op: cpu.out8 */
	asm volatile("lgdt %0" : : "m"(lo));		/* op: cpu.load_gdt */
	asm volatile("sidt %0" : "=m"(lo));	/* op: none: what it stores belongs to the host */
	if (msr)
		asm volatile("swapgs");			/* op: cpu.swapgs */
	return lo;
}

/* Names and operands that only look like it, and instructions that all hosts do alike. */
static ulong harmless(ulong cr3, ulong cli)
{
	asm volatile("nop");
	asm volatile("mov %[cr3], %0" : "=r"(cli) : [cr3] "r"(cr3));
	asm volatile("call cli_of_somebody" : : : "memory");
	asm volatile("lfence" : : : "cli");
	asm volatile("mfence; pause");
	asm volatile("xchg %0, %1" : "+r"(cli), "+m"(cr3));
	return cli;
}
