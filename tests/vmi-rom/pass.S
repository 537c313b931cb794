/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Pass-through: each call is the instructions that it stands for, in ring 0.
 *
 * Registers as the specification has them: eax edx ecx are the caller's to lose. With ROM_POISON
 * they are lost, so that a caller that counts on one of them is found out.
 */
#include <pvops/abi/vmi.h>

/* End of a call: which registers hold its result. */
.macro leave_void
#ifdef ROM_POISON
	mov	$0x9015041, %eax
	mov	$0x9015042, %edx
	mov	$0x9015043, %ecx
	cmp	$0, %eax
#endif
	ret
.endm
.macro leave_eax
#ifdef ROM_POISON
	mov	$0x9015042, %edx
	mov	$0x9015043, %ecx
	cmp	$0, %ecx
#endif
	ret
.endm
.macro leave_pair
#ifdef ROM_POISON
	mov	$0x9015043, %ecx
	cmp	$0, %ecx
#endif
	ret
.endm

/*
 * A row of the table of answers: type and offset; the image is linked at 0. ROM_BARE has no call
 * but the two that must be there, ROM_FULL answers all with CALL, also where nothing is to do.
 */
.macro none
	.long	0
.endm
.macro to where
#ifdef ROM_BARE
	none
#else
	.long	(VMI_RELOC_CALL << 16) + \where
#endif
.endm
.macro jump where
#ifdef ROM_FULL
	.long	(VMI_RELOC_CALL << 16) + \where\()call
#else
	.long	(VMI_RELOC_JUMP << 16) + \where
#endif
.endm
.macro nop_
#ifdef ROM_FULL
	to	nothing
#elif defined(ROM_BARE)
	none
#else
	.long	VMI_RELOC_NOP << 16
#endif
.endm

	.text
	.globl	rom_init
rom_init:
#ifdef ROM_REFUSES
	mov	$5, %eax
#else
	xor	%eax, %eax
#endif
	ret

/* As the instructions. */
cpuid_:	cpuid
	ret
wrmsr_:	wrmsr
	ret
rdmsr_:	rdmsr
	ret
rdpmc_:	rdpmc
	ret
rdtsc_:	rdtsc
	ret
ins32:	rep insl
	ret
ins8:	rep insb
	ret
ins16:	rep insw
	ret
outs32:	rep outsl
	ret
outs8:	rep outsb
	ret
outs16:	rep outsw
	ret

/* eax: value, edx: port, and lost as by all others. */
in32:	in	%dx, %eax
	leave_eax
in8:	in	%dx, %al
	leave_eax
in16:	in	%dx, %ax
	leave_eax
out32:	out	%eax, %dx
	leave_void
out8:	out	%al, %dx
	leave_void
out16:	out	%ax, %dx
	leave_void

/* Flags alone are lost. */
enable:	sti
	ret
disable:
	cli
	ret
get_mask:
	pushf
	pop	%eax
	ret
set_mask:
	test	$0x200, %eax
	jz	disable
	sti
	ret

/* Answered with CALL, they have a return address on top, which is nothing to them. */
iret_call:
	add	$4, %esp
iret_:	iret
sysexit_call:
	add	$4, %esp
sysexit_:
	sti
	sysexit
nothing:
	leave_void
halt:	sti
	hlt
	leave_void

set_gdt:
	lgdt	(%eax)
	leave_void
set_idt:
	lidt	(%eax)
	leave_void
set_ldt:
	lldt	%ax
	leave_void
set_tr:	ltr	%ax
	leave_void
get_gdt:
	sgdt	(%eax)
	leave_void
get_idt:
	sidt	(%eax)
	leave_void
get_ldt:
	sldt	%eax
	movzwl	%ax, %eax
	leave_eax
get_tr:	str	%eax
	movzwl	%ax, %eax
	leave_eax

/* eax: table, edx: index, ecx: low, stack: high. At once: the entry may be in use. */
write_entry:
	push	%ebx
	push	%esi
	lea	(%eax, %edx, 8), %esi
	mov	%ecx, %ebx
	mov	12(%esp), %ecx
	mov	(%esi), %eax
	mov	4(%esi), %edx
1:	lock cmpxchg8b (%esi)
	jne	1b
	pop	%esi
	pop	%ebx
	leave_void

/* eax: selector, edx: esp0, for the TSS in use. */
kernel_stack:
	push	%ebx
	sub	$8, %esp
	sgdt	2(%esp)
	str	%ecx
	and	$0xfff8, %ecx
	jz	1f
	add	4(%esp), %ecx			/* its descriptor */
	mov	2(%ecx), %ebx			/* base, 23:0 */
	and	$0xffffff, %ebx
	mov	4(%ecx), %ecx
	and	$0xff000000, %ecx
	or	%ecx, %ebx
	movzwl	%ax, %eax
	mov	%eax, 8(%ebx)
	mov	%edx, 4(%ebx)
1:	add	$8, %esp
	pop	%ebx
	leave_void

