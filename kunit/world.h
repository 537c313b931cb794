/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the suites of the engine share: the small world of tests/sites.h, and ops as parameters. */
#ifndef KUNIT_WORLD_H
#define KUNIT_WORLD_H

#include <kunit/test.h>
#include "sites.h"
#include "engine.h"

/* Room for what must not be written behind a site. */
#define OUT	24

static inline const void *next_op(const void *prev, char *desc)
{
	const struct pvops_op_row *op = prev ? (const struct pvops_op_row *)prev + 1 : op_rows;

	if (op == op_rows + PVOPS_NR_OPS)
		return NULL;
	strscpy(desc, op->name, KUNIT_PARAM_DESC_SIZE);
	return op;
}

/* The op that a case is about. */
static inline u16 op_of(const struct kunit *test)
{
	return (u16)((const struct pvops_op_row *)test->param_value - op_rows);
}

static inline int fresh_world(struct kunit *test)
{
	return fresh(NULL);
}

static inline struct pvops_form template(const u8 *code, size_t len, u8 flags)
{
	return (struct pvops_form){
		.func = (const void *)target_of_calls, .code = code, .end = code + len,
		.kind = PVOPS_FORM_INLINE, .flags = flags,
	};
}

/* Is it one nop of this length? Intel SDM vol. 2, NOP. */
static inline bool is_nop(const u8 *at, u32 len)
{
	static const u8 modrm[] = { [3] = 0x00, [4] = 0x40, [5] = 0x44, [7] = 0x80, [8] = 0x84 };
	u32 prefixes = len == 2 || len == 6 || len == 9, body = len - prefixes, i;

	if (prefixes && *at++ != 0x66)
		return false;
	if (body == 1)
		return at[0] == 0x90;
	if (body < 3 || body > 8 || at[0] != 0x0f || at[1] != 0x1f || at[2] != modrm[body])
		return false;
	for (i = 3; i < body; i++)
		if (at[i])
			return false;
	return true;
}

/* Where a displacement leads to from the instruction's end. As numbers: no object has both. */
static inline unsigned long target(const u8 *behind, const u8 *at)
{
	s32 value;

	memcpy(&value, at, sizeof(value));
	return (unsigned long)behind + (unsigned long)(long)value;
}

#endif /* KUNIT_WORLD_H */
