/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Strict mode's half in the ROM. The firmware's entry puts the monitor into the hypervisor's own
 * memory and then lets go of it: what stays in the window are stubs, the answers, and vmi_init.
 * The image is linked at 0, so a name is an offset.
 */
#include <pvops/abi/vmi.h>
#include "monitor/layout.h"

#define CONFIG		0xcf8		/* PCI's first mechanism */
#define CONFIG_DATA	0xcfc
#define BAR2		0x18
#define ROM_LENGTH	2		/* offsets into the ROM */
#define PCI_LENGTH	(0x20 + 0x10)
#define CR0_PG		0x80000000
#define CR4_PAE		0x20

	.section .text, "ax"
/* Left behind by the firmware's entry: */
own_memory:
	.long	0			/* the monitor's memory; 0: there is none */
own_place:
	.long	0			/* this ROM */
	.balign	8
ap_gdt:	.quad	0
	.quad	0x00cf9b000000ffff		/* code */
	.quad	0x00cf93000000ffff		/* data */
ap_gdt_ptr:
	.word	23
	.long	0
ap_far:	.long	0
	.word	8
	.balign	4

	/*
	 * Nothing here may count on how the kernel maps memory, except that it sees this ROM at its
	 * own address, where it has asked it. There paging can be turned off, and on again when the
	 * monitor is in the kernel's page tables.
	 */
	.globl	rom_init
rom_init:
	pushf
	pusha
	cli
	call	1f
1:	pop	%ebp
	sub	$1b, %ebp			/* where we run: the kernel's copy */
	mov	own_memory(%ebp), %esi
	mov	own_place(%ebp), %edi
	mov	$1, %ecx
	test	%esi, %esi
	jz	no
	mov	$2, %ecx
	mov	%cr4, %eax
	test	$CR4_PAE, %al
	jz	no
	mov	$3, %ecx
	cmpl	$VMI_SIGNATURE, 8(%edi)
	jne	no
	lea	2f(%edi), %eax
	jmp	*%eax
2:	mov	%cr0, %edx
	mov	%edx, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	/* Physical memory from here on, and no stack. */
	mov	%cr3, %ebx
	and	$~31, %ebx
	mov	3 * 8(%ebx), %ebx		/* the last GiB's directory */
	test	$1, %bl
	jz	3f
	and	$~0xfff, %ebx
	lea	0xe3(%esi), %eax		/* dirty accessed large write present */
	xor	%ecx, %ecx
4:	mov	%eax, M_PD_FIRST * 8(%ebx, %ecx, 8)
	movl	$0, M_PD_FIRST * 8 + 4(%ebx, %ecx, 8)
	add	$0x200000, %eax
	inc	%ecx
	cmp	$M_LARGE, %ecx
	jb	4b
	lea	M_WINDOW_TABLE + 0x23(%esi), %eax
	mov	%eax, M_PD_FIRST * 8(%ebx, %ecx, 8)
	movl	$0, M_PD_FIRST * 8 + 4(%ebx, %ecx, 8)
	mov	%esi, M_OWN_BASE(%esi)
	mov	%edi, M_OWN_ROM(%esi)
	mov	%edx, %cr0
	lea	stubs(%ebp), %eax
	mov	$M_TOP, %ecx
	jmp	*%ecx				/* it returns for us */
3:	mov	%edx, %cr0
	lea	5f(%ebp), %eax
	jmp	*%eax
5:	mov	$4, %ecx
no:	mov	%ecx, 28(%esp)			/* eax */
	popa
	popf
	ret

	/* Lead to the monitor, which sees by the address which it is. Flags alone are lost. */
	.balign	4
stubs:
	.rept	VMI_NR_CALLS
	int	$M_CALL_VECTOR
	ret
	nop
	.endr

	/* What ring 1 may do itself. */
cpuid_:	cpuid
	ret
rdtsc_:	rdtsc
	ret
get_mask:
	pushf
	pop	%eax
	ret
in32:	in	%dx, %eax
	ret
in8:	in	%dx, %al
	ret
in16:	in	%dx, %ax
	ret
ins32:	rep insl
	ret
ins8:	rep insb
	ret
ins16:	rep insw
	ret
out32:	out	%eax, %dx
	ret
out8:	out	%al, %dx
	ret
out16:	out	%ax, %dx
	ret
outs32:	rep outsl
	ret
outs8:	rep outsb
	ret
outs16:	rep outsw
	ret
io_delay:
	out	%al, $0x80
	ret

.macro none
	.set	number, number + 1
	.long	0
.endm
.macro stub count=1
	.rept	\count
	.long	(VMI_RELOC_CALL << 16) + stubs + M_STUB_BYTES * number
	.set	number, number + 1
	.endr
.endm
.macro jump
	.long	(VMI_RELOC_JUMP << 16) + stubs + M_STUB_BYTES * number
	.set	number, number + 1
.endm
.macro own where
	.long	(VMI_RELOC_CALL << 16) + \where
	.set	number, number + 1
.endm

	.balign	4
	.globl	answers
	.set	number, 0
