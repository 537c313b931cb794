// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The sensitive instructions that transfer control; see sensitive.c. */
#include "sensitive.h"

/* A far transfer to the kernel's segment: refused, or it stays in the ring that it is in. */
static void far_transfer(const char *own, const char *kernels)
{
	bool through = kernel_cpl() == 3;

	EXPECT(sensitive_user(own) == 0);
	EXPECT((told[0] & 3) == 3 && told[0] != UNTOLD);
	EXPECT(sensitive_user(kernels) == (through ? 0 : REFUSED));
	EXPECT((told[0] != UNTOLD) == through);
}

GUEST_TEST(sensitive_call_far_does_not_reach_ring_0)
{
	far_transfer("call", WITH("call", SEL_KERNEL_CS));
#ifndef __x86_64__
	EXPECT((insn_call_far(SEL_KERNEL_CS) & 3) == kernel_cpl());
#endif
}

GUEST_TEST(sensitive_jmp_far_does_not_reach_ring_0)
{
	far_transfer("jmp", WITH("jmp", SEL_KERNEL_CS));
	if (kernel_cpl() == 3)
		EXPECT(told[0] == (SEL_KERNEL_CS | 3));
#ifndef __x86_64__
	EXPECT(insn_jmp_far(SEL_KERNEL_CS) == (SEL_KERNEL_CS | kernel_cpl()));
#endif
}

GUEST_TEST(sensitive_ret_far_does_not_reach_ring_0)
{
	EXPECT(sensitive_user("ret") == 0);
	EXPECT((told[0] & 3) == 3 && told[0] != UNTOLD);
	EXPECT(sensitive_user(WITH("ret", SEL_KERNEL_CS)) == REFUSED);
#ifndef __x86_64__
	/* Of a kernel in ring 1 the monitor says it, and does what was meant. */
	told[0] = 3;
	MEANT(1, told[0] = insn_ret_far(SEL_KERNEL_CS));
	EXPECT((told[0] & 3) == kernel_cpl());
#endif
}

GUEST_TEST(sensitive_iret_drops_the_flag)
{
#ifndef __x86_64__
	unsigned long flags, off;

#endif
	EXPECT(sensitive_user("iret") == 0);
	EXPECT((told[0] & (FLAG_IF | FLAG_IOPL)) == FLAG_IF && told[0] != UNTOLD);
	EXPECT(sensitive_user(WITH("iret", SEL_KERNEL_CS)) == REFUSED);
#ifndef __x86_64__
	/* To the ring that it is in: no fault, and interrupts stay on. */
	flags = insn_pushf();
	MEANT(0, insn_iret(insn_mov_from_cs(), flags & ~FLAG_IF));
	off = pvops_irq_save();
	EXPECT((off & FLAG_IF) == (deprivileged() ? FLAG_IF : 0));
	pvops_irq_enable();
	/* To ring 0 as it was written: that is seen, and then the flag can be put right. */
	MEANT(1, insn_iret(SEL_KERNEL_CS, flags & ~FLAG_IF));
	off = pvops_irq_save();
	EXPECT(!(off & FLAG_IF));
	pvops_irq_enable();
#endif
}

static void int_n(void *arg)
{
	insn_int();
}

/*
 * The gate has DPL 0, which the kernel may call if it is in ring 0. For one in ring 1 VMI's
 * monitor has to look at the kernel's gate itself, and takes the kernel's word for both.
 */
GUEST_TEST(sensitive_int_goes_by_cpl)
{
	unsigned long flags;

	EXPECT(sensitive_user("int") == REFUSED);
	flags = irqs_off();
	EXPECT(faults(int_n, NULL, VECTOR_GP) == (kernel_cpl() == 3));
	irqs_back(flags);
}
