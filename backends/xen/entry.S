/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The Xen PV entry and the ELF notes that Xen's domain builders read (xen/elfnote.h). There is
 * no HYPERCALL_PAGE note: see hypercall.h. PHYS32_ENTRY, for PVH, is in core/entry64.S.
 */
#include <pvops/boot.h>

#define ELFNOTE_ENTRY			1
#define ELFNOTE_VIRT_BASE		3
#define ELFNOTE_PADDR_OFFSET		4
#define ELFNOTE_XEN_VERSION		5
#define ELFNOTE_GUEST_OS		6
#define ELFNOTE_LOADER			8
#define ELFNOTE_FEATURES		10
#define ELFNOTE_SUPPORTED_FEATURES	17
#define XENFEAT_DOM0			11

	.macro NOTE type, desc:vararg
	.balign	4
	.long	2f - 1f, 4f - 3f, \type
1:	.asciz	"Xen"
2:	.balign	4
3:	\desc
4:	.balign	4
	.endm

	.section .note.Xen, "a", @note
	NOTE	ELFNOTE_GUEST_OS, .asciz "pvops"
	NOTE	ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	NOTE	ELFNOTE_LOADER, .asciz "generic"
	NOTE	ELFNOTE_VIRT_BASE, .quad PVOPS_VIRT_BASE
	NOTE	ELFNOTE_PADDR_OFFSET, .quad 0
	NOTE	ELFNOTE_ENTRY, .quad pvops_entry_xen
	NOTE	ELFNOTE_FEATURES, .asciz "!writable_page_tables|pae_pgdir_above_4gb"
	/* The dom0 builder wants this bit; a domU is the same image. */
	NOTE	ELFNOTE_SUPPORTED_FEATURES, .long (1 << XENFEAT_DOM0)

	.text
	.globl	pvops_entry_xen
	.type	pvops_entry_xen, @function
	/* 64-bit mode in ring 3, Xen's page tables, rsi: start_info, events masked. */
pvops_entry_xen:
	cld
	mov	$pvops_boot_stack + PVOPS_BOOT_STACK, %rsp
	mov	$pvops_boot_xen, %rdi
	xor	%ebp, %ebp
	call	pvops_boot_enter
	ud2
	.size	pvops_entry_xen, . - pvops_entry_xen

	.section .note.GNU-stack, "", @progbits