answers:
	own	cpuid_			/* 0 */
	stub	25			/* WRMSR to GetDR */
	stub				/* 26: RDPMC */
	own	rdtsc_
	stub	3			/* CLTS, EnableInterrupts, DisableInterrupts */
	own	get_mask		/* 31 */
	stub				/* SetInterruptMask */
	jump				/* 33: IRET */
	none				/* SYSEXIT */
	stub	3			/* 35: Halt, Reboot, Shutdown */
	stub	4			/* 38: SetPxE to UpdatePxELong */
	none
	none
	stub	5			/* 44: AllocatePage to SetLinearMapping */
	own	in32			/* 49 */
	own	in8
	own	in16
	own	ins32
	own	ins8
	own	ins16
	own	out32
	own	out8
	own	out16
	own	outs32
	own	outs8
	own	outs16
	stub	4			/* 61: SetIOPLMask to APICRead */
	own	io_delay
	stub	6			/* 66: GetCycleFrequency to WallclockUpdated */
	none				/* SetCallbacks */
	stub				/* SetLazyMode */
	.if (. - answers) - 4 * VMI_NR_CALLS
	.error "one answer for each call"
	.endif

	/* A started CPU, on flat segments: esi is our memory. */
ap_protected:
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	lea	M_AP_ROOT(%esi), %eax
	mov	%eax, %cr3
	mov	$0x80010033, %eax		/* PG WP NE ET MP PE */
	mov	%eax, %cr0
	mov	$M_TOP + M_AP_ENTRY, %eax
	jmp	*%eax

	/*
	 * Where CPUs start, in real mode: at a multiple of 4 KiB, which is one of these two, as the
	 * ROM lies at a multiple of 2 KiB.
	 */
.macro ap_start at
	cli
	movw	%cs, %ax
	subw	$\at / 16, %ax
	movw	%ax, %ds
	movl	own_memory, %esi
	lgdtl	ap_gdt_ptr
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	*ap_far
.endm
	.section .ap, "ax"
	.code16
	.balign	0x800
	.globl	ap_one
ap_one:
	ap_start 0x800
	.org	0x800
	ap_start 0x1000
once_sum:
	.byte	0			/* keeps the sum right when the rest is gone */
	.balign	VMI_ROM_UNIT

	/* Nothing of this stays. */
	.section .once, "ax"
	.code16
	.globl	post
post:
	pushfw
	pushal
	pushw	%ds
	pushw	%es
	cli
	cld
	pushw	%cs
	popw	%ds
	xorl	%eax, %eax
	movw	%cs, %ax
	shll	$4, %eax
	movl	%eax, %ebp			/* where the firmware has put us */
	movl	%eax, own_place
	leal	ap_gdt(%ebp), %eax
	movl	%eax, ap_gdt_ptr + 2
	leal	ap_protected(%ebp), %eax
	movl	%eax, ap_far

	/* The memory: a device of bus 0. */
	movl	$0x80000000, %ecx
1:	movl	%ecx, %eax
	movw	$CONFIG, %dx
	outl	%eax, %dx
	movw	$CONFIG_DATA, %dx
	inl	%dx, %eax
	cmpl	$M_PCI_ID, %eax
	je	2f
	addl	$1 << 11, %ecx
	cmpl	$0x80010000, %ecx
	jb	1b
	jmp	shrink
2:	leal	BAR2(%ecx), %eax
	movw	$CONFIG, %dx
	outl	%eax, %dx
	movw	$CONFIG_DATA, %dx
	inl	%dx, %eax
	andl	$~0x1fffff, %eax
	jz	shrink
	movl	%eax, own_memory

	/* Segments of 4 GiB, for as long as they are not loaded again. */
	leal	once_gdt(%ebp), %eax
	movl	%eax, once_gdt + 2
	lgdtl	once_gdt
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	movw	$8, %dx
	movw	%dx, %ds
	movw	%dx, %es
	andb	$~1, %al
	movl	%eax, %cr0

	movl	%ds:own_memory(%ebp), %edi
	leal	monitor(%ebp), %esi
	movl	$(monitor_end - monitor + 3) / 4, %ecx
	addr32 rep movsl
	/* All else is zeroed: some of it must be, and it was used before a restart. */
	movl	%ds:own_memory(%ebp), %ecx
	addl	$M_LARGE * 0x200000, %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	addr32 rep stosl
	pushw	%cs
	popw	%ds

	/* The ROM ends here from now on. */
shrink:	movb	$once_units, ROM_LENGTH
	movw	$once_units, PCI_LENGTH
	movb	$0, once_sum
	xorw	%si, %si
	movw	$once, %cx
	xorb	%ah, %ah
3:	lodsb
	addb	%al, %ah
	loop	3b
	subb	%ah, once_sum
	popw	%es
	popw	%ds
	popal
	popfw
	lretw

	.balign	8
once_gdt:					/* the null descriptor is its own pointer */
	.word	15
	.long	0
	.word	0
	.quad	0x00cf93000000ffff

	.balign	16
monitor:
	.incbin	"monitor.bin"
	.balign	4
monitor_end:
