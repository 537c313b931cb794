// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The report for programs. */
#include "json.h"
#include "print.h"

static void member(const char *name, const char *text)
{
	printf(", \"%s\": ", name);
	if (text)
		json_text(stdout, text);
	else
		printf("null");
}

static void print_finding(const struct audit *audit, const struct finding *finding)
{
	const struct sensitive *row = finding->row;
	u32 other = audit->image->wide ? HOST_PV32 : HOST_PV64;
	const struct image_area *area = image_area_at(audit->image, finding->addr);
	char text[900], name[32];

	printf("{\"address\": \"0x%llx\", \"length\": %u", finding->addr, finding->len);
	if (audit->image->object && area) {
		member("section", area->name);
		printf(", \"section_offset\": %llu", finding->addr - area->addr);
	}
	member("rule", audit_rule(finding->rule, NULL));
	member("function", finding->function);
	printf(", \"offset\": %llu", finding->offset);
	member("file", finding->file);
	printf(", \"line\": %u", finding->line);
	member("text", finding->insn);
	member("message", print_message(audit, finding, text, sizeof(text)));
	member("suppressed", finding->reason);
	printf(", \"reached\": %s, \"guess\": %s", finding->loose ? "false" : "true",
	       finding->guess ? "true" : "false");
	if (finding->op >= 0)
		member("op", image_op_name(audit->image, (u32)finding->op, name, sizeof(name)));
	if (row) {
		member("instruction", row->name);
		member("class", row->classes);
		member("failure", row->failure);
		member("use", row->op[0] ? row->op : NULL);
		printf(", \"hosts\": {");
		for (u32 host = 0, first = 1; host < NR_HOSTS; host++) {
			if (host == other)
				continue;
			printf("%s\"%s\": ", first ? "" : ", ", sensitive_host(host));
			json_text(stdout, sensitive_effect(row->effects[host]));
			first = 0;
		}
		printf("}");
	}
	printf("}");
}

static void print_site(const struct image *image, const struct image_site *site)
{
	const struct image_symbol *symbol = image_function(image, site->addr);
	const u8 *bytes = image_at(image, site->addr, site->len);
	char name[32], hex[64];

	printf("{\"address\": \"0x%llx\", \"op\": ", site->addr);
	json_text(stdout, image_op_name(image, site->op, name, sizeof(name)));
	member("function", symbol ? symbol->name : NULL);
	printf(", \"length\": %u, \"room\": %u, \"kind\": %u", site->len,
	       site->op < image->nr_ops ? image->ops[site->op].room : 0, site->kind);
	member("bytes", bytes ? insn_hex(bytes, site->len, hex, sizeof(hex)) : NULL);
	printf("}");
}

void print_json(const struct report *report)
{
	const struct audit *audit = report->audit;
	const struct image *image = audit->image;

	printf("{\"image\": ");
	json_text(stdout, image->path);
	printf(", \"object\": %s, \"not_known\": [", image->object ? "true" : "false");
	for (u32 nr = 0; audit_limit(audit, nr); nr++) {
		printf("%s", nr ? ", " : "");
		json_text(stdout, audit_limit(audit, nr));
	}
	printf("],\n \"bits\": %u, \"instructions\": %u, \"code_bytes\": %llu,\n",
	       image->wide ? 64 : 32, audit->insns, audit->code->bytes);
	printf(" \"sensitive_at_sites\": %u, \"sensitive_at_pv_ops\": %u, \"native\": [",
	       audit->in_sites, audit->in_pv_ops);
	for (u32 i = 0; i < audit->in_native; i++)
		printf("%s\"0x%llx\"", i ? ", " : "", audit->native_insns[i]);
	printf("],\n");
	printf(" \"unreached_bytes\": %llu, \"unreached_places\": %u,\n",
	       audit->code->loose_bytes, audit->code->loose_gaps);
	printf(" \"not_understood\": [");
	for (u32 i = 0; i < audit->code->nr_unknown; i++)
		printf("%s\"0x%llx\"", i ? ", " : "", audit->code->unknown[i]);
	printf("],\n");
	printf(" \"record_bytes\": %llu, \"counted\": %u,\n", image->record_bytes,
	       audit_counts(audit));
	printf(" \"findings\": [");
	for (u32 i = 0; i < audit->nr_findings; i++) {
		printf("%s\n  ", i ? "," : "");
		print_finding(audit, audit->findings + i);
	}
	printf("],\n \"sites\": [");
	for (u32 i = 0; i < image->nr_sites; i++) {
		printf("%s\n  ", i ? "," : "");
		print_site(image, image->sites + i);
	}
	printf("],\n \"unused_suppressions\": [");
	for (u32 i = 0, first = 1; i < report->suppressions->count; i++) {
		if (report->suppressions->rows[i].used)
			continue;
		printf("%s\n  {\"line\": %u", first ? "" : ",", report->suppressions->rows[i].line);
		member("file", report->suppressions->rows[i].path);
		printf("}");
		first = 0;
	}
	printf("]}\n");
}
