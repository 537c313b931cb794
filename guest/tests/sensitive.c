// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What the sensitive but unprivileged instructions do outside ring 0, in a process and, where the
 * kernel itself has lost ring 0, in the kernel: they do not fault, and are wrong. The reason for
 * ops; see Documentation/sensitive-instructions.rst.
 */
#include "sensitive.h"

#define CR0_PE		1UL
#define CR0_MP		2UL
#define CR4_UMIP	(1UL << 11)

int sensitive_user(const char *arg)
{
	for (int i = 0; i < NR_TOLD; i++)
		told[i] = UNTOLD;
	return process_run("sensitive", arg);
}

static bool has_umip(void)
{
	u32 eax = 0, ebx, ecx = 0, edx;

	pvops_cpu_cpuid(&eax, &ebx, &ecx, &edx);
	if (eax < 7)
		return false;
	eax = 7;
	ecx = 0;
	pvops_cpu_cpuid(&eax, &ebx, &ecx, &edx);
	return ecx & 4;
}

/* VMI's monitor keeps UMIP on where there is one: it sees the five, of its kernel too. */
static bool seen(void)
{
	return monitored() && has_umip();
}

/*
 * The five that UMIP forbids, in user mode. A host that took ring 0 may have it on for good: then
 * false, and what is left is the kernel, where a monitor that sees them answers as the kernel
 * would want it. Of a process it only says to the kernel that it was refused.
 */
static bool runs(const char *name)
{
	int status = 0;

	MEANT(0, status = sensitive_user(name));
	if (status == REFUSED && deprivileged()) {
		EXPECT(told[0] == UNTOLD);
		return false;
	}
	EXPECT(status == 0);
	return status == 0;
}

#define RUNS_OR_SKIP(name)							\
	do {									\
		if (!runs(name) && !seen())					\
			SKIP("the host has UMIP on");				\
	} while (0)

GUEST_TEST(sensitive_sgdt_shows_the_real_table)
{
	struct table_register t;
	unsigned long own;

	RUNS_OR_SKIP("sgdt");
	if (seen()) {
		MEANT(1, t = insn_sgdt());
		EXPECT(t.base == (unsigned long)this_cpu()->gdt);
		EXPECT(t.limit == sizeof(this_cpu()->gdt) - 1);
		return;
	}
	ASSERT(told[2] < nr_cpus);
	own = (unsigned long)cpus[told[2]]->gdt;
	if (deprivileged()) {
		EXPECT(told[1] != own && told[1] >= USER_END);
		EXPECT(insn_sgdt().base != (unsigned long)this_cpu()->gdt);
	} else {
		EXPECT(told[0] == sizeof(this_cpu()->gdt) - 1);
		EXPECT(told[1] == own);
	}
}

GUEST_TEST(sensitive_sidt_shows_the_real_table)
{
	struct table_register t;

	RUNS_OR_SKIP("sidt");
	if (seen()) {
		MEANT(1, t = insn_sidt());
		EXPECT(t.base == (unsigned long)idt && t.limit == sizeof(idt) - 1);
	} else if (deprivileged()) {
		EXPECT(told[1] != (unsigned long)idt && told[1] >= USER_END);
		EXPECT(insn_sidt().base != (unsigned long)idt);
	} else {
		EXPECT(told[0] == sizeof(idt) - 1);
		EXPECT(told[1] == (unsigned long)idt);
	}
}

static void *ldts[MAX_CPUS];

static void use_ldt(void *entries)
{
	EXPECT(pvops_cpu_set_ldt(this_cpu()->gdt, ldts[pvops_cpu()],
				 (unsigned int)(unsigned long)entries) == 0);
}

static void set_ldts(unsigned long entries)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		run_on(cpu, use_ldt, (void *)entries);
}

GUEST_TEST(sensitive_sldt_shows_the_real_selector)
{
	unsigned int have = 0;
	bool ran = false;

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		ldts[cpu] = page_alloc();
		have += ldts[cpu] != NULL;
	}
	if (have == nr_cpus) {
		set_ldts(512);
		ran = runs("sldt");
		if (seen())
			MEANT(1, told[0] = insn_sldt());
		set_ldts(0);
	}
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		if (ldts[cpu])
			page_free(ldts[cpu]);
	ASSERT(have == nr_cpus);
	if (!ran && !seen())
		SKIP("the host has UMIP on");
	if (deprivileged() && !seen())
		EXPECT(told[0] && told[0] < UNTOLD && told[0] != SEL_LDT);
	else
		EXPECT(told[0] == SEL_LDT);
}

