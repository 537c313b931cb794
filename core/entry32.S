/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The entries of the i386 image: PVH (ELF note PHYS32_ENTRY), multiboot2 and multiboot. All leave
 * the CPU in 32-bit flat mode, paging off. They build PAE page tables, go to the image's virtual
 * addresses and call pvops_boot_enter().
 *
 * The tables map the memory below PVOPS_VIRT_BASE onto itself, in 2 MiB pages, and the first
 * 16 MiB at PVOPS_VIRT_BASE in 4 KiB pages.
 */
#include <pvops/boot.h>
#include "entry_map.h"
#include <pvops/region.h>
#include <pvops/percpu.h>
#include <pvops/unmark.h>

#define PA(sym)		(sym - PVOPS_VIRT_BASE)

#define HIGH_TABLES	8		/* level-1 tables of 2 MiB each */
#define LOW_TABLES	3		/* level-2 tables of 1 GiB each: below PVOPS_VIRT_BASE */

#define MSR_EFER	0xc0000080
#define EFER_NXE	(1 << 11)
#define CR0_BITS	0x80010023	/* PG WP NE MP PE */
#define CR4_PAE		(1 << 5)

#define SEL_CODE	0x08
#define SEL_DATA	0x10

#define MB1_MAGIC	0x1badb002
#define MB1_FLAGS	0x00000002	/* memory information; ELF says the rest */
#define MB1_INFO_MAGIC	0x2badb002
#define MB2_MAGIC	0xe85250d6
#define MB2_INFO_MAGIC	0x36d76289

	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 4, 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	PA(pvops_entry_pvh)

	.section .multiboot, "a"
	.balign	4
	.long	MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)

	.section .multiboot2, "a"
	.balign	8
1:	.long	MB2_MAGIC, 0, 2f - 1b, -(MB2_MAGIC + (2f - 1b))
	.short	3, 0				/* entry address */
	.long	12, PA(pvops_entry_mb2)
	.balign	8
	.short	0, 0				/* end */
	.long	8
2:

	.text
	.globl	pvops_entry_pvh, pvops_entry_mb1, pvops_entry_mb2
	PVOPS_NATIVE_BEGIN			/* in ring 0, by the entry's word */
pvops_entry_mb1:
	mov	$PA(pvops_boot_mb1), %ebp
	cmp	$MB1_INFO_MAGIC, %eax
	je	1f
	/* Somebody else's idea of an entry: there is nobody to complain to. */
0:	cli
	hlt
	jmp	0b

pvops_entry_mb2:
	mov	$PA(pvops_boot_mb2), %ebp
	cmp	$MB2_INFO_MAGIC, %eax
	je	1f
	jmp	0b

pvops_entry_pvh:
	mov	$PA(pvops_boot_pvh), %ebp
1:	cld
	mov	%ebx, %esi			/* the loader's information, kept in esi */

	mov	$1, %eax
	cpuid
	bt	$6, %edx
	jnc	no_pae

	/* The low map. */
	FILL_FRAMES PA(pvops_boot_low), 0x83, 0x200000, LOW_TABLES*512

	/* The image's map: 8 level-1 tables. */
	FILL_FRAMES PA(pvops_boot_high), 0x03, 0x1000, HIGH_TABLES*512

	FILL_TABLES PA(pvops_boot_pmd), PA(pvops_boot_high)+3, HIGH_TABLES

	/* The top's entries have no bits for writing and for user mode: those are reserved. */
	FILL_TABLES PA(pvops_boot_root), PA(pvops_boot_low)+1, LOW_TABLES
	movl	$PA(pvops_boot_pmd) + 1, (%edi)

	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$PA(pvops_boot_root), %eax
	mov	%eax, %cr3

	/* No-execute if the CPU has it; one without the leaf has no EFER either. */
	mov	$0x80000000, %eax
	cpuid
	cmp	$0x80000001, %eax
	jb	1f
	mov	$0x80000001, %eax
	cpuid
	bt	$20, %edx
	jnc	1f
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_NXE, %eax
	wrmsr
1:	mov	%cr0, %eax
	or	$CR0_BITS, %eax
	mov	%eax, %cr0

	lgdt	boot_gdt_ptr
	ljmp	$SEL_CODE, $1f
1:	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$PVOPS_BOOT_GS, %eax
	mov	%eax, %gs
	xor	%eax, %eax
	mov	%eax, %fs
	mov	$pvops_boot_stack + PVOPS_BOOT_STACK, %esp
	/* The entry that we run on: see <pvops/unmark.h>. */
	testb	$PVOPS_UNMARK_BIT, pvops_boot_root + 3 * 8
	setnz	pvops_unmark
	lea	PVOPS_VIRT_BASE(%ebp), %eax
	mov	%esi, %edx
	xor	%ebp, %ebp
	call	pvops_boot_enter
	ud2

	/* Without page tables of this kind there is no way on; a word to the first serial port. */
no_pae:
	mov	$PA(no_pae_text), %esi
	mov	$0x3f8, %edx
1:	lodsb
	test	%al, %al
	jz	2f
	out	%al, %dx
	jmp	1b
2:	cli
	hlt
	jmp	2b
	PVOPS_NATIVE_END

	/* Every slot of the table before pvops_init(). */
	.globl	pvops_early_op
	.type	pvops_early_op, @function
pvops_early_op:
	mov	(%esp), %eax
	and	$-16, %esp
	call	pvops_early_op_c
	ud2
	.size	pvops_early_op, . - pvops_early_op

	.section .rodata
no_pae_text:
	.asciz	"pvops: panic: this CPU has no PAE\r\n"
	.balign	4
boot_gdt_ptr:
	.short	31
	.long	pvops_boot_gdt

	/* Written: the base of GS is in it. */
	.data
	.balign	8
	.globl	pvops_boot_gdt
pvops_boot_gdt:
	.quad	0
	.quad	0x00cf9b000000ffff		/* code */
	.quad	0x00cf93000000ffff		/* data */
	.quad	0x00cf93000000ffff		/* the per-CPU area's */

	.section .bss
	.balign	4096
	.globl	pvops_boot_root, pvops_boot_low, pvops_boot_stack
pvops_boot_root:
	.skip	4096
pvops_boot_pmd:
	.skip	4096
pvops_boot_high:
	.skip	4096 * HIGH_TABLES
pvops_boot_low:
	.skip	4096 * LOW_TABLES
pvops_boot_stack:
	.skip	PVOPS_BOOT_STACK

	.section .note.GNU-stack, "", @progbits
