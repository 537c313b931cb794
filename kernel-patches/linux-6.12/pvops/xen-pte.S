/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frame numbers of page-table entries under Xen PV, the machine's and ours. In rax; all other
 * registers are kept. Frames that are not plainly ours are left to C.
 */
#include <linux/linkage.h>
#include <asm/asm.h>

#define PRESENT		1

/* Below bit 62: no frame of another domain, none of the hardware's, not none at all. */
#define FRAME_FLAGS	62

SYM_FUNC_START(xen_mmu_pte_val)
	testb	$PRESENT, %al
	jz	.Lval
	push	%rcx
	push	%rdx
	push	%rsi
	mov	%rax, %rcx
	shl	$12, %rcx
	shr	$24, %rcx
	cmp	machine_to_phys_nr(%rip), %rcx
	jae	.Lforeign
	mov	machine_to_phys_mapping(%rip), %rdx
	/* It has holes where the machine has no memory. */
.Lm2p:	mov	(%rdx, %rcx, 8), %rdx
	cmp	xen_p2m_size(%rip), %rdx
	jae	.Lforeign
	mov	xen_p2m_addr(%rip), %rsi
	cmp	%rcx, (%rsi, %rdx, 8)
	jne	.Lforeign
	shl	$12, %rcx
	xor	%rcx, %rax
	shl	$12, %rdx
	or	%rdx, %rax
	pop	%rsi
	pop	%rdx
	pop	%rcx
.Lval:	RET

.Lforeign:
	pop	%rsi
	pop	%rdx
	pop	%rcx
	jmp	pte_mfn_to_pfn_thunk
SYM_FUNC_END(xen_mmu_pte_val)
	_ASM_EXTABLE(.Lm2p, .Lforeign)

SYM_FUNC_START(xen_mmu_make_pte)
	testb	$PRESENT, %al
	jz	.Lpte
	push	%rcx
	push	%rdx
	push	%rsi
	mov	%rax, %rcx
	shl	$12, %rcx
	shr	$24, %rcx
	cmp	xen_p2m_size(%rip), %rcx
	jae	.Lno_frame
	mov	xen_p2m_addr(%rip), %rdx
	mov	(%rdx, %rcx, 8), %rdx
	mov	%rdx, %rsi
	shr	$FRAME_FLAGS, %rsi
	jnz	.Lno_frame
	shl	$12, %rcx
	xor	%rcx, %rax
	shl	$12, %rdx
	or	%rdx, %rax
	pop	%rsi
	pop	%rdx
	pop	%rcx
.Lpte:	RET

.Lno_frame:
	pop	%rsi
	pop	%rdx
	pop	%rcx
	jmp	pte_pfn_to_mfn_thunk
SYM_FUNC_END(xen_mmu_make_pte)
