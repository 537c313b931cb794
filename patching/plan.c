// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Planning: which bytes a site has in a form. Pure; trusts no record.
 */
#include <pvops/errno.h>
#include "engine.h"

/* Intel SDM vol. 2, NOP: the recommended multi-byte forms. */
static const u8 nops[9][9] = {
	{ 0x90 },
	{ 0x66, 0x90 },
	{ 0x0f, 0x1f, 0x00 },
	{ 0x0f, 0x1f, 0x40, 0x00 },
	{ 0x0f, 0x1f, 0x44, 0x00, 0x00 },
	{ 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 },
	{ 0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00 },
	{ 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
	{ 0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
};

#define CALL_LEN	5

static void copy(u8 *to, const u8 *from, u32 len)
{
	while (len--)
		*to++ = *from++;
}

void pvops_fill_nops(u8 *out, u32 len)
{
	while (len) {
		u32 n = len < 9 ? len : 9;

		copy(out, nops[n - 1], n);
		out += n;
		len -= n;
	}
}

static void put32(u8 *out, u32 val)
{
	for (int i = 0; i < 4; i++)
		out[i] = (u8)(val >> (8 * i));
}

static u8 *put_prefixes(u8 *out, u32 n, u8 prefix)
{
	while (n--)
		*out++ = prefix;
	return out;
}

/* The distance, if it fits a signed 32-bit displacement; on i386 all of the address space does. */
static int put_distance(u8 *out, const void *target, const u8 *next)
{
	unsigned long distance = (unsigned long)target - (unsigned long)next;

	if (sizeof(long) > 4 && distance + 0x80000000UL > 0xffffffffUL)
		return -PVOPS_ERANGE;
	put32(out, (u32)distance);
	return 0;
}

/* The operand of an unpatched call: where the slot is from its end, or plainly where it is. */
static int put_slot(u8 *out, const void *const *slot, const u8 *next)
{
#ifdef __x86_64__
	return put_distance(out, slot, next);
#else
	put32(out, (u32)slot);
	return 0;
#endif
}

bool pvops_site_valid(const struct pvops_patch_set *set, const struct pvops_site *site)
{
	unsigned long addr = (unsigned long)pvops_site_addr(site);
	unsigned long start = (unsigned long)set->text, end = (unsigned long)set->text_end;

	if (site->op >= set->nr_ops || site->kind > PVOPS_SITE_LEAD)
		return false;
	if (site->len !=
	    (is_gate(site) ? PVOPS_SITE_GATE_LEN : set->ops[site->op].room))
		return false;
	if (!is_gate(site) && site->len < PVOPS_SITE_CALL_LEN)
		return false;
	return site->len <= PVOPS_SITE_MAX_LEN && addr >= start && addr < end &&
	       site->len <= end - addr;
}

static int plan_unpatched(const struct pvops_patch_set *set, const struct pvops_site *site,
			  u32 saved, u8 *out)
{
	const u8 *addr = pvops_site_addr(site);

	if (is_gate(site)) {
		/* As numbers: it may lead anywhere. */
		unsigned long target = (unsigned long)addr + PVOPS_SITE_GATE_LEN +
				       (unsigned long)(long)(s32)saved;

		/* No gate jumps to what follows it: 0 is a displacement that nobody has saved. */
		if (!saved || target < (unsigned long)set->text ||
		    target >= (unsigned long)set->text_end)
			return -PVOPS_EINVAL;
		out[0] = OP_JMP;
		put32(out + 1, saved);
		return 0;
	}
	out = put_prefixes(out, site->len - PVOPS_SITE_CALL_LEN, OP_CALL_PREFIX);
	out[0] = 0xff;		/* call *disp32(%rip); i386: call *disp32 */
	out[1] = 0x15;
	return put_slot(out + 2, set->table + site->op, addr + site->len);
}

static int plan_inline(const struct pvops_site *site, const struct pvops_form *form, u8 *out)
{
	const u8 *addr = pvops_site_addr(site);
	u32 len, slack, at;

	if (!form->code || form->end < form->code)
		return -PVOPS_EINVAL;
	if (form->end - form->code > site->len)
		return -PVOPS_ENOSPC;
	len = (u32)(form->end - form->code);
	slack = site->len - len;
	at = form->flags & PVOPS_FORM_PREFIX && len ? slack : 0;

	put_prefixes(out, at, OP_PREFIX);
	copy(out + at, form->code, len);
	if (!at)
		pvops_fill_nops(out + len, slack);
	if (!form->reloc)
		return 0;

	/*
	 * The displacement counts from the end of its instruction, which is as far behind it in
	 * the copy as in the template: only the distance between the two changes it.
	 */
	if (form->reloc < form->code || form->end - form->reloc < 4)
		return -PVOPS_EINVAL;
	at += (u32)(form->reloc - form->code);
	{
		s32 old = (s32)((u32)form->reloc[0] | (u32)form->reloc[1] << 8 |
				(u32)form->reloc[2] << 16 | (u32)form->reloc[3] << 24);

		return put_distance(out + at, form->reloc + old, addr + at);
	}
}

enum pvops_shape pvops_site_shape(const struct pvops_patch_set *set,
				  const struct pvops_site *site, const struct pvops_form *form)
{
	if (!form)
		return PVOPS_SHAPE_TABLE;
	if (is_gate(site) && form->kind != PVOPS_FORM_NOP)
		return PVOPS_SHAPE_JUMP;
	if (form->kind == PVOPS_FORM_INLINE)
		return PVOPS_SHAPE_INLINE;
	if (form->kind == PVOPS_FORM_CALL)
		return PVOPS_SHAPE_CALL;
	if (site->kind == PVOPS_SITE_LEAD)
		return PVOPS_SHAPE_LEAD;
	if (!is_gate(site) && (set->ops[site->op].gate || (set->led && set->led[site->op])))
		return PVOPS_SHAPE_UNUSED;
	return PVOPS_SHAPE_NOP;
}

const char *pvops_shape_name(enum pvops_shape shape)
{
	static const char *const shapes[PVOPS_NR_SHAPES] = {
		[PVOPS_SHAPE_TABLE] = "table", [PVOPS_SHAPE_NOP] = "nop",
		[PVOPS_SHAPE_INLINE] = "inline", [PVOPS_SHAPE_CALL] = "call",
		[PVOPS_SHAPE_JUMP] = "jump", [PVOPS_SHAPE_LEAD] = "lead",
		[PVOPS_SHAPE_UNUSED] = "unused",
	};

	return shapes[shape];
}

static int plan_call(const struct pvops_site *site, const struct pvops_form *form, u8 *out)
{
	out = put_prefixes(out, site->len - CALL_LEN, OP_CALL_PREFIX);
	out[0] = OP_CALL;
	return put_distance(out + 1, form->func, pvops_site_addr(site) + site->len);
}

int pvops_plan(const struct pvops_patch_set *set, const struct pvops_site *site,
	       const struct pvops_form *form, u32 saved, u8 *out)
{
	if (!pvops_site_valid(set, site))
		return -PVOPS_EINVAL;
	if (form && (!form->func || form->kind == PVOPS_FORM_EMPTY || form->kind >= PVOPS_NR_FORMS))
		return -PVOPS_EINVAL;

	switch (pvops_site_shape(set, site, form)) {
	case PVOPS_SHAPE_LEAD:
		put_prefixes(out, site->len, OP_PREFIX);
		return 0;
	case PVOPS_SHAPE_INLINE:
		return plan_inline(site, form, out);
	case PVOPS_SHAPE_UNUSED:
		/*
		 * A CPU that has passed the gate just before it became a nop comes here once more,
		 * and what it gets is to be an answer.
		 */
		if (set->ops[site->op].gate)
			return plan_call(site, form, out);
		pvops_fill_nops(out, site->len);
		return 0;
	case PVOPS_SHAPE_NOP:
		pvops_fill_nops(out, site->len);
		return 0;
	case PVOPS_SHAPE_CALL:
		return plan_call(site, form, out);
	default:
		return plan_unpatched(set, site, saved, out);
	}
}

bool pvops_form_single(const struct pvops_site *site, const struct pvops_form *form)
{
	/* A nop of more than 9 bytes would be two; rooms are not that large. */
	/* Prefixes are the beginning of one. */
	if (!form || is_gate(site) || form->kind != PVOPS_FORM_INLINE)
		return true;
	return !(form->flags & PVOPS_FORM_MULTI) &&
	       (form->flags & PVOPS_FORM_PREFIX || form->end - form->code == site->len);
}
