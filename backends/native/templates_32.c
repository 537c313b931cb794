// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Ops that are a few instructions on bare hardware, for i386: see templates.c. What has no room
 * in a site, entries of 8 bytes above all, is a function only, which keeps all registers.
 */
#include "native.h"

PVOPS_TEMPLATE(native_read_cr0, "mov %cr0, %eax");
PVOPS_TEMPLATE(native_write_cr0, "mov %eax, %cr0");
PVOPS_TEMPLATE(native_read_cr2, "mov %cr2, %eax");
PVOPS_TEMPLATE(native_write_cr2, "mov %eax, %cr2");
PVOPS_TEMPLATE(native_read_cr3, "mov %cr3, %eax");
PVOPS_TEMPLATE(native_write_cr3, "mov %eax, %cr3");
PVOPS_TEMPLATE(native_read_cr4, "mov %cr4, %eax");
PVOPS_TEMPLATE(native_write_cr4, "mov %eax, %cr4");
/* The task priority has no register outside of 64-bit mode. */
PVOPS_TEMPLATE(native_read_cr8, "xor %eax, %eax");
PVOPS_TEMPLATE(native_read_msr, "rdmsr");
PVOPS_TEMPLATE(native_write_msr, "wrmsr");
PVOPS_TEMPLATE(native_cpuid, "cpuid");
PVOPS_TEMPLATE(native_rdpmc, "rdpmc");
PVOPS_TEMPLATE(native_load_gdt, "lgdt (%eax)");
PVOPS_TEMPLATE(native_load_idt, "lidt (%eax)");
PVOPS_TEMPLATE(native_load_tr, "ltr %ax");
PVOPS_TEMPLATE(native_store_tr, "str %eax");
PVOPS_TEMPLATE(native_set_kernel_stack, "mov %edx, 4(%eax)");
PVOPS_TEMPLATE(native_in8, "in %dx, %al");
PVOPS_TEMPLATE(native_in16, "in %dx, %ax");
PVOPS_TEMPLATE(native_in32, "in %dx, %eax");
PVOPS_TEMPLATE(native_out8, "out %al, %dx");
PVOPS_TEMPLATE(native_out16, "out %ax, %dx");
PVOPS_TEMPLATE(native_out32, "out %eax, %dx");
PVOPS_TEMPLATE(native_io_delay, "out %al, $0x80");
PVOPS_TEMPLATE(native_clts, "clts");
PVOPS_TEMPLATE(native_wbinvd, "wbinvd");
PVOPS_TEMPLATE(native_iret, "iret");

asm(".pushsection .text\n"
    /* When the call has pushed a return address above the frame. */
    ".globl native_iret_func\n"
    ".type native_iret_func, @function\n"
    "native_iret_func:\n"
    /* SYSENTER is not used, so this way out is no other. */
    ".globl native_sysret_func\n"
    ".type native_sysret_func, @function\n"
    "native_sysret_func:\n"
    "	lea	4(%esp), %esp\n"
    "	iret\n"
    ".size native_iret_func, . - native_iret_func\n"
    ".size native_sysret_func, . - native_sysret_func\n"
    /* What is nothing here; as a function too, for it must come back with all registers. */
    ".globl native_nothing\n"
    ".type native_nothing, @function\n"
    "native_nothing:\n"
    "	ret\n"
    ".size native_nothing, . - native_nothing\n"
    ".globl native_success\n"
    ".type native_success, @function\n"
    "native_success:\n"
    "	xor	%eax, %eax\n"
    "	ret\n"
    ".size native_success, . - native_success\n"
    /* eax: table, edx: index, ebx:ecx: descriptor. At once: an NMI may load it. */
    ".globl native_write_desc\n"
    ".type native_write_desc, @function\n"
    "native_write_desc:\n"
    "	push	%eax\n"
    "	push	%edx\n"
    "	push	%ecx\n"
    "	lea	(%eax,%edx,8), %eax\n"
    "	mov	%ecx, %edx\n"
    "	mov	%ebx, %ecx\n"
    "	call	native_set_entry\n"
    "	pop	%ecx\n"
    "	pop	%edx\n"
    "	pop	%eax\n"
    "	ret\n"
    ".size native_write_desc, . - native_write_desc\n"
    /* eax: entry, ecx:edx: its value. At once, for other CPUs walk the table. */
    ".globl native_set_entry\n"
    ".type native_set_entry, @function\n"
    "native_set_entry:\n"
    "	push	%ebx\n"
    "	push	%esi\n"
    "	push	%eax\n"
    "	push	%edx\n"
    "	mov	%eax, %esi\n"
    "	mov	%edx, %ebx\n"
    "	mov	(%esi), %eax\n"
    "	mov	4(%esi), %edx\n"
    "1:	lock cmpxchg8b (%esi)\n"
    "	jne	1b\n"
    "	pop	%edx\n"
    "	pop	%eax\n"
    "	pop	%esi\n"
    "	pop	%ebx\n"
    "	ret\n"
    ".size native_set_entry, . - native_set_entry\n"
    /* ecx: entry, edx:eax: its value and, coming back, what it was. */
    ".globl native_xchg_entry\n"
    ".type native_xchg_entry, @function\n"
    "native_xchg_entry:\n"
    "	push	%ebx\n"
    "	push	%esi\n"
    "	push	%ecx\n"
    "	mov	%ecx, %esi\n"
    "	mov	%eax, %ebx\n"
    "	mov	%edx, %ecx\n"
    "	mov	(%esi), %eax\n"
    "	mov	4(%esi), %edx\n"
    "1:	lock cmpxchg8b (%esi)\n"
    "	jne	1b\n"
    "	pop	%ecx\n"
    "	pop	%esi\n"
    "	pop	%ebx\n"
    "	ret\n"
    ".size native_xchg_entry, . - native_xchg_entry\n"
    /* eax: entry, edx: address, ebx:ecx: value. */
    ".globl native_set_fixmap\n"
    ".type native_set_fixmap, @function\n"
    "native_set_fixmap:\n"
    "	push	%edx\n"
    "	push	%ecx\n"
    "	mov	%ecx, %edx\n"
    "	mov	%ebx, %ecx\n"
    "	call	native_set_entry\n"
    "	pop	%ecx\n"
    "	pop	%edx\n"
    "	invlpg	(%edx)\n"
    "	ret\n"
    ".size native_set_fixmap, . - native_set_fixmap\n"
    ".popsection");

PVOPS_TEMPLATE(native_activate, "mov %eax, %cr3");
/* The half with the present bit first: nobody walks on from what is left. */
PVOPS_TEMPLATE(native_clear_entry, "andl $0, (%eax); andl $0, 4(%eax)");
PVOPS_TEMPLATE(native_tas_entry, "lock bts %edx, (%eax); setc %al");
PVOPS_TEMPLATE(native_flush_one, "invlpg (%eax)");

PVOPS_TEMPLATE(native_irq_save, "pushf; pop %eax");
/* The bytes of jnc: see templates.c. */
PVOPS_TEMPLATE(native_irq_restore, "bt $9, %eax; .byte 0x73, 1; sti");
PVOPS_TEMPLATE(native_irq_disable, "cli");
PVOPS_TEMPLATE(native_irq_enable, "sti");
PVOPS_TEMPLATE(native_halt, "hlt");
/* One fused op: an interrupt between the two would leave the CPU asleep on its event. */
PVOPS_TEMPLATE(native_enable_halt, "sti; hlt");
PVOPS_TEMPLATE(native_yield, "pause");
