// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * CPU ops of bare hardware that are more than an instruction.
 */
#include <pvops/insn.h>
#include "native.h"

#ifdef __x86_64__
#define MSR_EFER		0xc0000080
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_SFMASK		0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102

#define EFER_SCE		1
#define FLAGS_ENTRY_MASK	0x47700		/* AC NT IOPL DF IF TF: off on SYSCALL */
#endif
#define FLAGS_IOPL_SHIFT	12
#define DESC_LDT		0x0000820000000000ULL	/* present, type 2 */

#ifdef __x86_64__
static void wrmsr(u32 msr, u64 val)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((u32)val), "d"((u32)(val >> 32)) : "memory");
}

static u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}
#endif

unsigned long native_cpu_get_dr(unsigned int nr)
{
	unsigned long val = 0;

	switch (nr) {
	case 0:
		asm volatile("mov %%db0, %0" : "=r"(val));
		break;
	case 1:
		asm volatile("mov %%db1, %0" : "=r"(val));
		break;
	case 2:
		asm volatile("mov %%db2, %0" : "=r"(val));
		break;
	case 3:
		asm volatile("mov %%db3, %0" : "=r"(val));
		break;
	case 6:
		asm volatile("mov %%db6, %0" : "=r"(val));
		break;
	case 7:
		asm volatile("mov %%db7, %0" : "=r"(val));
		break;
	}
	return val;
}

int native_cpu_set_dr(unsigned int nr, unsigned long val)
{
	/* The upper half of DR6 and DR7 must be zero, or the CPU faults. */
	if ((nr == 6 || nr == 7) && (u64)val >> 32)
		return -PVOPS_EINVAL;
	switch (nr) {
	case 0:
		asm volatile("mov %0, %%db0" : : "r"(val));
		return 0;
	case 1:
		asm volatile("mov %0, %%db1" : : "r"(val));
		return 0;
	case 2:
		asm volatile("mov %0, %%db2" : : "r"(val));
		return 0;
	case 3:
		asm volatile("mov %0, %%db3" : : "r"(val));
		return 0;
	case 6:
		asm volatile("mov %0, %%db6" : : "r"(val));
		return 0;
	case 7:
		asm volatile("mov %0, %%db7" : : "r"(val));
		return 0;
	}
	return -PVOPS_EINVAL;
}

int native_cpu_read_msr_safe(u32 msr, u64 *val)
{
	return pvops_insn_rdmsr(msr, val);
}

int native_cpu_write_msr_safe(u32 msr, u64 val)
{
	return pvops_insn_wrmsr(msr, val);
}

int native_cpu_set_ldt(u64 *gdt, const void *ldt, unsigned int entries)
{
	u16 selector = pvops_get_host()->ldt_selector;
	u64 limit = (u64)entries * 8 - 1;
	u64 *desc = gdt + selector / 8;

	if (entries > 8192)
		return -PVOPS_EINVAL;
	if (!entries) {
		asm volatile("lldt %w0" : : "r"(0));
		return 0;
	}
	desc[0] = pvops_desc_with_base(DESC_LDT | (limit & 0xffff), (unsigned long)ldt);
	if (sizeof(long) > 4)
		desc[1] = (u64)(unsigned long)ldt >> 32;
	asm volatile("lldt %w0" : : "r"(selector) : "memory");
	return 0;
}

void native_cpu_write_idt_entry(struct pvops_gate *idt, unsigned int vector,
				const struct pvops_gate *gate)
{
#ifdef __x86_64__
	/* Of two gates of one kernel all that differs is in one half. */
	idt[vector] = *gate;
#else
	u64 *to = (u64 *)(idt + vector), old = *(volatile u64 *)to;

	/* At once: it may be in use, by other CPUs as well. */
	while (!pvops_cas64(to, &old, (u64)gate->high << 32 | gate->low))
		;
#endif
}

void native_cpu_load_tls(u64 *gdt, const u64 *tls)
{
	u64 *to = gdt + pvops_get_host()->tls_selector / 8;

	for (int i = 0; i < 3; i++)
		to[i] = tls[i];
}

#ifdef __x86_64__		/* others: cpu_32.c */
void native_cpu_write_fs_base(unsigned long base)
{
	wrmsr(MSR_FS_BASE, base);
}

void native_cpu_write_gs_base(unsigned long base)
{
	wrmsr(MSR_GS_BASE, base);
}

void native_cpu_write_user_gs_base(unsigned long base)
{
	wrmsr(MSR_KERNEL_GS_BASE, base);
}

int native_cpu_load_gs_index(u32 selector)
{
	int err = 0;

	/*
	 * Between the two exchanges GS is the user's, so nothing may come in: interrupts are off
	 * by contract, and the fixup lands on the way out.
	 */
	asm volatile("	swapgs\n"
		     "1:	mov	%1, %%gs\n"
		     "	jmp	3f\n"
		     "2:	mov	%2, %0\n"
		     "	xor	%1, %1\n"
		     "	mov	%1, %%gs\n"
		     "3:	swapgs\n"
		     PVOPS_EXTABLE(1b, 2b)
		     : "+r"(err), "+r"(selector)
		     : "i"(-PVOPS_EINVAL)
		     : "memory");
	return err;
}

int native_cpu_set_entries(const struct pvops_entries *entries)
{
	u16 kernel_cs;

	asm("mov %%cs, %0" : "=r"(kernel_cs));
	/*
	 * SYSRET loads CS from STAR[63:48] + 16 and SS from + 8 (AMD APM vol. 2, 6.1.1): user
	 * descriptors lie behind the kernel's two as SS, CS.
	 */
	wrmsr(MSR_STAR, (u64)kernel_cs << 32 | (u64)(kernel_cs + 8) << 48);
	wrmsr(MSR_LSTAR, (unsigned long)entries->syscall_bare);
	wrmsr(MSR_CSTAR, (unsigned long)entries->syscall_bare);
	wrmsr(MSR_SFMASK, FLAGS_ENTRY_MASK);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	return 0;
}
#endif

int native_cpu_set_io_bitmap(struct pvops_tss *tss, const u8 *bitmap, unsigned int ports)
{
	unsigned int i;

	if (ports > 65536)
		return -PVOPS_EINVAL;
	if (!bitmap || !ports) {
		tss->io_base = sizeof(*tss);
		return 0;
	}
	for (i = 0; i < sizeof(tss->io_bitmap); i++)
		tss->io_bitmap[i] = 0xff;
	for (i = 0; i < ports; i++)
		if (!(bitmap[i / 8] >> i % 8 & 1))
			tss->io_bitmap[i / 8] &= (u8)~(1 << i % 8);
	tss->io_base = offsetof(struct pvops_tss, io_bitmap);
	return 0;
}

int native_cpu_set_iopl(unsigned int level)
{
	unsigned long flags;

	if (level > 3)
		return -PVOPS_EINVAL;
	asm volatile("pushf; pop %0" : "=r"(flags));
	flags = (flags & ~(3UL << FLAGS_IOPL_SHIFT)) | (unsigned long)level << FLAGS_IOPL_SHIFT;
	asm volatile("push %0; popf" : : "r"(flags) : "memory", "cc");
	return 0;
}

void native_cpu_shutdown(unsigned int reason)
{
	const struct pvops_desc_ptr none = { 0, 0 };

	/* No power management of our own: powering off is for who knows the board. */
	if (reason == PVOPS_SHUTDOWN_POWEROFF)
		return;
	asm volatile("outb %b0, $0x64" : : "a"(0xfe));
	/* No keyboard controller? A triple fault resets any machine. */
	asm volatile("lidt %0; int3" : : "m"(none));
}