.macro control nr
set_cr\nr:
	mov	%eax, %cr\nr
	leave_void
get_cr\nr:
	mov	%cr\nr, %eax
	leave_eax
.endm
	control	0
	control	2
	control	3
	control	4

wbinvd_:
	wbinvd
	leave_void
clts_:	clts
	leave_void

/* eax: number, edx: value. Each register has four bytes of code. */
set_dr:	cmp	$8, %eax
	jae	2f
	call	1f
	leave_void
1:	call	3f
	.irp	nr, 0, 1, 2, 3, 4, 5, 6, 7
	mov	%edx, %db\nr
	ret
	.endr
3:	pop	%ecx
	lea	(%ecx, %eax, 4), %ecx
	jmp	*%ecx
2:	leave_void
get_dr:	cmp	$8, %eax
	jae	2f
	call	1f
	leave_eax
1:	call	3f
	.irp	nr, 0, 1, 2, 3, 4, 5, 6, 7
	mov	%db\nr, %eax
	ret
	.endr
3:	pop	%ecx
	lea	(%ecx, %eax, 4), %ecx
	jmp	*%ecx
2:	xor	%eax, %eax
	leave_eax

/* eax: 0 soft, 1 hard; neither comes back. */
reboot:	test	%eax, %eax
	jz	1f
	mov	$0xcf9, %edx
	mov	$0x06, %al
	out	%al, %dx
1:	mov	$0xfe, %al			/* the keyboard controller pulls the line */
	out	%al, $0x64
shutdown:
	cli
	hlt
	jmp	shutdown

/* Entries: value, address, flags; nobody has a copy. */
set_pxe:
	mov	%eax, (%edx)
	leave_void
/* At once: the CPU may be reading it. */
set_pxe_long:
	push	%ebx
	push	%esi
	mov	%ecx, %esi
	mov	%eax, %ebx
	mov	%edx, %ecx
	mov	(%esi), %eax
	mov	4(%esi), %edx
1:	lock cmpxchg8b (%esi)
	jne	1b
	pop	%esi
	pop	%ebx
	leave_void

inval:	invlpg	(%eax)
	leave_void
flush:	test	$VMI_FLUSH_GLOBAL, %al
	jz	1f
	pushf
	cli				/* who interrupts may write CR4, too */
	mov	%cr4, %eax
	mov	%eax, %edx
	and	$~0x80, %edx		/* PGE */
	mov	%edx, %cr4
	mov	%eax, %cr4
	popf
1:	mov	%cr3, %eax		/* enough without PGE */
	mov	%eax, %cr3
	leave_void

set_iopl:
	and	$0x3000, %eax
	pushf
	andl	$~0x3000, (%esp)
	or	%eax, (%esp)
	popf
	leave_void

/* eax: the register's address, edx: value. Below a page it is an offset alone: lost. */
apic_write:
	cmp	$0x1000, %eax
	jb	1f
	mov	%edx, (%eax)
1:	leave_void
apic_read:
	cmp	$0x1000, %eax
	jb	1f
	mov	(%eax), %eax
	leave_eax
1:	xor	%eax, %eax
	leave_eax

io_delay:
	out	%al, $0x80
	leave_void

	.balign	4
	.globl	answers
answers:
	to	cpuid_			/* 0 */
	to	wrmsr_
	to	rdmsr_
	to	set_gdt
	to	set_ldt
	to	set_idt
	to	set_tr
	to	get_gdt
	to	get_ldt
	to	get_idt
	to	get_tr			/* 10 */
	to	write_entry
	to	write_entry
	to	write_entry
	to	kernel_stack
	to	set_cr0
	to	set_cr2
	to	set_cr3
	to	set_cr4
	to	get_cr0
	to	get_cr2			/* 20 */
	to	get_cr3
	to	get_cr4
	to	wbinvd_
	to	set_dr
	to	get_dr
	to	rdpmc_
	to	rdtsc_
	to	clts_
	to	enable
	to	disable			/* 30 */
	to	get_mask
	to	set_mask
	jump	iret_
	jump	sysexit_
	to	halt
	to	reboot
	to	shutdown
	to	set_pxe
	to	set_pxe_long
	nop_				/* 40: UpdatePxE */
	nop_
	none				/* MachineToPhysical */
	none
	nop_				/* AllocatePage */
	nop_
	to	inval
	to	flush
	nop_				/* SetLinearMapping */
	to	in32
	to	in8			/* 50 */
	to	in16
	to	ins32
	to	ins8
	to	ins16
	to	out32
	to	out8
	to	out16
	to	outs32
	to	outs8
	to	outs16			/* 60 */
	to	set_iopl
	none				/* SetInitialAPState: the real mode's way */
	to	apic_write
	to	apic_read
	to	io_delay
	none				/* 66-71: there is no time but the machine's */
	none
	none
	none
	none
	none
	none				/* SetCallbacks */
	nop_				/* SetLazyMode: nothing is held back */
	.if (. - answers) - 4 * VMI_NR_CALLS
	.error "one answer for each call"
	.endif
