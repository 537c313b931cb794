// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What can be wrong with a site before anything boots. */
#include <stdarg.h>
#include <string.h>
#include "audit.h"

/* Text that is given back, or never there, in a kernel built like Linux; and what runs too soon. */
static const char *const gone[][2] = {
	{ ".exit.text", "is dropped by the linker or at boot" },
	{ ".discard", "is dropped by the linker" },
	{ ".head.text", "runs before the image is where it was linked" },
	{ ".init.head.text", "runs before the image is where it was linked" },
};

__attribute__((format(printf, 4, 5)))
static void add(struct audit *audit, enum rule rule, const struct image_site *site,
		const char *fmt, ...)
{
	struct finding *finding = audit_add(audit, rule, site->addr);
	va_list args;

	finding->op = (int)site->op;
	va_start(args, fmt);
	vsnprintf(finding->detail, sizeof(finding->detail), fmt, args);
	va_end(args);
}

static bool is_gate(const struct image_site *site)
{
	return site->kind == PVOPS_SITE_GATE || site->kind == PVOPS_SITE_LEAD;
}

/* As patching/plan.c has it. False: there is no point in looking further. */
static bool check_record(struct audit *audit, const struct image_site *site)
{
	const struct image *image = audit->image;
	u32 room;

	if (site->op >= image->nr_ops) {
		add(audit, RULE_SITE_RECORD, site, "op %u of %u", site->op, image->nr_ops);
		return false;
	}
	if (site->kind > PVOPS_SITE_LEAD) {
		add(audit, RULE_SITE_RECORD, site, "kind %u", site->kind);
		return false;
	}
	room = is_gate(site) ? PVOPS_SITE_GATE_LEN : image->ops[site->op].room;
	if (room && site->len != room) {
		add(audit, RULE_SITE_RECORD, site, "%u bytes, where the op has %u", site->len,
		    room);
		return false;
	}
	return true;
}

/* False: it is not in text at all. */
static bool check_section(struct audit *audit, const struct image_site *site)
{
	const struct image *image = audit->image;
	const struct image_area *area = image_area_at(image, site->addr);
	const struct image_symbol *start = image_symbol(image, "pvops_text_start");
	const struct image_symbol *end = image_symbol(image, "pvops_text_end");
	char where[100];

	if (!area || !area->exec || !area->data || !image_at(image, site->addr, site->len)) {
		add(audit, RULE_SITE_SECTION, site, "%s is in %s, not in text",
		    image_place(image, site->addr, where, sizeof(where)),
		    area ? area->name : "no section");
		return false;
	}
	/* A module has its exit code until it leaves, and its text is patched like the rest. */
	for (u32 i = image_area_named(image, ".gnu.linkonce.this_module") ? 1 : 0;
	     i < sizeof(gone) / sizeof(gone[0]); i++)
		if (!strncmp(area->name, gone[i][0], strlen(gone[i][0]))) {
			add(audit, RULE_SITE_SECTION, site, "%s %s", area->name, gone[i][1]);
			return true;
		}
	if (!image->object && start && end &&
	    (site->addr < start->addr || site->addr + site->len > end->addr))
		add(audit, RULE_SITE_SECTION, site,
		    "not between pvops_text_start and pvops_text_end: the engine refuses it");
	return true;
}

static bool check_boundary(struct audit *audit, const struct image_site *site)
{
	const u8 *map = code_map(audit->code, site->addr);
	struct insn insn;

	if (!(*map & CODE_START)) {
		add(audit, RULE_SITE_BOUNDARY, site, "%s",
		    *map & CODE_BODY ? "begins within an instruction" : "holds no instruction");
		return false;
	}
	for (u64 at = site->addr; at < site->addr + site->len; at = insn_next(&insn))
		if (!insn_at(audit->image, at, &insn) ||
		    insn_next(&insn) > site->addr + site->len) {
			add(audit, RULE_SITE_BOUNDARY, site, "ends within an instruction");
			return false;
		}
	return true;
}

/* Prefixes and a call through the op's slot; a gate's jump into text, not to what follows it. */
static void check_bytes(struct audit *audit, const struct image_site *site)
{
	const struct image *image = audit->image;
	u64 slot = image->table + (u64)site->op * (image->wide ? 8 : 4), to;
	struct insn insn;
	char text[64];

	insn_at(image, site->addr, &insn);
	if (is_gate(site)) {
		if (image_at(image, site->addr, 1)[0] == 0xe9 && insn_target(&insn, &to) &&
		    to != insn_next(&insn) && code_map(audit->code, to))
			return;
	} else if (insn.raw.mnemonic == ZYDIS_MNEMONIC_CALL &&
		   insn.raw.length == site->len && (!image->table ||
		   (insn_memory(&insn, &to) && to == slot))) {
		return;
	}
	add(audit, RULE_SITE_BYTES, site, "%s is no %s",
	    insn_hex(image_at(image, site->addr, site->len), site->len, text, sizeof(text)),
	    is_gate(site) ? "jump to cold code" : "call through the op's slot");
}

static void check_site(struct audit *audit, const struct image_site *site)
{
	bool known = check_record(audit, site);

	if (check_section(audit, site) && known && check_boundary(audit, site))
		check_bytes(audit, site);
}

void audit_sites(struct audit *audit)
{
	const struct image *image = audit->image;
	const struct image_site *longest = image->sites;	/* of those before, to the end */
	char where[100];

	for (u32 i = 0; i < image->nr_sites; i++) {
		const struct image_site *site = image->sites + i;

		check_site(audit, site);
		if (i && site->addr - longest->addr < longest->len)
			add(audit, RULE_SITE_OVERLAP, site, "with the site at %s",
			    image_where(image, longest->addr, where, sizeof(where)));
		if (site->addr + site->len - longest->addr > longest->len)
			longest = site;
	}
}
