/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The suites' sites and templates are data: the kernel's rules for its text are not theirs. */
#define PVOPS_SITE_NOTE
#define PVOPS_TEXT		".text"
#define PVOPS_THUNK_TEXT	".text"
#define PVOPS_TEXT_MARK
#define PVOPS_ALIGN
#define PVOPS_ENDBR
#define PVOPS_ENDBR_LEN		0
#define PVOPS_ENDBR_BYTES	"0"
#define PVOPS_RET		"ret"
#define PVOPS_FRAME_BEGIN
#define PVOPS_FRAME_END
