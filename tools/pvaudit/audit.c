// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Findings and their places; the instructions that are looked at one by one. */
#include <string.h>
#include "audit.h"
#include "linux.h"

const char *audit_rule(enum rule rule, const char **text)
{
	static const struct {
		const char *name, *text;
	} rules[NR_RULES] = {
		[RULE_SENSITIVE] = { "sensitive",
			"a sensitive instruction outside of sites and native regions" },
		[RULE_SITE_RECORD] = { "site-record",
			"a site's record has an op, a length or a kind that does not exist" },
		[RULE_SITE_BYTES] = { "site-bytes",
			"a site's bytes are not a call through its op's slot, nor a gate" },
		[RULE_SITE_BOUNDARY] = { "site-boundary",
			"a site begins or ends within an instruction" },
		[RULE_SITE_OVERLAP] = { "site-overlap", "two sites have bytes in common" },
		[RULE_SITE_SECTION] = { "site-section",
			"a site is where nothing is patched, or in text that is given back" },
		[RULE_SITE_EARLY] = { "site-early", "a site runs before there is a table of ops" },
		[RULE_SITE_JUMP] = { "site-jump", "a jump leads into the middle of a site" },
		[RULE_INSN_JUMP] = { "insn-jump",
			"a jump leads into the middle of an instruction" },
		[RULE_STI_HLT] = { "sti-hlt",
			"interrupts are enabled before the instruction that waits for one" },
		[RULE_INDIRECT_CALL] = { "indirect-call",
			"an indirect call through the table of ops that is no site" },
	};

	if (text)
		*text = rules[rule].text;
	return rules[rule].name;
}

struct finding *audit_add(struct audit *audit, enum rule rule, u64 addr)
{
	const struct image *image = audit->image;
	u64 place = linux_original(image, addr);
	const struct image_symbol *symbol = image_function(image, place);
	const u8 *map = code_map(audit->code, addr);
	struct finding *finding;
	struct insn insn;

	audit->findings = image_grow(audit->findings, audit->nr_findings,
				     sizeof(*audit->findings));
	finding = audit->findings + audit->nr_findings++;
	*finding = (struct finding) {
		.rule = rule, .addr = addr, .op = -1, .guess = map && *map & CODE_GUESS,
	};
	if (symbol) {
		finding->function = symbol->name;
		finding->offset = place - symbol->addr;
	}
	if (!source_line(audit->source, place, &finding->file, &finding->line))
		finding->file = NULL;
	if (code_insn(audit->code, addr, &insn)) {
		finding->len = insn.raw.length;
		insn_format(image, &insn, finding->insn, sizeof(finding->insn));
	}
	return finding;
}

u32 audit_counts(const struct audit *audit)
{
	u32 count = 0;

	for (u32 i = 0; i < audit->nr_findings; i++)
		count += !audit->findings[i].reason && !audit->findings[i].loose;
	return count;
}

/* Linux replaces calls through pv_ops by instructions: those are at patch sites of Linux's own. */
static bool replaces_call(const struct audit *audit, u64 addr)
{
	u64 original = linux_original(audit->image, addr), slot;
	const struct image_symbol *ops = image_symbol(audit->image, "pv_ops");
	struct insn insn;

	return original != addr && ops && insn_at(audit->image, original, &insn) &&
	       insn.raw.mnemonic == ZYDIS_MNEMONIC_CALL && insn_memory(&insn, &slot) &&
	       slot - ops->addr < ops->size;
}

static const struct image_site *site_before(const struct image *image, u64 addr)
{
	u32 count = image->nr_sites;

	if (count)
		count = image_before(&image->sites->addr, count, sizeof(*image->sites), addr);
	return count ? image->sites + count - 1 : NULL;
}

bool audit_at_site(const struct image *image, u64 addr, const struct sensitive *row)
{
	const struct image_site *site = site_before(image, addr);

	if (!site || addr > site->addr + site->len)
		return false;
	if (addr < site->addr + site->len)
		return true;
	/* A leading gate's is what the op is on bare hardware, and no other. */
	return site->kind == PVOPS_SITE_LEAD && row && site->op < image->nr_ops &&
	       (!image->ops[site->op].room || !strcmp(image->ops[site->op].name, row->op));
}

