// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * CPU ops under Xen PV. Control registers are Xen's; we keep what the guest may believe of them.
 */
#include <pvops/insn.h>
#include "xen.h"

#define CR0_TS			(1UL << 3)
#define CR0_FIXED		0x80010001UL		/* PG, WP, PE */
#define CR0_START		0x80050033UL
#define MSR_STAR		0xc0000081
#define MSR_SFMASK		0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102

/* cr2 is at 16 in struct vcpu_info: evtchn bytes, pending_sel, arch.cr2. */
PVOPS_TEMPLATE_RELOC(xen_cr2, 4, "mov %gs:pvops_percpu+16(%rip), %rax");
PVOPS_TEMPLATE(xen_cpuid, "ud2; .ascii \"xen\"; cpuid");
/* Trapped and emulated by Xen. */
PVOPS_TEMPLATE(xen_rdmsr, "rdmsr");
_Static_assert(offsetof(struct vcpu_info, arch.cr2) == 16, "cr2 moved");

PVOPS_THUNK_cpu_read_cr0(xen_read_cr0_op, xen_read_cr0);
PVOPS_THUNK_cpu_write_cr0(xen_write_cr0_op, xen_write_cr0);
PVOPS_THUNK_cpu_write_cr2(xen_write_cr2_op, xen_write_cr2);
PVOPS_THUNK_cpu_read_cr4(xen_read_cr4_op, xen_read_cr4);
PVOPS_THUNK_cpu_write_cr4(xen_write_cr4_op, xen_write_cr4);
PVOPS_THUNK_cpu_write_msr(xen_write_msr_op, xen_write_msr);
PVOPS_THUNK_cpu_clts(xen_clts_op, xen_clts);

/* Results that are always the same, in the convention of the ops that give them. */
PVOPS_TEMPLATE(xen_zero, "xor %eax, %eax");
PVOPS_TEMPLATE(xen_zero_pair, "xor %edx, %edx; xor %eax, %eax");
PVOPS_TEMPLATE(xen_nothing, "");

void xen_cpu_init(unsigned int cpu)
{
	struct xen_cpu *xcpu = xen_cpu_of(cpu);

	xcpu->cr0 = CR0_START;
	if (cpu) {
		xcpu->cr4 = xen_cpu_of(0)->cr4;
	} else {
		/* Emulated by Xen: what it lets us see. */
		asm volatile("mov %%cr4, %0" : "=r"(xcpu->cr4));
		xcpu->root = xen_start->pt_base - PVOPS_VIRT_BASE;
	}
	xcpu->cr4_allowed = xcpu->cr4;
}

unsigned long xen_read_cr0(void)
{
	return xen_cpu()->cr0;
}

static void set_ts(bool set)
{
	XEN_MUST("fpu_taskswitch", xen_call1(__HYPERVISOR_fpu_taskswitch, set));
}

void xen_write_cr0(unsigned long val)
{
	struct xen_cpu *xcpu = xen_cpu();
	unsigned long changed = xcpu->cr0 ^ val;

	xcpu->cr0 = val | CR0_FIXED;
	if (changed & CR0_TS)
		set_ts(val & CR0_TS);
}

void xen_clts(void)
{
	struct xen_cpu *xcpu = xen_cpu();

	/* After a #NM Xen has cleared its own TS, but ours says that we have not asked for it. */
	if (!(xcpu->cr0 & CR0_TS))
		return;
	xcpu->cr0 &= ~CR0_TS;
	set_ts(false);
}

void xen_write_cr2(unsigned long addr)
{
	xen_this_vcpu()->arch.cr2 = addr;
}

unsigned long xen_read_cr4(void)
{
	return xen_cpu()->cr4;
}

void xen_write_cr4(unsigned long val)
{
	xen_cpu()->cr4 = val & xen_cpu()->cr4_allowed;
}

unsigned long XEN_NOINSTR xen_get_dr(unsigned int nr)
{
	if (nr > 7 || nr == 4 || nr == 5)
		return 0;
	return (unsigned long)xen_call1(__HYPERVISOR_get_debugreg, nr);
}

int XEN_NOINSTR xen_set_dr(unsigned int nr, unsigned long val)
{
	if (nr > 7 || nr == 4 || nr == 5)
		return -PVOPS_EINVAL;
	return xen_call2(__HYPERVISOR_set_debugreg, nr, val) ? -PVOPS_EINVAL : 0;
}

static int set_base(unsigned int which, unsigned long base)
{
	unsigned long masked = xen_mask_save();
	int err;

	xen_batch_call(__HYPERVISOR_set_segment_base, which, base, 0);
	err = xen_batch_kick();
	xen_mask_restore(masked);
	return err;
}

void xen_write_fs_base(unsigned long base)
{
	set_base(SEGBASE_FS, base);
}

void xen_write_gs_base(unsigned long base)
{
	set_base(SEGBASE_GS_KERNEL, base);
}

void xen_write_user_gs_base(unsigned long base)
{
	set_base(SEGBASE_GS_USER, base);
}

int xen_load_gs_index(u32 selector)
{
	u16 got;

	if (xen_call2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER_SEL, selector & 0xffff))
		return -PVOPS_EINVAL;
	if (selector <= 3)
		return 0;
	/* Xen loads a null selector in place of a bad one, and says nothing. */
	asm volatile("mov %%gs, %0" : "=r"(got));
	return (got & ~3U) == (selector & 0xfffc) ? 0 : -PVOPS_EINVAL;
}

/* 0 or an error for an MSR that Xen has another way for, 1 for all others. */
int xen_write_own_msr(u32 msr, u64 val)
{
	int err = 0;

	if (msr >= MSR_STAR && msr <= MSR_SFMASK)
		return 0;
	if (msr == MSR_FS_BASE)
		err = set_base(SEGBASE_FS, val);
	else if (msr == MSR_GS_BASE)
		err = set_base(SEGBASE_GS_KERNEL, val);
	else if (msr == MSR_KERNEL_GS_BASE)
		err = set_base(SEGBASE_GS_USER, val);
	else
		return 1;
	return err ? -PVOPS_EIO : 0;
}

void xen_write_msr(u32 msr, u32 lo, u32 hi)
{
	if (xen_write_own_msr(msr, (u64)hi << 32 | lo) == 1)
		asm volatile("wrmsr" : : "c"(msr), "a"(lo), "d"(hi) : "memory");
}

int xen_read_msr_safe(u32 msr, u64 *val)
{
	return pvops_insn_rdmsr(msr, val);
}

int xen_write_msr_safe(u32 msr, u64 val)
{
	int err = xen_write_own_msr(msr, val);

	return err == 1 ? pvops_insn_wrmsr(msr, val) : err;
}
