// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* MSRs, CPUID, performance counters, segment bases. */
#include <pvops/unmark.h>
#include "util.h"

#define MSR_EFER		0xc0000080
#define MSR_FS_BASE		0xc0000100
#define MSR_KERNEL_GS_BASE	0xc0000102
#define MSR_NONE		0x6e1		/* PKRS, which these CPUs lack */
#define MSR_SYSENTER_ESP	0x175
#define MSR_ANY			(ON_64 ? MSR_KERNEL_GS_BASE : MSR_SYSENTER_ESP) /* unused */
#define EFER_LMA		(1 << 10)

static unsigned long fs_word(void)
{
	unsigned long val;

	asm volatile("mov %%fs:0, %0" : "=r"(val));
	return val;
}

GUEST_TEST(cpu_read_msr_efer)
{
	u64 efer = pvops_cpu_read_msr(MSR_EFER);

	EXPECT(!(efer & EFER_LMA) == !ON_64);
	EXPECT(!(efer >> 32));
}

GUEST_TEST(cpu_write_msr_fs_base)
{
	static unsigned long word = ~0UL / 7;
	u64 base = (unsigned long)&word;
	unsigned long flags;

	ONLY_64("bases are in descriptors here");
	flags = irqs_off();
	pvops_cpu_write_msr(MSR_FS_BASE, (u32)base, (u32)(base >> 32));
	EXPECT(pvops_cpu_read_msr(MSR_FS_BASE) == (unsigned long)&word);
	EXPECT(fs_word() == word);
	pvops_cpu_write_msr(MSR_FS_BASE, 0, 0);
	irqs_back(flags);
}

/* On x86-64 the base that GS has in user mode; there both halves count. */
GUEST_TEST(cpu_write_msr_reads_back)
{
	unsigned long flags = irqs_off();

	pvops_cpu_write_msr(MSR_ANY, 0x5000, ON_64 ? 0x10 : 0);
	EXPECT(pvops_cpu_read_msr(MSR_ANY) == (ON_64 ? 0x1000005000 : 0x5000));
	pvops_cpu_write_msr(MSR_ANY, 0, 0);
	EXPECT(pvops_cpu_read_msr(MSR_ANY) == 0);
	irqs_back(flags);
}

GUEST_TEST(cpu_read_msr_safe_good_one)
{
	u64 val = 0;

	EXPECT(pvops_cpu_read_msr_safe(MSR_EFER, &val) == 0);
	EXPECT(val == pvops_cpu_read_msr(MSR_EFER));
}

static void read_none(void *arg)
{
	u32 lo, hi;

	PVOPS_UNMARKED(rdmsr, "rdmsr", : "=a"(lo), "=d"(hi) : "c"(MSR_NONE));
}

static void write_none(void *arg)
{
	PVOPS_UNMARKED(wrmsr, "wrmsr", : : "c"(MSR_NONE), "a"(1), "d"(0) : "memory");
}

/* Does the machine fault? QEMU's emulation has no MSR that it misses. */
GUEST_TEST(cpu_read_msr_safe_missing_one)
{
	bool missing = faults(read_none, NULL, VECTOR_GP);
	u64 val = 99;

	EXPECT(pvops_cpu_read_msr_safe(MSR_NONE, &val) == (missing ? -PVOPS_EIO : 0));
	EXPECT(val == 0);
	EXPECT(missing || !on_xen_pv());
}

GUEST_TEST(cpu_write_msr_safe_good_one)
{
	unsigned long flags = irqs_off();

	EXPECT(pvops_cpu_write_msr_safe(MSR_ANY, 0x7000) == 0);
	EXPECT(pvops_cpu_read_msr(MSR_ANY) == 0x7000);
	EXPECT(pvops_cpu_write_msr_safe(MSR_ANY, 0) == 0);
	irqs_back(flags);
}

GUEST_TEST(cpu_write_msr_safe_missing_one)
{
	bool missing = faults(write_none, NULL, VECTOR_GP);

	EXPECT(pvops_cpu_write_msr_safe(MSR_NONE, 1) == (missing ? -PVOPS_EIO : 0));
}

GUEST_TEST(cpu_cpuid_vendor)
{
	u32 a = 0, b = 0, c = 0, d = 0;

	pvops_cpu_cpuid(&a, &b, &c, &d);
	EXPECT(a >= 1 && a < 0x100);
	EXPECT((b == 0x68747541 && c == 0x444d4163) || (b == 0x756e6547 && c == 0x6c65746e));
}

GUEST_TEST(cpu_cpuid_is_what_the_host_shows)
{
	u32 a = 0x40000000, b = 0, c = 0, d = 0;
	u32 r[4] = { 0x40000000, 0, 0, 0 };

	pvops_cpu_cpuid(&a, &b, &c, &d);
	guest_boot->proto->cpuid(r);
	EXPECT(a == r[0] && b == r[1] && c == r[2] && d == r[3]);
	if (on_xen_pv())
		EXPECT(b == 0x566e6558 && c == 0x65584d4d && d == 0x4d4d566e);
}