GUEST_TEST(sensitive_smsw_shows_the_real_cr0)
{
	unsigned long cr0 = pvops_cpu_read_cr0(), flags, shown, other;

	EXITS_OR_SKIP();
	RUNS_OR_SKIP("smsw");
	if (!seen())
		EXPECT(told[0] < UNTOLD && (told[0] & CR0_PE));
	/* VMI's monitor lets the kernel have this bit, and answers with the kernel's CR0. */
	other = kernel_cpl() == 3 ? CR0_MP : 0;
	flags = irqs_off();
	pvops_cpu_write_cr0(cr0 ^ CR0_MP);
	/* The kernel's CR0 has changed; has what the instruction says? */
	MEANT(seen(), shown = insn_smsw());
	EXPECT(((shown ^ pvops_cpu_read_cr0()) & CR0_MP) == other);
	pvops_cpu_write_cr0(cr0);
	irqs_back(flags);
	if (!deprivileged())
		EXPECT(told[0] == (cr0 & 0xffff));
}

GUEST_TEST(sensitive_str_shows_the_real_selector)
{
	RUNS_OR_SKIP("str");
	if (seen()) {
		MEANT(1, told[0] = insn_str());
		EXPECT(told[0] == SEL_TSS && pvops_cpu_store_tr() == SEL_TSS);
		return;
	}
	EXPECT(told[0] != UNTOLD && told[0]);
	EXPECT((told[0] == pvops_cpu_store_tr()) == !deprivileged());
	EXPECT(insn_str() == told[0]);
}

static void set_umip(void *on)
{
	unsigned long cr4 = pvops_cpu_read_cr4();

	pvops_cpu_write_cr4(on ? cr4 | CR4_UMIP : cr4 & ~CR4_UMIP);
}

GUEST_TEST(sensitive_umip_refuses_five)
{
	static const char *const five[] = { "sgdt", "sidt", "sldt", "smsw", "str" };
	unsigned long done = 0;

	if (!has_umip())
		SKIP("this CPU has no UMIP");
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		run_on(cpu, set_umip, (void *)1UL);
	if (pvops_cpu_read_cr4() & CR4_UMIP) {
		for (unsigned int i = 0; i < 5; i++) {
			EXPECT(sensitive_user(five[i]) == REFUSED);
			EXPECT(told[0] == UNTOLD);
		}
		/* Ring 0 may still, and the others are not meant. */
		if (!deprivileged())
			EXPECT(insn_sidt().base == (unsigned long)idt);
		EXPECT(sensitive_user("pushf") == 0);
		EXPECT(sensitive_user(WITH("ask", SEL_USER_DS)) == 0);
		done = 1;
	}
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		run_on(cpu, set_umip, NULL);
	if (!done)
		SKIP("the host keeps CR4.UMIP to itself");
	for (unsigned int i = 0; i < 5 && !deprivileged(); i++)
		EXPECT(sensitive_user(five[i]) == 0);
}

GUEST_TEST(sensitive_pushf_shows_the_real_flags)
{
	unsigned long flags, shown, op;

	ASSERT(sensitive_user("pushf") == 0);
	EXPECT(told[0] != UNTOLD && (told[0] & FLAG_IF) && !(told[0] & FLAG_IOPL));
	flags = irqs_off();
	shown = insn_pushf();
	op = pvops_irq_save();
	irqs_back(flags);
	EXPECT(!(op & FLAG_IF));
	/* In ring 1 the flag may be the kernel's own: who keeps it there need not keep another. */
	EXPECT((shown & FLAG_IF) == (kernel_cpl() == 3 ? FLAG_IF : 0));
	/* IOPL is the real one there too: what was asked for is user mode's. */
	flags = irqs_off();
	EXPECT(pvops_cpu_set_iopl(3) == 0);
	shown = insn_pushf();
	EXPECT(pvops_cpu_set_iopl(0) == 0);
	irqs_back(flags);
	EXPECT((shown & FLAG_IOPL) == (deprivileged() ? 0 : FLAG_IOPL));
}

GUEST_TEST(sensitive_popf_drops_the_flag)
{
	unsigned long flags, off, back;

	ASSERT(sensitive_user("popf") == 0);
	EXPECT((told[0] & (FLAG_IF | FLAG_IOPL)) == FLAG_IF && told[0] != UNTOLD);
	flags = insn_pushf();
	insn_popf(flags & ~FLAG_IF);
	off = pvops_irq_save();
	insn_popf(flags);
	back = pvops_irq_save();
	EXPECT((off & FLAG_IF) == (deprivileged() ? FLAG_IF : 0));
	EXPECT(back & FLAG_IF);
}

/* What the program tells of a selector: bits of LAR, LSL, VERR, VERW, then rights and limit. */
static unsigned long ask(const char *arg)
{
	EXPECT(sensitive_user(arg) == 0);
	EXPECT(told[0] < 16);
	return told[0];
}

/*
 * The kernel's data segment, of DPL 0: in ring 0 it is there, in ring 3 not. A kernel in ring 3
 * that gave its descriptors DPL 0 sees, and lets its processes see, those of DPL 3 that its
 * hypervisor has made of them.
 */
