// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Ports, their permissions, and what enters and leaves the kernel. */
#include "util.h"
#include <pvops/xen.h>

#define PORT_PAGE	0x82		/* page registers of two DMA channels that nobody uses */
#define PORT_PCI	0xcf8
#define PORT_NOBODY	0x2f0
#define MMUEXT_OP	26		/* Xen's hypercall of this number */

static bool no_ports(void)
{
	/* Entered by PVH on Xen there is no board around the CPU, unless it is the machine's. */
	bool board = !on_xen_pv() && !(on_xen() && guest_boot->proto->name[0] == 'p');

	return !board && pvops_get_info()->verdict.role != PVOPS_ROLE_ROOT;
}

GUEST_TEST(cpu_out8_reads_back_by_in8)
{
	if (no_ports())
		SKIP("this domain has no ports");
	pvops_cpu_out8(0x5a, PORT_PAGE);
	EXPECT(pvops_cpu_in8(PORT_PAGE) == 0x5a);
	pvops_cpu_out8(0xa5, PORT_PAGE);
	EXPECT(pvops_cpu_in8(PORT_PAGE) == 0xa5);
}

GUEST_TEST(cpu_in8_nobody_there)
{
	EXPECT(pvops_cpu_in8(PORT_NOBODY) == 0xff);
}

GUEST_TEST(cpu_out16_reads_back_by_in8)
{
	if (no_ports())
		SKIP("this domain has no ports");
	pvops_cpu_out16(0x3412, PORT_PAGE);
	EXPECT(pvops_cpu_in8(PORT_PAGE) == 0x12);
	EXPECT(pvops_cpu_in8(PORT_PAGE + 1) == 0x34);
}

GUEST_TEST(cpu_in16_reads_two_bytes)
{
	if (no_ports())
		SKIP("this domain has no ports");
	pvops_cpu_out8(0x78, PORT_PAGE);
	pvops_cpu_out8(0x56, PORT_PAGE + 1);
	EXPECT(pvops_cpu_in16(PORT_PAGE) == 0x5678);
	EXPECT(pvops_cpu_in16(PORT_NOBODY) == 0xffff);
}

GUEST_TEST(cpu_out32_reads_back_by_in32)
{
	if (no_ports())
		SKIP("this domain has no ports");
	pvops_cpu_out32(0x80000810, PORT_PCI);
	EXPECT(pvops_cpu_in32(PORT_PCI) == 0x80000810);
	pvops_cpu_out32(0x80000000, PORT_PCI);
	EXPECT(pvops_cpu_in32(PORT_PCI) == 0x80000000);
}

GUEST_TEST(cpu_in32_nobody_there)
{
	EXPECT(pvops_cpu_in32(PORT_NOBODY) == 0xffffffff);
}

GUEST_TEST(cpu_io_delay_returns)
{
	for (int i = 0; i < 100; i++)
		pvops_cpu_io_delay();
}

static __attribute__((noinline)) void wbinvd_alone(void)
{
	pvops_cpu_wbinvd();
}

/* Caches cannot be seen into: that it was done is seen by who did it. */
GUEST_TEST(cpu_wbinvd_reaches_the_cpu_and_loses_nothing)
{
	u64 before = pvops_xen_hypercalls(MMUEXT_OP);
	static volatile u64 words[64];

	for (unsigned int i = 0; i < 64; i++)
		words[i] = i * 3;
	wbinvd_alone();
	for (unsigned int i = 0; i < 64; i++)
		EXPECT(words[i] == i * 3);
	/* Xen does it for who owns devices, and refuses it to all others. */
	if (on_xen_pv())
		EXPECT((pvops_xen_hypercalls(MMUEXT_OP) > before) == !no_ports());
	else
		EXPECT(is_inline(wbinvd_alone, PVOPS_OP_cpu_wbinvd, 0x0f09));
}

struct ports {
	const u8 *bitmap;
	unsigned int nr;
	int err;
};

static void set_bitmap(void *arg)
{
	struct ports *p = arg;

	p->err |= pvops_cpu_set_io_bitmap(&this_cpu()->tss, p->bitmap, p->nr);
}

