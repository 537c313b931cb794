// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Ops of the CPU and of the interrupt flag that need more than the ROM's own function: most calls
 * lose eax, edx and ecx, and their ops keep them.
 */
#include <pvops/thunks.h>
#include "vmi.h"

extern u32 vmi_restore_to;

PVOPS_THUNK_cpu_read_cr0(vmi_read_cr0, vmi_c_read_cr0);
PVOPS_THUNK_cpu_write_cr0(vmi_write_cr0, vmi_c_write_cr0);
PVOPS_THUNK_cpu_read_cr2(vmi_read_cr2, vmi_c_read_cr2);
PVOPS_THUNK_cpu_write_cr2(vmi_write_cr2, vmi_c_write_cr2);
PVOPS_THUNK_cpu_read_cr3(vmi_read_cr3, vmi_c_read_cr3);
PVOPS_THUNK_cpu_write_cr3(vmi_write_cr3, vmi_c_write_cr3);
PVOPS_THUNK_cpu_read_cr4(vmi_read_cr4, vmi_c_read_cr4);
PVOPS_THUNK_cpu_write_cr4(vmi_write_cr4, vmi_c_write_cr4);
PVOPS_THUNK_cpu_load_gdt(vmi_load_gdt, vmi_c_load_gdt);
PVOPS_THUNK_cpu_load_idt(vmi_load_idt, vmi_c_load_idt);
PVOPS_THUNK_cpu_load_tr(vmi_load_tr, vmi_c_load_tr);
PVOPS_THUNK_cpu_store_tr(vmi_store_tr, vmi_c_store_tr);
PVOPS_THUNK_cpu_write_gdt_entry(vmi_write_gdt_entry, vmi_c_write_gdt_entry);
PVOPS_THUNK_cpu_write_ldt_entry(vmi_write_ldt_entry, vmi_c_write_ldt_entry);
PVOPS_THUNK_cpu_set_kernel_stack(vmi_set_kernel_stack, vmi_c_set_kernel_stack);
PVOPS_THUNK_cpu_in8(vmi_in8, vmi_c_in8);
PVOPS_THUNK_cpu_in16(vmi_in16, vmi_c_in16);
PVOPS_THUNK_cpu_in32(vmi_in32, vmi_c_in32);
PVOPS_THUNK_cpu_out8(vmi_out8, vmi_c_out8);
PVOPS_THUNK_cpu_out16(vmi_out16, vmi_c_out16);
PVOPS_THUNK_cpu_out32(vmi_out32, vmi_c_out32);
PVOPS_THUNK_cpu_io_delay(vmi_io_delay, vmi_c_io_delay);
PVOPS_THUNK_cpu_clts(vmi_clts, vmi_c_clts);
PVOPS_THUNK_cpu_wbinvd(vmi_wbinvd, vmi_c_wbinvd);
PVOPS_THUNK_irq_halt(vmi_halt, vmi_c_halt);
PVOPS_THUNK_irq_enable_halt(vmi_enable_halt, vmi_c_enable_halt);

asm(".pushsection .text\n"
    ".globl vmi_nothing\n"
    ".type vmi_nothing, @function\n"
    "vmi_nothing:\n"
    "	ret\n"
    ".size vmi_nothing, . - vmi_nothing\n"
    ".globl vmi_success\n"
    ".type vmi_success, @function\n"
    "vmi_success:\n"
    "	xor	%eax, %eax\n"
    "	ret\n"
    ".size vmi_success, . - vmi_success\n"
    /*
     * IRET answered with a jump: the ROM wants the frame on top. DS is user mode's already, and
     * may be no segment at all.
     */
    ".globl vmi_iret\n"
    ".type vmi_iret, @function\n"
    "vmi_iret:\n"
    "	lea	4(%esp), %esp\n"
    "	jmp	*%cs:vmi_targets + 4 * 33\n"
    ".size vmi_iret, . - vmi_iret\n"
    /*
     * irq.restore is called with interrupts disabled: nothing to do, or EnableInterrupts. Its
     * address is filled in once it is known, so that this costs no more than SetInterruptMask
     * called by the site would, and nothing of the ROM's if they stay disabled.
     */
    ".globl vmi_restore, vmi_restore_to\n"
    ".type vmi_restore, @function\n"
    "vmi_restore:\n"
    "	test	$2, %ah\n"
    "	.byte	0x0f, 0x85\n"		/* jnz */
    "vmi_restore_to:\n"
    "	.long	0\n"
    "	ret\n"
    ".size vmi_restore, . - vmi_restore\n"
    ".popsection");
