/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* An audit: of what, by what rules, and what was found. */
#ifndef PVAUDIT_AUDIT_H
#define PVAUDIT_AUDIT_H

#include "code.h"
#include "native.h"
#include "sensitive.h"
#include "source.h"

/** enum rule - what a finding is about. Names and texts: audit_rule(). */
enum rule {
	RULE_SENSITIVE,
	RULE_SITE_RECORD,	/* op, length or kind make no sense */
	RULE_SITE_BYTES,	/* not what the engine expects there */
	RULE_SITE_BOUNDARY,	/* not whole instructions */
	RULE_SITE_OVERLAP,
	RULE_SITE_SECTION,	/* text that is not patched, or is gone when it is */
	RULE_SITE_EARLY,	/* runs before there is a table */
	RULE_SITE_JUMP,		/* something jumps into it */
	RULE_INSN_JUMP,		/* likewise, into any other instruction */
	RULE_STI_HLT,		/* an interrupt between the two is slept over */
	RULE_INDIRECT_CALL,	/* through the table, with no record */
	NR_RULES,
};

/**
 * struct finding - one.
 * @addr: where it is; @len bytes, 0 if it is no instruction
 * @row: of a sensitive instruction
 * @op: of what is about a site, or -1
 * @guess: only an address that is taken somewhere leads there, which may be data's
 * @loose: nothing leads there; told, not counted
 * @function: its name, or NULL; @offset from its beginning
 * @file: of source, or NULL; @line
 * @insn: the instruction as text
 * @detail: of a defect
 * @reason: why it is suppressed, or NULL
 */
struct finding {
	enum rule rule;
	u64 addr;
	u32 len;
	const struct sensitive *row;
	int op;
	bool guess, loose;
	const char *function;
	u64 offset;
	const char *file;
	u32 line;
	char insn[100];
	char detail[300];
	const char *reason;
};

/**
 * struct audit - all of it.
 * @hosts: of enum host, one bit each: for which an instruction counts
 * @native_insns: where sensitive instructions are in native regions
 * @in_sites: how many a site leads to
 * @in_pv_ops: how many Linux replaces a call through pv_ops by
 */
struct audit {
	const struct image *image;
	struct code *code;
	struct native *native;
	struct source *source;
	u32 hosts;
	struct finding *findings;
	u32 nr_findings;
	u64 *native_insns;
	u32 insns, in_native, in_sites, in_pv_ops;
};

/** audit_add() - a finding at an address; the place is filled in. Its detail is for the caller. */
struct finding *audit_add(struct audit *audit, enum rule rule, u64 addr);

/** audit_at_site() - is it a site's, or, of a row, the one that a leading gate stands before? */
bool audit_at_site(const struct image *image, u64 addr, const struct sensitive *row);

/** audit_calls() - indirect calls left over. */
void audit_calls(struct audit *audit);

/** audit_instructions() - sensitive ones. */
void audit_instructions(struct audit *audit);

/** audit_waits() - `sti` and `hlt` with something between them. */
void audit_waits(struct audit *audit);

/** audit_sites() - records, bytes, boundaries, sections. */
void audit_sites(struct audit *audit);

/** audit_jumps() - jumps into the middle of sites and of other instructions. */
void audit_jumps(struct audit *audit);

/** audit_early() - sites that run before there is a table. */
void audit_early(struct audit *audit);

/** audit_limit() - what this image does not let us know: sentence @nr, or NULL behind the last. */
const char *audit_limit(const struct audit *audit, u32 nr);

/** audit_rule() - "site-overlap"; @text: what it means. */
const char *audit_rule(enum rule rule, const char **text);

/** audit_counts() - findings that are neither suppressed nor loose. */
u32 audit_counts(const struct audit *audit);

#endif /* PVAUDIT_AUDIT_H */