static int bitmap_everywhere(const u8 *bitmap, unsigned int nr)
{
	struct ports p = { bitmap, nr, 0 };

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		run_on(cpu, set_bitmap, &p);
	return p.err;
}

GUEST_TEST(cpu_set_io_bitmap_lets_user_mode_in)
{
	static u8 bitmap[32];

	for (unsigned int i = 0; i < sizeof(bitmap); i++)
		bitmap[i] = 0xff;
	EXPECT(process_run("t", "!o") == (KILLED | VECTOR_GP));
	bitmap[0x80 / 8] = 0xfe;
	EXPECT(bitmap_everywhere(bitmap, 256) == 0);
	EXPECT(process_run("t", "!o") == 99);
	bitmap[0x80 / 8] = 0xff;
	EXPECT(bitmap_everywhere(bitmap, 256) == 0);
	EXPECT(process_run("t", "!o") == (KILLED | VECTOR_GP));
	EXPECT(bitmap_everywhere(NULL, 0) == 0);
	EXPECT(process_run("t", "!o") == (KILLED | VECTOR_GP));
}

GUEST_TEST(cpu_set_io_bitmap_refuses_too_many)
{
	static u8 bitmap[1];

	EXPECT(bitmap_everywhere(bitmap, 65537) == -PVOPS_EINVAL);
}

static void set_iopl(void *arg)
{
	*(int *)arg = pvops_cpu_set_iopl((unsigned int)*(int *)arg);
}

GUEST_TEST(cpu_set_iopl_by_contract)
{
	unsigned long flags = irqs_off(), seen;
	int level;

	EXPECT(pvops_cpu_set_iopl(3) == 0);
	asm volatile("pushf; pop %0" : "=r"(seen));
	if (!deprivileged())
		EXPECT((seen >> 12 & 3) == 3);
	EXPECT(pvops_cpu_set_iopl(0) == 0);
	asm volatile("pushf; pop %0" : "=r"(seen));
	if (!deprivileged())
		EXPECT((seen >> 12 & 3) == 0);
	irqs_back(flags);
	if (!deprivileged() || no_ports())
		return;
	/* Of a kernel without ring 0 it is the CPU's, for user mode to have. */
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		level = 3;
		run_on(cpu, set_iopl, &level);
		EXPECT(level == 0);
	}
	EXPECT(process_run("t", "!o") == 99);
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		level = 0;
		run_on(cpu, set_iopl, &level);
	}
	EXPECT(process_run("t", "!o") == (KILLED | VECTOR_GP));
}

GUEST_TEST(cpu_set_iopl_refuses_level_4)
{
	EXPECT(pvops_cpu_set_iopl(4) == -PVOPS_EINVAL);
}

GUEST_TEST(cpu_set_entries_system_calls_enter)
{
	/* Every CPU has its own: as many hogs as CPUs, each making calls. */
	struct thread *t[MAX_CPUS];

	for (unsigned int i = 0; i < nr_cpus; i++)
		t[i] = process_start("t", "syscall");
	for (unsigned int i = 0; i < nr_cpus; i++)
		EXPECT(t[i] && thread_join(t[i]) == 0);
}

GUEST_TEST(cpu_swapgs_kernel_has_its_own_after_each_entry)
{
	EXPECT(process_run("t", "storm") == 0);
	EXPECT(this_cpu()->self == this_cpu());
}

GUEST_TEST(cpu_iret_int80_comes_back)
{
	EXPECT(process_run("t", "syscall") == 0);
}

GUEST_TEST(cpu_sysret_keeps_user_registers)
{
	EXPECT(process_run("t", "fork") == 0);
}

static void illegal(void *arg)
{
	asm volatile("ud2");
}

GUEST_TEST(cpu_entry_frame_exceptions_nest)
{
	struct fault fault = { 0 };

	for (int i = 0; i < 100; i++) {
		EXPECT(catch_fault(illegal, NULL, &fault));
		EXPECT(fault.vector == VECTOR_UD);
	}
}

GUEST_TEST(cpu_shutdown_is_there)
{
	/* The suite's end uses it; here only that it is not reached by accident. */
	EXPECT(pvops_form_of(PVOPS_OP_cpu_shutdown)->func != NULL);
}