_Static_assert(VMI_IRET == 33, "the call's number in the assembly above");

_Static_assert(PVOPS_FLAGS_IF == 0x200, "the bit in the assembly above");

/* While text can be written. */
void vmi_ready_restore(void)
{
	vmi_restore_to = vmi_targets[VMI_ENABLE_IRQS] - (u32)(&vmi_restore_to + 1);
}

unsigned long vmi_c_read_cr0(void)
{
	return VMI_FN(VMI_GET_CR0, unsigned long, void)();
}

void vmi_c_write_cr0(unsigned long val)
{
	VMI_FN(VMI_SET_CR0, void, unsigned long)(val);
}

unsigned long vmi_c_read_cr2(void)
{
	return VMI_FN(VMI_GET_CR2, unsigned long, void)();
}

void vmi_c_write_cr2(unsigned long addr)
{
	VMI_FN(VMI_SET_CR2, void, unsigned long)(addr);
}

pvops_gpa_t vmi_c_read_cr3(void)
{
	return VMI_FN(VMI_GET_CR3, pvops_gpa_t, void)();
}

void vmi_c_write_cr3(pvops_gpa_t root)
{
	VMI_FN(VMI_SET_CR3, void, pvops_gpa_t)(root);
}

unsigned long vmi_c_read_cr4(void)
{
	return VMI_FN(VMI_GET_CR4, unsigned long, void)();
}

void vmi_c_write_cr4(unsigned long val)
{
	VMI_FN(VMI_SET_CR4, void, unsigned long)(val);
}

void vmi_c_load_gdt(const struct pvops_desc_ptr *ptr)
{
	VMI_FN(VMI_SET_GDT, void, const struct pvops_desc_ptr *)(ptr);
}

void vmi_c_load_idt(const struct pvops_desc_ptr *ptr)
{
	VMI_FN(VMI_SET_IDT, void, const struct pvops_desc_ptr *)(ptr);
}

void vmi_c_load_tr(u32 selector)
{
	VMI_FN(VMI_SET_TR, void, u32)(selector);
}

u32 vmi_c_store_tr(void)
{
	return VMI_FN(VMI_GET_TR, u32, void)() & 0xffff;
}

static void write_entry(u32 call, const void *table, u32 index, u64 desc)
{
	VMI_FN(call, void, const void *, u32, u32, u32)(table, index, (u32)desc,
							 (u32)(desc >> 32));
}

void vmi_c_write_gdt_entry(u64 *gdt, unsigned long index, u64 desc)
{
	vmi_lazy(VMI_LAZY_CPU);
	write_entry(VMI_WRITE_GDT_ENTRY, gdt, index, desc);
}

void vmi_c_write_ldt_entry(u64 *ldt, unsigned long index, u64 desc)
{
	vmi_lazy(VMI_LAZY_CPU);
	write_entry(VMI_WRITE_LDT_ENTRY, ldt, index, desc);
}

void vmi_write_idt_entry(struct pvops_gate *idt, unsigned int vector,
			 const struct pvops_gate *gate)
{
	write_entry(VMI_WRITE_IDT_ENTRY, idt, vector, *(const u64 *)gate);
}

void vmi_load_tls(u64 *gdt, const u64 *tls)
{
	vmi_lazy(VMI_LAZY_CPU);
	for (u32 i = 0; i < 3; i++)
		write_entry(VMI_WRITE_GDT_ENTRY, gdt, pvops_get_host()->tls_selector / 8U + i,
			    tls[i]);
}

