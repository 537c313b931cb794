// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Jumps that lead where no instruction begins, or where another one has begun already. */
#include <stdlib.h>
#include "audit.h"

/* "leads to start+0x5 (file.S:12), within ..." and what comes then. */
static void tell(struct audit *audit, enum rule rule, u64 from, u64 to, const char *within)
{
	struct finding *finding = audit_add(audit, rule, from);
	char where[100];
	const char *file;
	u32 line;

	image_where(audit->image, to, where, sizeof(where));
	if (source_line(audit->source, to, &file, &line))
		snprintf(finding->detail, sizeof(finding->detail), "leads to %s (%s:%u)%s", where,
			 file, line, within);
	else
		snprintf(finding->detail, sizeof(finding->detail), "leads to %s%s", where, within);
}

static int by_target(const void *left, const void *right)
{
	const struct code_clash *a = left, *b = right;

	return a->to < b->to ? -1 : a->to > b->to;
}

/* ", within mov ... at start+0x3 (file.S:11)": the instruction that the jump leads into. */
static void describe(struct audit *audit, u64 addr, bool wide, char *text, size_t size)
{
	const struct image_area *area = image_area_at(audit->image, addr);
	char insn_text[100], where[100];
	struct insn insn;
	const char *file;
	int len;
	u32 line;

	text[0] = '\0';
	if (!insn_decode(area->data + (addr - area->addr), area->size - (addr - area->addr), addr,
			 wide, &insn))
		return;
	len = snprintf(text, size, ", within \"%s\" at %s",
		       insn_format(NULL, &insn, insn_text, sizeof(insn_text)),
		       image_where(audit->image, addr, where, sizeof(where)));
	if (len > 0 && (size_t)len < size && source_line(audit->source, addr, &file, &line))
		snprintf(text + len, size - (size_t)len, " (%s:%u)", file, line);
}

/* A guess is no fact, and an address that nothing leads to leads nowhere. */
static void see_jump(const struct insn *insn, u8 flags, void *arg)
{
	struct audit *audit = arg;
	const struct code *code = audit->code;
	const struct code_clash *clash;
	char within[200];
	u32 count;
	u64 to;

	if (flags & (CODE_GUESS | CODE_LOOSE) || !insn_target(insn, &to))
		return;
	count = image_before(&code->clashes->to, code->nr_clashes, sizeof(*clash), to);
	if (!count || code->clashes[count - 1].to != to || *code_map(code, to) & CODE_SITE)
		return;
	clash = code->clashes + count - 1;
	describe(audit, clash->insn, insn->wide, within, sizeof(within));
	tell(audit, RULE_INSN_JUMP, insn->addr, to, within);
}

void audit_jumps(struct audit *audit)
{
	struct code *code = audit->code;

	for (u32 i = 0; i < code->nr_jumps; i++)
		tell(audit, RULE_SITE_JUMP, code->jumps[i].from, code->jumps[i].to, "");
	if (!code->nr_clashes)
		return;
	qsort(code->clashes, code->nr_clashes, sizeof(*code->clashes), by_target);
	code_each(code, see_jump, audit);
}