static void asked(unsigned int bit)
{
	unsigned long seen = ask(WITH("ask", SEL_KERNEL_DS)) >> bit & 1;

	EXPECT(seen == (kernel_cpl() == 3));
	EXPECT(ask(WITH("ask", SEL_USER_DS)) == 15);
}

GUEST_TEST(sensitive_lar_goes_by_cpl)
{
	unsigned int rights = 0;

	asked(0);
	EXPECT(told[1] != UNTOLD && (told[1] >> 13 & 3) == 3);
	EXPECT(insn_lar(SEL_KERNEL_DS, &rights));
	EXPECT((rights >> 13 & 3) == kernel_cpl());
	/* Whatever that is, the kernel wrote 0; Xen puts its own into the kernel's table too. */
	EXPECT(kernel_cpl() == 3 || (this_cpu()->gdt[SEL_KERNEL_DS / 8] >> 45 & 3) == 0);
}

GUEST_TEST(sensitive_lsl_goes_by_cpl)
{
	unsigned int limit = 0;

	asked(1);
	EXPECT(told[2] != UNTOLD && told[2]);
	EXPECT(insn_lsl(SEL_KERNEL_DS, &limit));
	EXPECT(limit == told[2]);
	/* What is cut off is the hole of who took ring 0, where limits count. */
	EXPECT((limit == ~0U) == (kernel_cpl() != 1));
	EXPECT((this_cpu()->gdt[SEL_KERNEL_DS / 8] & 0xf00000000ffffULL) == 0xf00000000ffffULL);
}

GUEST_TEST(sensitive_verr_goes_by_cpl)
{
	asked(2);
	EXPECT(insn_verr(SEL_KERNEL_DS));
}

GUEST_TEST(sensitive_verw_goes_by_cpl)
{
	asked(3);
	EXPECT(insn_verw(SEL_KERNEL_DS));
	EXPECT(!insn_verw(SEL_KERNEL_CS));
}

GUEST_TEST(sensitive_mov_from_cs_shows_the_ring)
{
	ASSERT(sensitive_user("mov_cs") == 0);
	EXPECT((told[0] & 3) == 3 && told[0] != UNTOLD);
	EXPECT(kernel_cpl() || !on_xen_pv());
	EXPECT(!kernel_cpl() || !on_bare_hardware());
}

static void load_ss(void *selector)
{
	insn_mov_to_ss((unsigned long)selector);
}

GUEST_TEST(sensitive_mov_to_ss_wants_the_ring)
{
	unsigned long flags;

	EXPECT(sensitive_user(WITH("mov_ss", SEL_USER_DS)) == 0);
	EXPECT(sensitive_user(WITH("mov_ss", SEL_KERNEL_DS)) == REFUSED);
	/* RPL 0, which a kernel that thinks itself in ring 0 has in its selectors. */
	flags = irqs_off();
	MEANT(1, EXPECT(faults(load_ss, (void *)(unsigned long)SEL_KERNEL_DS, VECTOR_GP) ==
			(deprivileged() && !monitored())));
	irqs_back(flags);
}

static void pop_fs(void *selector)
{
	insn_pop_fs((unsigned long)selector);
}

GUEST_TEST(sensitive_pop_of_a_segment_goes_by_cpl)
{
	unsigned long flags;

	EXPECT(sensitive_user(WITH("push", SEL_USER_DS)) == 0);
	EXPECT(sensitive_user(WITH("push", SEL_KERNEL_DS)) == (kernel_cpl() == 3 ? 0 : REFUSED));
	flags = irqs_off();
	EXPECT(!faults(pop_fs, (void *)(unsigned long)SEL_KERNEL_DS, VECTOR_GP));
	util_load_fs(NULL);
	irqs_back(flags);
#ifndef __x86_64__
	EXPECT(sensitive_user(WITH("pop_ss", SEL_USER_DS)) == 0);
	EXPECT(sensitive_user(WITH("pop_ss", SEL_KERNEL_DS)) == REFUSED);
	flags = irqs_off();
	MEANT(1, insn_pop_ss(SEL_KERNEL_DS));
	irqs_back(flags);
#endif
}

GUEST_TEST(sensitive_push_of_a_segment_shows_the_selector)
{
	ASSERT(sensitive_user(WITH("push", SEL_USER_DS)) == 0);
	EXPECT(told[0] == SEL_USER_DS);
#ifdef __x86_64__
	EXPECT(sensitive_user("push_cs") == (KILLED | VECTOR_UD));
#else
	EXPECT(sensitive_user("push_cs") == 0 && (told[0] & 3) == 3);
	EXPECT((insn_push_cs() & 3) == kernel_cpl());
#endif
}