#define DESC_LDT	0x0000820000000000ULL	/* present, type 2, bytes */

int vmi_set_ldt(u64 *gdt, const void *ldt, unsigned int entries)
{
	u32 selector = pvops_get_host()->ldt_selector;
	u64 limit = (u64)entries * 8 - 1;

	if (entries > 8192)
		return -PVOPS_EINVAL;
	vmi_lazy(VMI_LAZY_CPU);
	/* The op, for the ROM need not have a call for this. */
	if (entries)
		pvops_cpu_write_gdt_entry(gdt, selector / 8,
					  pvops_desc_with_base(DESC_LDT | (limit & 0xffff),
							       (unsigned long)ldt));
	VMI_FN(VMI_SET_LDT, void, u32)(entries ? selector : 0);
	return 0;
}

/*
 * The ROM is told the stack by the selector it goes with, which is the one in use. The TSS may
 * not be loaded yet, and is where a kernel looks itself.
 */
void vmi_c_set_kernel_stack(struct pvops_tss *tss, unsigned long sp)
{
	u32 ss;

	asm volatile("mov %%ss, %0" : "=r"(ss));
	*(u32 *)((u8 *)tss + 4) = sp;
	vmi_lazy(VMI_LAZY_CPU);
	VMI_FN(VMI_UPDATE_KERNEL_STACK, void, u32, u32)(ss & 0xffff, sp);
}

unsigned long vmi_get_dr(unsigned int nr)
{
	if (nr > 7 || nr == 4 || nr == 5)
		return 0;
	return VMI_FN(VMI_GET_DR, unsigned long, u32)(nr);
}

int vmi_set_dr(unsigned int nr, unsigned long val)
{
	if (nr > 7 || nr == 4 || nr == 5)
		return -PVOPS_EINVAL;
	VMI_FN(VMI_SET_DR, void, u32, u32)(nr, val);
	return 0;
}

int vmi_set_iopl(unsigned int level)
{
	if (level > 3)
		return -PVOPS_EINVAL;
	VMI_FN(VMI_SET_IOPL_MASK, void, u32)(level << 12);
	return 0;
}

/*
 * The port is in edx, behind a first argument that the reading ones have no use for. Not the
 * instructions' convention: what a call may lose, these may.
 */
#define VMI_PORTS(width)								\
	u##width vmi_c_in##width(u16 port)						\
	{										\
		return VMI_FN(VMI_IN##width, u##width, u32, u32)(0, port);		\
	}										\
	void vmi_c_out##width(u##width val, u16 port)					\
	{										\
		VMI_FN(VMI_OUT##width, void, u32, u32)(val, port);			\
	}

VMI_PORTS(8)
VMI_PORTS(16)
VMI_PORTS(32)

void vmi_c_io_delay(void)
{
	VMI_FN(VMI_IO_DELAY, void, void)();
}

void vmi_c_clts(void)
{
	VMI_FN(VMI_CLTS, void, void)();
}

void vmi_c_wbinvd(void)
{
	VMI_FN(VMI_WBINVD, void, void)();
}

void vmi_c_enable_halt(void)
{
	VMI_FN(VMI_HALT, void, void)();
}

/* VMI's Halt enables interrupts. Who halts without them does not want to wake: Shutdown. */
void vmi_c_halt(void)
{
	if (pvops_irq_save() & PVOPS_FLAGS_IF)
		VMI_FN(VMI_HALT, void, void)();
	else
		VMI_FN(VMI_SHUTDOWN, void, void)();
}

/*
 * Shutdown ends a CPU, not the machine: powering off is left to who knows the board. A reset is
 * the hypervisor's, as hard as it can.
 */
void vmi_shutdown(unsigned int reason)
{
	pvops_fn_cpu_shutdown_t *base = pvops_base_func(PVOPS_OP_cpu_shutdown);

	if (reason != PVOPS_SHUTDOWN_POWEROFF)
		VMI_FN(VMI_REBOOT, void, u32)(1);
	base(reason);
}
