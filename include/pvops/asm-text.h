/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * How functions written in assembly look here: a kernel with its own rules (landing pads, return
 * thunks, frame pointers, sections that must not be instrumented) brings them in pvops/kernel.h.
 */
#ifndef PVOPS_ASM_TEXT_H
#define PVOPS_ASM_TEXT_H

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
#define PVOPS_ENDBR_BYTES	"0"
#define PVOPS_RET		"ret"
#define PVOPS_FRAME_BEGIN
#define PVOPS_FRAME_END
#endif

#endif /* PVOPS_ASM_TEXT_H */
