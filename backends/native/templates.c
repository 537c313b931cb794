// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Ops that are a few instructions on bare hardware: each a template a site takes in and, with
 * the ret behind it, the function an unpatched site calls.
 */
#include "native.h"

PVOPS_TEMPLATE(native_read_cr0, "mov %cr0, %rax");
PVOPS_TEMPLATE(native_write_cr0, "mov %rdi, %cr0");
PVOPS_TEMPLATE(native_read_cr2, "mov %cr2, %rax");
PVOPS_TEMPLATE(native_write_cr2, "mov %rdi, %cr2");
PVOPS_TEMPLATE(native_read_cr3, "mov %cr3, %rax");
PVOPS_TEMPLATE(native_write_cr3, "mov %rdi, %cr3");
PVOPS_TEMPLATE(native_read_cr4, "mov %cr4, %rax");
PVOPS_TEMPLATE(native_write_cr4, "mov %rdi, %cr4");
PVOPS_TEMPLATE(native_read_cr8, "mov %cr8, %rax");
PVOPS_TEMPLATE(native_write_cr8, "mov %rdi, %cr8");
PVOPS_TEMPLATE(native_read_msr, "rdmsr");
PVOPS_TEMPLATE(native_write_msr, "wrmsr");
PVOPS_TEMPLATE(native_cpuid, "cpuid");
PVOPS_TEMPLATE(native_rdpmc, "rdpmc");
PVOPS_TEMPLATE(native_load_gdt, "lgdt (%rdi)");
PVOPS_TEMPLATE(native_load_idt, "lidt (%rdi)");
PVOPS_TEMPLATE(native_load_tr, "ltr %di");
PVOPS_TEMPLATE(native_store_tr, "str %eax");
PVOPS_TEMPLATE(native_write_desc, "mov %rdx, (%rdi,%rsi,8)");
PVOPS_TEMPLATE(native_set_kernel_stack, "mov %rsi, 4(%rdi)");
PVOPS_TEMPLATE(native_in8, "in %dx, %al");
PVOPS_TEMPLATE(native_in16, "in %dx, %ax");
PVOPS_TEMPLATE(native_in32, "in %dx, %eax");
PVOPS_TEMPLATE(native_out8, "out %al, %dx");
PVOPS_TEMPLATE(native_out16, "out %ax, %dx");
PVOPS_TEMPLATE(native_out32, "out %eax, %dx");
PVOPS_TEMPLATE(native_io_delay, "out %al, $0x80");
PVOPS_TEMPLATE(native_clts, "clts");
PVOPS_TEMPLATE(native_wbinvd, "wbinvd");
PVOPS_TEMPLATE(native_swapgs, "swapgs");
PVOPS_TEMPLATE(native_iret, "iretq");

/* The same as functions, when the call has pushed a return address above the frame. */
asm(".pushsection .text\n"
    ".globl native_iret_func\n"
    ".type native_iret_func, @function\n"
    "native_iret_func:\n"
    "	lea	8(%rsp), %rsp\n"
    "	iretq\n"
    ".size native_iret_func, . - native_iret_func\n"
    /* SYSRET takes rip from rcx and flags from r11, and leaves the stack to us. */
    ".globl native_sysret_func\n"
    ".type native_sysret_func, @function\n"
    "native_sysret_func:\n"
    "	add	$8, %rsp\n"
    "	mov	(%rsp), %rcx\n"
    "	mov	16(%rsp), %r11\n"
    "	mov	24(%rsp), %rsp\n"
    "	sysretq\n"
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
    ".popsection");

PVOPS_TEMPLATE(native_activate, "mov %rdi, %cr3");
PVOPS_TEMPLATE(native_set_entry, "mov %rsi, (%rdi)");
PVOPS_TEMPLATE(native_clear_entry, "movq $0, (%rdi)");
PVOPS_TEMPLATE(native_tas_entry, "lock bts %rsi, (%rdi); setc %al");
PVOPS_TEMPLATE(native_xchg_entry, "xchg %rax, (%rdi)");
PVOPS_TEMPLATE(native_flush_one, "invlpg (%rdi)");
PVOPS_TEMPLATE(native_set_fixmap, "mov %rdx, (%rdi); invlpg (%rsi)");

PVOPS_TEMPLATE(native_irq_save, "pushf; pop %rax");
/* The bytes of jnc: clang's assembler gives it six without optimisation, and there is no room. */
PVOPS_TEMPLATE(native_irq_restore, "bt $9, %edi; .byte 0x73, 1; sti");
PVOPS_TEMPLATE(native_irq_disable, "cli");
PVOPS_TEMPLATE(native_irq_enable, "sti");
PVOPS_TEMPLATE(native_halt, "hlt");
/* One fused op: an interrupt between the two would leave the CPU asleep on its event. */
PVOPS_TEMPLATE(native_enable_halt, "sti; hlt");
PVOPS_TEMPLATE(native_yield, "pause");
