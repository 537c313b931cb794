/* SPDX-License-Identifier: GPL-2.0 */
/* How the pvops library's functions in assembly look here. */
#ifndef _PVOPS_KERNEL_ASM_H
#define _PVOPS_KERNEL_ASM_H

#include <linux/linkage.h>
#include <asm/nospec-branch.h>

/* Each may be behind an op of noinstr code. */
#define PVOPS_ASM_TEXT		.section .noinstr.text, "ax"
#define PVOPS_FUNC(name)	SYM_FUNC_START(name)
#define PVOPS_FUNC_END(name)	SYM_FUNC_END(name)
#define PVOPS_RETURN		RET

#endif /* _PVOPS_KERNEL_ASM_H */
