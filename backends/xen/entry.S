/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The entry that Xen's domain builder uses for a PV guest, and its notes. 64-bit mode, events
 * masked, start_info in rsi, the image at its virtual addresses; GS is not set.
 */
#include <pvops/boot.h>

	.macro NOTE type, desc:vararg
	.balign	4
	.long	4, 2f - 1f, \type
	.asciz	"Xen"
1:	\desc
2:	.balign	4
	.endm

	.section .note.Xen, "a", @note
	NOTE 6, .asciz "pvops"				/* GUEST_OS */
	NOTE 7, .asciz "1"				/* GUEST_VERSION */
	NOTE 5, .asciz "xen-3.0"			/* XEN_VERSION */
	NOTE 8, .asciz "generic"			/* LOADER */
	NOTE 3, .quad PVOPS_VIRT_BASE			/* VIRT_BASE */
	NOTE 4, .quad 0					/* PADDR_OFFSET */
	NOTE 1, .quad pvops_entry_xen			/* ENTRY */
	NOTE 10, .asciz "!writable_page_tables|pae_pgdir_above_4gb"	/* FEATURES */
	NOTE 17, .long 1 << 11				/* SUPPORTED_FEATURES: dom0 */

	.text
	.globl	pvops_entry_xen
	.type	pvops_entry_xen, @function
pvops_entry_xen:
	cld
	lea	pvops_boot_stack + PVOPS_BOOT_STACK(%rip), %rsp
	lea	xen_boot_proto(%rip), %rdi
	xor	%ebp, %ebp
	call	pvops_boot_enter
	ud2
	.size	pvops_entry_xen, . - pvops_entry_xen

	.section .note.GNU-stack, "", @progbits
