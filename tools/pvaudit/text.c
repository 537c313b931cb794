// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The report for people. */
#include <stdlib.h>
#include <string.h>
#include "print.h"

const char *print_effects(const struct audit *audit, const struct sensitive *row, char *text,
			  size_t size)
{
	u32 other = audit->image->wide ? HOST_PV32 : HOST_PV64;
	char said = 0;
	size_t at = 0;

	/* Hosts of one effect together. */
	text[0] = '\0';
	for (const char *effect = "wguvt"; *effect; effect++) {
		for (u32 host = 0; host < NR_HOSTS; host++) {
			if (row->effects[host] != *effect || host == other ||
			    !(audit->hosts & 1 << host))
				continue;
			at += (size_t)snprintf(text + at, size - at, "%s%s",
					       said == *effect ? " " : said ? "; " : "",
					       sensitive_host(host));
			said = *effect;
		}
		if (said == *effect)
			at += (size_t)snprintf(text + at, size - at, ": %s",
					       sensitive_effect(*effect));
	}
	return text;
}

const char *print_message(const struct audit *audit, const struct finding *finding, char *text,
			  size_t size)
{
	const struct sensitive *row = finding->row;
	char effects[200];
	const char *rule;

	audit_rule(finding->rule, &rule);
	if (row)
		snprintf(text, size, "%s (%s): %s [%s]; %s%s", row->name, row->classes,
			 row->failure, print_effects(audit, row, effects, sizeof(effects)),
			 row->op[0] ? "use " : "no op does it", row->op);
	else
		snprintf(text, size, "%s%s%s", rule, finding->detail[0] ? ": " : "",
			 finding->detail);
	return text;
}

static void print_finding(const struct audit *audit, const struct finding *finding)
{
	char text[900], name[100];

	if (finding->file)
		printf("%s:%u: ", finding->file, finding->line);
	printf("%s", image_place(audit->image, finding->addr, name, sizeof(name)));
	if (finding->function)
		printf(" %s+0x%llx", finding->function, finding->offset);
	printf(": %s%s: ", finding->guess ? "a guess: " : "", audit_rule(finding->rule, NULL));
	if (finding->op >= 0)
		printf("%s: ", image_op_name(audit->image, (u32)finding->op, name, sizeof(name)));
	printf("%s", print_message(audit, finding, text, sizeof(text)));
	if (finding->insn[0])
		printf("\n\t%s", finding->insn);
	printf("\n");
}

static void print_sites(const struct image *image)
{
	char place[100], where[100], name[32], hex[64];

	for (u32 i = 0; i < image->nr_sites; i++) {
		const struct image_site *site = image->sites + i;
		const u8 *bytes = image_at(image, site->addr, site->len);

		printf("site %s %s %s len %u room %u kind %u: %s\n",
		       image_place(image, site->addr, place, sizeof(place)),
		       image_where(image, site->addr, where, sizeof(where)),
		       image_op_name(image, site->op, name, sizeof(name)), site->len,
		       site->op < image->nr_ops ? image->ops[site->op].room : 0, site->kind,
		       bytes ? insn_hex(bytes, site->len, hex, sizeof(hex)) : "no bytes");
	}
}

static int compare_kinds(const struct finding *a, const struct finding *b)
{
	if (a->rule != b->rule)
		return (int)a->rule - (int)b->rule;
	return a->row && b->row ? strcmp(a->row->name, b->row->name) : 0;
}

/* By kind; those of one kind as they were, by address. */
static int by_kind(const void *left, const void *right)
{
	const struct finding *a = *(const void *const *)left, *b = *(const void *const *)right;
	int order = compare_kinds(a, b);

	return order ? order : a < b ? -1 : a > b;
}

/* How many of each; functions, too. */
static void print_brief(const struct audit *audit)
{
	const struct finding **list = image_alloc(audit->nr_findings, sizeof(*list));
	u32 count = 0, same;

	for (u32 i = 0; i < audit->nr_findings; i++)
		if (!audit->findings[i].reason && !audit->findings[i].loose)
			list[count++] = audit->findings + i;
	qsort(list, count, sizeof(*list), by_kind);
	for (u32 i = 0; i < count; i += same) {
		u32 functions = 0;

		for (same = 0;
		     i + same < count && !compare_kinds(list[i], list[i + same]); same++) {
			const char *name = list[i + same]->function;

			if (!same || !name || !list[i + same - 1]->function ||
			    strcmp(name, list[i + same - 1]->function))
				functions++;
		}
		printf("%6u in %u functions: %s%s%s%s%s\n", same, functions,
		       audit_rule(list[i]->rule, NULL), list[i]->row ? " " : "",
		       list[i]->row ? list[i]->row->name : "",
		       list[i]->row && list[i]->row->op[0] ? "; use " : "",
		       list[i]->row ? list[i]->row->op : "");
	}
	free(list);
}

static void print_unused(const struct suppressions *list)
{
	for (u32 i = 0; i < list->count; i++)
		if (!list->rows[i].used)
			printf("%s:%u: fits no finding: %s %s %s\n", list->rows[i].path,
			       list->rows[i].line, list->rows[i].what, list->rows[i].function,
			       list->rows[i].file);
}

void print_text(const struct report *report)
{
	const struct audit *audit = report->audit;
	u32 suppressed = 0, loose = 0, guesses = 0, ops = 0;
	char where[100], hex[16];
	u32 *used = image_alloc(audit->image->nr_ops, sizeof(*used));

	if (report->sites)
		print_sites(audit->image);
	for (u32 i = 0; i < audit->nr_findings; i++) {
		const struct finding *finding = audit->findings + i;

		suppressed += !!finding->reason;
		loose += !finding->reason && finding->loose;
		guesses += !finding->reason && !finding->loose && finding->guess;
		if (!finding->reason && !finding->loose && !report->brief && !report->quiet)
			print_finding(audit, finding);
	}
	if (report->brief)
		print_brief(audit);
	print_unused(report->suppressions);
	for (u32 i = 0; i < audit->image->nr_sites; i++)
		if (audit->image->sites[i].op < audit->image->nr_ops &&
		    !used[audit->image->sites[i].op]++)
			ops++;
	free(used);
	printf("%s: %u instructions, %u sites of %u ops; ", audit->image->path, audit->insns,
	       audit->image->nr_sites, ops);
	printf("sensitive: %u native, %u at sites, ", audit->in_native, audit->in_sites);
	if (audit->in_pv_ops)
		printf("%u for calls through Linux's pv_ops, ", audit->in_pv_ops);
	printf("%u suppressed; %u findings", suppressed, audit_counts(audit));
	if (guesses)
		printf(", %u of them guesses", guesses);
	printf("\n");
	for (u32 i = 0; i < audit->code->nr_unknown; i++) {
		const u8 *bytes = image_at(audit->image, audit->code->unknown[i], 4);

		printf("not understood: %s: %s\n",
		       image_where(audit->image, audit->code->unknown[i], where, sizeof(where)),
		       bytes ? insn_hex(bytes, 4, hex, sizeof(hex)) : "the end of text");
	}
	for (u32 nr = 0; !report->quiet && audit_limit(audit, nr); nr++)
		printf("not known: %s\n", audit_limit(audit, nr));
	if (audit->code->loose_gaps)
		printf("nothing leads to %llu bytes in %u places of functions; findings: %u\n",
		       audit->code->loose_bytes, audit->code->loose_gaps, loose);
}
