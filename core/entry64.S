/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Entries for loaders that leave the CPU in 32-bit flat mode, paging off: PVH (ELF note
 * PHYS32_ENTRY) and multiboot2. Both build page tables, go to 64-bit mode on the image's
 * virtual addresses and call pvops_boot_enter().
 *
 * The tables map the low 4 GiB onto themselves, in 2 MiB pages, and the first 16 MiB at
 * PVOPS_VIRT_BASE in 4 KiB pages, because that is what a Xen PV guest finds too: the kernel
 * goes on from there in one way.
 */
#include <pvops/boot.h>
#include <pvops/region.h>
#include "entry_map.h"

#define PA(sym)		(sym - PVOPS_VIRT_BASE)

#define HIGH_TABLES	8		/* level-1 tables of 2 MiB each */

#define MSR_EFER	0xc0000080
#define EFER_SCE	(1 << 0)
#define EFER_LME	(1 << 8)
#define EFER_NXE	(1 << 11)
#define CR0_BITS	0x80010023	/* PG WP NE MP PE */
#define CR4_PAE		(1 << 5)

#define SEL_CODE64	0x08
#define SEL_DATA	0x10

#define MB2_MAGIC	0xe85250d6
#define MB2_INFO_MAGIC	0x36d76289

	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 4, 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	PA(pvops_entry_pvh)

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
	.code32
	.globl	pvops_entry_pvh, pvops_entry_mb2
	PVOPS_NATIVE_BEGIN			/* in ring 0, by the entry's word */
pvops_entry_mb2:
	mov	$PA(pvops_boot_mb2), %ebp
	cmp	$MB2_INFO_MAGIC, %eax
	je	1f
	/* Somebody else's idea of an entry: there is nobody to complain to. */
0:	cli
	hlt
	jmp	0b

pvops_entry_pvh:
	mov	$PA(pvops_boot_pvh), %ebp
1:	cld
	mov	%ebx, %esi			/* the loader's information, kept in esi */

	/* Low identity map: 4 level-2 tables. */
	FILL_FRAMES PA(pvops_boot_low), 0x83, 0x200000, 2048

	/* The image's map: 8 level-1 tables. */
	FILL_FRAMES PA(pvops_boot_high), 0x03, 0x1000, HIGH_TABLES*512

	FILL_TABLES PA(pvops_boot_pmd), PA(pvops_boot_high)+3, HIGH_TABLES
	FILL_TABLES PA(pvops_boot_pud_low), PA(pvops_boot_low)+3, 4
	movl	$PA(pvops_boot_pmd) + 3, PA(pvops_boot_pud) + 510 * 8
	movl	$PA(pvops_boot_pud_low) + 3, PA(pvops_boot_root)
	movl	$PA(pvops_boot_pud) + 3, PA(pvops_boot_root) + 511 * 8

	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$PA(pvops_boot_root), %eax
	mov	%eax, %cr3

	/* No-execute if the CPU has it; the kernel asks EFER whether it may use the bit. */
	mov	$0x80000001, %eax
	cpuid
	mov	%edx, %edi
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$(EFER_LME | EFER_SCE), %eax
	bt	$20, %edi
	jnc	1f
	or	$EFER_NXE, %eax
1:	wrmsr
	mov	%cr0, %eax
	or	$CR0_BITS, %eax
	mov	%eax, %cr0
	lgdt	PA(boot_gdt_ptr)
	ljmp	$SEL_CODE64, $PA(1f)

	.code64
1:	mov	$SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	$2f, %rax
	jmp	*%rax
2:	lgdt	boot_gdt_high(%rip)		/* the low half goes away one day */
	mov	$pvops_boot_stack + PVOPS_BOOT_STACK, %rsp
	mov	$PVOPS_VIRT_BASE, %rdi
	add	%rbp, %rdi
	mov	%esi, %esi
	xor	%ebp, %ebp
	call	pvops_boot_enter
	ud2
	PVOPS_NATIVE_END

	/* Every slot of the table before pvops_init(). */
	.globl	pvops_early_op
	.type	pvops_early_op, @function
pvops_early_op:
	mov	(%rsp), %rdi
	and	$-16, %rsp
	call	pvops_early_op_c
	ud2
	.size	pvops_early_op, . - pvops_early_op

	.section .rodata
	.balign	8
boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff		/* code, 64 bits */
	.quad	0x00cf93000000ffff		/* data */
boot_gdt_ptr:
	.short	23
	.long	PA(boot_gdt)
	.short	0
boot_gdt_high:
	.short	23
	.quad	boot_gdt

	.section .bss
	.balign	4096
	.globl	pvops_boot_root, pvops_boot_pud_low, pvops_boot_stack
pvops_boot_root:
	.skip	4096
pvops_boot_pud_low:
	.skip	4096
pvops_boot_pud:
	.skip	4096
pvops_boot_pmd:
	.skip	4096
pvops_boot_high:
	.skip	4096 * HIGH_TABLES
pvops_boot_low:
	.skip	4096 * 4
pvops_boot_stack:
	.skip	PVOPS_BOOT_STACK

	.section .note.GNU-stack, "", @progbits
