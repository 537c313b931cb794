/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Instructions that a hypervisor takes over, for the CPU that <pvops/unmark.h> tells of: each with
 * the mark taken away right before. All registers that the instruction leaves alone are kept.
 *
 * Between the two nothing may come that makes the CPU look at the table again, as fetching code
 * from another page does: none of these crosses a cache line.
 */
#include <pvops/boot.h>
#include <pvops/extable.h>
#include <pvops/region.h>
#include <pvops/unmark.h>

#define PA(sym)		(sym - PVOPS_VIRT_BASE)
#define KERNEL_ENTRY	(3 * 8)		/* of the four: that of PVOPS_VIRT_BASE */

	.text
	.macro UNMARKED name, instruction
	.balign	64
	PVOPS_NATIVE_BEGIN			/* called where the instruction itself would be */
	.globl	pvops_unmarked_\name
	.type	pvops_unmarked_\name, @function
pvops_unmarked_\name:
	push	%ebp
	push	%edi
	mov	%cr3, %ebp
	mov	pvops_unmark_distance, %edi
	cmp	$PA(pvops_boot_root), %ebp
	cmove	image_distance, %edi
	andl	$~PVOPS_UNMARK_BIT, KERNEL_ENTRY(%ebp,%edi)
.Linsn_\name:
	\instruction
.Lback_\name:
	pop	%edi
	pop	%ebp
	ret
	.size	pvops_unmarked_\name, . - pvops_unmarked_\name
	PVOPS_NATIVE_END
	.org	pvops_unmarked_\name + 64, 0xcc		/* no way back, should it be longer */
	.endm

	UNMARKED cpuid, cpuid
	UNMARKED rdtsc, rdtsc
	UNMARKED rdmsr, rdmsr
	UNMARKED wrmsr, wrmsr
	UNMARKED rdmsr_safe, "rdmsr; xor %ebx, %ebx"
	PVOPS_EXTABLE .Linsn_rdmsr_safe, .Lback_rdmsr_safe
	UNMARKED wrmsr_safe, "wrmsr; xor %ebx, %ebx"
	PVOPS_EXTABLE .Linsn_wrmsr_safe, .Lback_wrmsr_safe
	UNMARKED wbinvd, wbinvd
	UNMARKED read_cr0, "mov %cr0, %eax"
	UNMARKED write_cr0, "mov %eax, %cr0"
	UNMARKED read_cr4, "mov %cr4, %eax"
	UNMARKED write_cr4, "mov %eax, %cr4"
	UNMARKED clts, clts
	UNMARKED vmmcall, vmmcall

	.section .rodata
	.balign	4
image_distance:
	.long	PVOPS_VIRT_BASE

	.data
	.balign	4
	.globl	pvops_unmark_distance, pvops_unmark
pvops_unmark_distance:
	.long	PVOPS_VIRT_BASE
pvops_unmark:
	.byte	0

	.section .note.GNU-stack, "", @progbits
