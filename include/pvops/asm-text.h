/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * How functions written in assembly look here: a kernel with its own rules (landing pads, return
 * thunks, frame pointers, sections that must not be instrumented) brings them in pvops/kernel.h.
 */
#ifndef PVOPS_ASM_TEXT_H
#define PVOPS_ASM_TEXT_H

#ifdef __ASSEMBLY__
#ifdef __KERNEL__
#include <pvops/kernel-asm.h>
#else
#define PVOPS_FUNC(name)	.globl name; .type name, @function; name:
#define PVOPS_FUNC_END(name)	.size name, . - name
#define PVOPS_RETURN		ret
#define PVOPS_ASM_TEXT		.text
#endif
#else
#include <pvops/types.h>

#ifdef __KERNEL__
#include <pvops/kernel.h>
#else
#define PVOPS_TEXT		".text"		/* of templates */
#define PVOPS_THUNK_TEXT	".text"
#define PVOPS_TEXT_MARK		/* where a template begins and ends */
#define PVOPS_ALIGN
#define PVOPS_ENDBR
#define PVOPS_ENDBR_LEN		0
#define PVOPS_RET		"ret"
#define PVOPS_FRAME_BEGIN
#define PVOPS_FRAME_END
#endif
#endif /* __ASSEMBLY__ */

#endif /* PVOPS_ASM_TEXT_H */
