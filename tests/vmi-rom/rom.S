/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The option ROM around the calls: headers, the firmware's entry, vmi_init, get_reloc.
 *
 * One image without relocations, which writes to itself only while the firmware runs it: behind
 * that it is read-only, and may be mapped or copied anywhere.
 */
#include <pvops/abi/vmi.h>

#ifndef ROM_TOP
#define ROM_TOP		0xfc000000
#endif
#ifndef ROM_API
#define ROM_API		VMI_API_MAJOR
#endif

	.section .head, "ax"
	.globl	rom
rom:
	.word	VMI_ROM_SIGNATURE
	.byte	0			/* length: tests/vmi-rom/finish */
	.code16
	jmp	post
	.org	7
	.byte	0
	.long	VMI_SIGNATURE
	.byte	VMI_API_MINOR, ROM_API
	.byte	0, 0
	.long	ROM_TOP
	.word	0
	.word	licence - rom
	.word	pci - rom
	.word	pnp - rom
	.long	0

	.org	0x20
pci:
	.ascii	"PCIR"
	.word	VMI_PCI_VENDOR, VMI_PCI_DEVICE
	.word	0, VMI_PCI_SIZE
	.byte	0, 0x00, 0x80, 0x05	/* revision; a memory controller of no kind */
	.word	0			/* length: finish */
	.byte	1, 0
	.byte	0, 0x80			/* x86 code; the last image */
	.word	0

	.org	0x40
pnp:
	.ascii	"$PnP"
	.byte	1, 2			/* revision; 32 bytes */
	.word	0			/* no other header */
	.byte	0, 0			/* checksum: finish */
	.long	0
	.word	maker - rom
	.word	product - rom
	.byte	0x00, 0x80, 0x05, 0	/* class; nothing to boot from */
	.word	0, 0, 0, 0, 0

	.code32
	.org	VMI_ROM_INIT
	jmp	rom_init
	.org	VMI_ROM_GET_RELOC
#ifdef ROM_HANGS
	jmp	.			/* hostile: no answer */
#endif
	jmp	get_reloc
	.org	VMI_ROM_HEADER

licence:
	.asciz	"GPL v2"
maker:
	.asciz	"pvops"
product:
	.asciz	ROM_PRODUCT

	.code16
#ifndef ROM_STRICT				/* strict.S has more to do */
	/*
	 * The firmware's far call. Ports and the timer are left alone: all that is done is to leave
	 * a mark that code ran, and to make the sum right again.
	 */
post:
	pushfw
	pushw	%ds
	pushw	%cs
	popw	%ds
	cmpb	$0, posted - rom
	jne	1f
	incb	posted - rom
	decb	unposted - rom
1:	popw	%ds
	popfw
	lretw
posted:
	.byte	0
unposted:
	.byte	0
#endif
	.code32

	/* eax: call. edx:eax: type and linear address; ecx is lost. */
	.text
get_reloc:
	xor	%edx, %edx
	cmp	$VMI_NR_CALLS, %eax
	jae	1f
	call	here
here:
	pop	%edx
	mov	answers - here(%edx, %eax, 4), %ecx
#ifdef ROM_TURNCOAT
	/* Hostile: no calls for a copy outside of the window. */
	cmp	$VMI_ROM_LAST, %edx
	jae	1f
#endif
#ifdef ROM_CHANGING
	/* Hostile: an address of its own for each asking. */
	rdtsc
	shr	$4, %eax
	and	$0xff, %eax
	add	%eax, %ecx
	call	2f
2:	pop	%edx
	sub	$2b - here, %edx
#endif
	movzwl	%cx, %eax
	lea	rom - here(%edx, %eax), %eax
#ifdef ROM_OUTSIDE
	add	$0x100000, %eax		/* hostile: not ours */
#endif
	shr	$16, %ecx
	mov	%ecx, %edx
	ret
1:	xor	%eax, %eax
	xor	%edx, %edx
	ret
