/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Between the table of forms and its suite. */
#ifndef KUNIT_FORMS_H
#define KUNIT_FORMS_H

#include <pvops/pvops.h>

struct form_expected {
	const void *fn;
	u8 kind, len, several, reloc;
	char bytes[PVOPS_SITE_MAX_LEN];
};

extern const struct pvops_form *const pvops_kunit_forms;
extern const struct form_expected pvops_kunit_expected[PVOPS_NR_OPS];

#define ROW(op, how, fn, bytes, several, reloc)						\
	[PVOPS_OP_##op] = { (const void *)(fn), how, sizeof(bytes) - 1, several, reloc, bytes }
#define C(op, fn)		ROW(op, PVOPS_FORM_CALL, fn, "", 0, 0)
#define N(op, fn)		ROW(op, PVOPS_FORM_NOP, fn, "", 0, 0)
/* One instruction, or several; with a displacement at a byte. */
#define I(op, fn, bytes)	ROW(op, PVOPS_FORM_INLINE, fn, bytes, 0, 0)
#define M(op, fn, bytes)	ROW(op, PVOPS_FORM_INLINE, fn, bytes, PVOPS_FORM_MULTI, 0)
#define R(op, fn, bytes, at)	ROW(op, PVOPS_FORM_INLINE, fn, bytes, 0, at)
#define S(op, fn, bytes, at)	ROW(op, PVOPS_FORM_INLINE, fn, bytes, PVOPS_FORM_MULTI, at)

#endif /* KUNIT_FORMS_H */
