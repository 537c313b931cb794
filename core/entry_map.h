/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Page tables of the boot, filled in 32-bit mode: entry64.S and entry32.S. */
#ifndef PVOPS_ENTRY_MAP_H
#define PVOPS_ENTRY_MAP_H

/* Entries for frame after frame: @first is frame and flags of the first one; edi goes behind. */
	.macro FILL_FRAMES table, first, step, count
	mov	$\table, %edi
	mov	$\first, %eax
	mov	$\count, %ecx
.Lfill\@:
	mov	%eax, (%edi)
	movl	$0, 4(%edi)
	add	$\step, %eax
	add	$8, %edi
	loop	.Lfill\@
	.endm

/* Entries for tables that lie one behind the other; their high halves are 0 already. */
	.macro FILL_TABLES table, first, count
	mov	$\first, %eax
	mov	$\table, %edi
	mov	$\count, %ecx
.Lfill\@:
	mov	%eax, (%edi)
	add	$0x1000, %eax
	add	$8, %edi
	loop	.Lfill\@
	.endm

#endif /* PVOPS_ENTRY_MAP_H */