GUEST_TEST(cpu_cpuid_takes_a_subleaf)
{
	u32 a = 4, b, c = 0, d, e = 4, f, g = 9, h;

	pvops_cpu_cpuid(&a, &b, &c, &d);
	pvops_cpu_cpuid(&e, &f, &g, &h);
	EXPECT(g != 9 || e != 4);
}

static __attribute__((noinline)) void rdpmc_alone(void)
{
	pvops_cpu_rdpmc(0);
}

static void by_op(void *arg)
{
	*(u64 *)arg = pvops_cpu_rdpmc(0);
}

static void by_hand(void *arg)
{
	u32 lo, hi;

	asm volatile("rdpmc" : "=a"(lo), "=d"(hi) : "c"(0));
	*(u64 *)arg = (u64)hi << 32 | lo;
}

GUEST_TEST(cpu_rdpmc_by_contract)
{
	u64 val = 1, other;

	if (on_xen_pv()) {
		EXPECT(pvops_cpu_rdpmc(0) == 0 && pvops_cpu_rdpmc(1) == 0);
		return;
	}
	/* QEMU has no counters: the op faults just as the instruction does, or both count. */
	EXPECT(faults(by_op, &val, VECTOR_UD) == faults(by_hand, &other, VECTOR_UD));
	EXPECT(is_inline(rdpmc_alone, PVOPS_OP_cpu_rdpmc, 0x0f33));
}

GUEST_TEST(cpu_write_fs_base_is_used)
{
	static unsigned long words[2] = { 0xabcdef, 0x123456 };
	unsigned long flags = irqs_off();

	pvops_cpu_write_fs_base((unsigned long)words);
	EXPECT(fs_word() == words[0]);
	pvops_cpu_write_fs_base((unsigned long)(words + 1));
	EXPECT(fs_word() == words[1]);
	pvops_cpu_write_fs_base(0);
	irqs_back(flags);
}

_Static_assert(sizeof(struct cpu) <= 32 * PVOPS_PAGE_SIZE, "order 5 is too small");

GUEST_TEST(cpu_write_gs_base_is_used)
{
	unsigned long flags = irqs_off();
	struct cpu *real = this_cpu(), *copy = pvops_get_host()->alloc_pages(5);

	ASSERT(copy);
	copy->pv.cpu = real->pv.cpu;
	copy->pv.hv[1] = 1;
	copy->self = copy;
	pvops_cpu_write_gs_base((unsigned long)copy);
	EXPECT(this_cpu() == copy);
	pvops_cpu_write_gs_base((unsigned long)real);
	EXPECT(this_cpu() == real);
	irqs_back(flags);
	pvops_get_host()->free_pages(copy, 5);
}

GUEST_TEST(cpu_write_user_gs_base_reads_back)
{
	unsigned long flags = irqs_off();
	struct cpu *cpu = this_cpu();

#ifdef __x86_64__
	pvops_cpu_write_user_gs_base(0x234567000UL);
	EXPECT(pvops_cpu_read_msr(MSR_KERNEL_GS_BASE) == 0x234567000UL);
	EXPECT(this_cpu() == cpu);
	pvops_cpu_write_user_gs_base(0);
	EXPECT(pvops_cpu_read_msr(MSR_KERNEL_GS_BASE) == 0);
#else
	/* The second of the thread's descriptors has it. */
	static const u64 none[3];
	static unsigned long word = 0x5a5a;

	pvops_cpu_write_user_gs_base((unsigned long)&word);
	util_load_fs(SELECTOR(SEL_TLS / 8 + 1, 3));
	EXPECT(fs_word() == word);
	EXPECT(this_cpu() == cpu);
	util_load_fs(NULL);
	pvops_cpu_load_tls(cpu->gdt, none);
#endif
	irqs_back(flags);
}

GUEST_TEST(cpu_load_gs_index_keeps_the_kernels_base)
{
	static const u64 tls[3] = { DESC_DATA3, 0, 0 }, none[3];
	unsigned long flags;
	struct cpu *cpu;
	u32 gs = 0;

	ONLY_64("there is one GS, and it is the kernel's");
	flags = irqs_off();
	cpu = this_cpu();
	pvops_cpu_load_tls(cpu->gdt, tls);
	EXPECT(pvops_cpu_load_gs_index(SEL_TLS | 3) == 0);
	asm volatile("mov %%gs, %0" : "=r"(gs));
	EXPECT(gs == (SEL_TLS | 3));
	EXPECT(this_cpu() == cpu);
	EXPECT(pvops_cpu_load_gs_index(0) == 0);
	pvops_cpu_load_tls(cpu->gdt, none);
	irqs_back(flags);
}

GUEST_TEST(cpu_load_gs_index_refuses_a_bad_selector)
{
	unsigned long flags = irqs_off();
	struct cpu *cpu = this_cpu();
	u32 gs = 1;

	EXPECT(pvops_cpu_load_gs_index(0x1ffb) == (ON_64 ? -PVOPS_EINVAL : -PVOPS_ENOSYS));
	asm volatile("mov %%gs, %0" : "=r"(gs));
	EXPECT(gs == SEL_GS);
	EXPECT(this_cpu() == cpu);
	irqs_back(flags);
}
