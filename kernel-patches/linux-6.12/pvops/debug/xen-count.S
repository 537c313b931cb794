/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways into Xen that count: four instructions, no register and no lock, next to some hundreds in
 * Xen at least, so they always do. A number may be anything that a toolstack's process says.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/percpu.h>
#include "count.h"

	.macro COUNTED name, way
SYM_FUNC_START(\name)
	ANNOTATE_NOENDBR
	cmp	$PVOPS_XEN_NR_HYPERCALLS, %rax
	jae	1f
	incq	%__percpu_seg:pvops_hypercalls(, %rax, 8)
1:	jmp	\way
SYM_FUNC_END(\name)
	.endm

	.section .noinstr.text, "ax"
COUNTED pvops_count_pv, xen_hypercall_pv
COUNTED pvops_count_amd, xen_hypercall_amd
COUNTED pvops_count_intel, xen_hypercall_intel