static bool differs(const struct audit *audit, const struct sensitive *row)
{
	u32 other = audit->image->wide ? HOST_PV32 : HOST_PV64;

	for (u32 host = 0; host < NR_HOSTS; host++)
		if (host != other && audit->hosts & 1 << host && row->effects[host] != EFFECT_SAME)
			return true;
	return false;
}

static void see_insn(const struct insn *insn, u8 flags, void *arg)
{
	struct audit *audit = arg;
	const struct sensitive *row;
	struct finding *finding;
	struct insn full = *insn;

	audit->insns += !(flags & CODE_LOOSE);
	row = sensitive_of(&full);
	if (!row || !differs(audit, row))
		return;
	if (native_at(audit->native, insn->addr)) {
		audit->native_insns = image_grow(audit->native_insns, audit->in_native,
						 sizeof(*audit->native_insns));
		audit->native_insns[audit->in_native++] = insn->addr;
	} else if (audit_at_site(audit->image, insn->addr, row)) {
		audit->in_sites++;
	} else if (replaces_call(audit, insn->addr)) {
		audit->in_pv_ops++;
	} else {
		finding = audit_add(audit, RULE_SENSITIVE, insn->addr);
		finding->row = row;
		finding->loose = flags & CODE_LOOSE;
	}
}

void audit_instructions(struct audit *audit)
{
	code_each(audit->code, see_insn, audit);
}

/* ---- sti and hlt ---- */

struct wait {
	struct audit *audit;
	u64 enabled;		/* where the flag was set, 0: it was not, on this way */
	u64 next;		/* behind the last instruction */
	bool adjacent;		/* nothing but that since then */
};

/* The op of the site that begins here, or NULL. */
static const char *op_at(const struct image *image, u64 addr)
{
	const struct image_site *site = site_before(image, addr);

	return site && site->addr == addr && site->op < image->nr_ops ? image->ops[site->op].name
								      : "";
}

static void see_wait(const struct insn *insn, u8 flags, void *arg)
{
	struct wait *wait = arg;
	const char *op = op_at(wait->audit->image, insn->addr);
	ZydisMnemonic what = insn->raw.mnemonic;
	bool halt = what == ZYDIS_MNEMONIC_HLT || !strcmp(op, "irq.halt");

	if (insn->addr != wait->next || flags & CODE_LOOSE)
		wait->enabled = 0;
	wait->next = insn_next(insn);
	if (halt && wait->enabled && !(wait->adjacent && what == ZYDIS_MNEMONIC_HLT)) {
		struct finding *finding = audit_add(wait->audit, RULE_STI_HLT, insn->addr);
		char where[100];

		snprintf(finding->detail, sizeof(finding->detail),
			 "they were at %s: one that comes before the wait is slept over",
			 image_where(wait->audit->image, wait->enabled, where, sizeof(where)));
	}
	if (what == ZYDIS_MNEMONIC_STI || !strcmp(op, "irq.enable")) {
		wait->enabled = insn->addr;
		wait->adjacent = what == ZYDIS_MNEMONIC_STI;
		return;
	}
	wait->adjacent = false;
	/* What else may change the flag, or not go on here; patched, a gate may be nothing. */
	if (halt || what == ZYDIS_MNEMONIC_CLI || !strncmp(op, "irq.", 4) ||
	    what == ZYDIS_MNEMONIC_POPF || what == ZYDIS_MNEMONIC_POPFD ||
	    what == ZYDIS_MNEMONIC_POPFQ || (what == ZYDIS_MNEMONIC_CALL && !op[0]) ||
	    what == ZYDIS_MNEMONIC_UD2 || (code_is_end(insn) && !op[0]))
		wait->enabled = 0;
}

void audit_waits(struct audit *audit)
{
	struct wait wait = { .audit = audit };

	code_each(audit->code, see_wait, &wait);
}
