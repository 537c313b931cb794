/* SPDX-License-Identifier: GPL-2.0 */
/* What Linux asks of text that the pvops library and its op list bring. */
#ifndef _PVOPS_KERNEL_H
#define _PVOPS_KERNEL_H

#ifdef __ASSEMBLY__
#include <asm/nospec-branch.h>
#define PVOPS_SITE_NOTE		ANNOTATE_RETPOLINE_SAFE
#else
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <linux/types.h>
#include <asm/asm.h>

struct pt_regs;
#include <asm/frame.h>
#include <asm/ibt.h>
#include <asm/nospec-branch.h>

/* An unpatched site is an indirect call, through a table that is read-only after boot. */
#define PVOPS_SITE_NOTE		ANNOTATE_RETPOLINE_SAFE
#define PVOPS_SP		ASM_CALL_CONSTRAINT
/* Before other outputs: nothing to the compiler where frames need not be set up. */
#ifdef CONFIG_FRAME_POINTER
#define PVOPS_SP_AND		ASM_CALL_CONSTRAINT,
#else
#define PVOPS_SP_AND
#endif

/* Templates may be called from anywhere; a thunk is as good as the function behind it. */
#define PVOPS_TEXT		".noinstr.text, \"ax\""
#define PVOPS_THUNK_TEXT	".text"
#define PVOPS_TEXT_MARK		ANNOTATE_NOENDBR
#define PVOPS_ALIGN		ASM_FUNC_ALIGN "\n\t"
#define PVOPS_ENDBR		ASM_ENDBR
#define PVOPS_RET		ASM_RET
#define PVOPS_FRAME_BEGIN	FRAME_BEGIN
#define PVOPS_FRAME_END		FRAME_END
#if HAS_KERNEL_IBT
#define PVOPS_ENDBR_LEN		4
#define PVOPS_ENDBR_BYTES	"4"
#else
#define PVOPS_ENDBR_LEN		0
#define PVOPS_ENDBR_BYTES	"0"
#endif
#endif /* __ASSEMBLY__ */

#endif /* _PVOPS_KERNEL_H */
