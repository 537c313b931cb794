// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * SARIF 2.1.0 (OASIS): one run, a rule a kind of finding, a result a finding. Suppressed ones are
 * in it with their reason, as code-scanning views expect them.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "json.h"
#include "print.h"

/* Views know files by their place in the source tree, where pvaudit is run. */
static const char *relative(const char *file)
{
	static char here[4096];
	size_t len;

	if (!here[0] && !getcwd(here, sizeof(here) - 1))
		return file;
	len = strlen(here);
	return !strncmp(file, here, len) && file[len] == '/' ? file + len + 1 : file;
}

static void print_rules(void)
{
	const char *name, *text;

	for (u32 rule = 0; rule < NR_RULES; rule++) {
		name = audit_rule(rule, &text);
		printf("%s\n     {\"id\": \"%s\", \"shortDescription\": {\"text\": ",
		       rule ? "," : "", name);
		json_text(stdout, text);
		printf("}}");
	}
}

static void print_location(const struct audit *audit, const struct finding *finding)
{
	char place[100];

	printf("{\"physicalLocation\": {");
	if (finding->file) {
		printf("\"artifactLocation\": {\"uri\": ");
		json_text(stdout, relative(finding->file));
		printf("}, \"region\": {\"startLine\": %u}", finding->line);
	} else {
		printf("\"artifactLocation\": {\"uri\": ");
		json_text(stdout, relative(audit->image->path));
		printf("}");
	}
	/* A number of JSON's has no room for an address of a kernel's. */
	printf(", \"address\": {\"name\": ");
	json_text(stdout, image_place(audit->image, finding->addr, place, sizeof(place)));
	printf("}}");
	if (finding->function) {
		printf(", \"logicalLocations\": [{\"kind\": \"function\", \"name\": ");
		json_text(stdout, finding->function);
		printf("}]");
	}
	printf("}");
}

/* What the host does, slowly, is worth a warning; the rest is wrong somewhere. */
static const char *level(const struct finding *finding)
{
	if (finding->loose)
		return "note";
	if (finding->row && !strpbrk(finding->row->effects, "wguv"))
		return "warning";
	return "error";
}

/* Views tell results apart by place and message: without a line the message says where. */
static void print_sarif_message(const struct audit *audit, const struct finding *finding)
{
	char message[900], place[100], where[200] = "", text[1400];
	int len = snprintf(message, sizeof(message), "%s", finding->guess ? "a guess: " : "");

	print_message(audit, finding, message + len, sizeof(message) - (size_t)len);
	if (finding->file) {
		json_text(stdout, message);
		return;
	}
	if (finding->function)
		snprintf(where, sizeof(where), "%s+0x%llx ", finding->function,
			 finding->offset);
	snprintf(text, sizeof(text), "%s(%s): %s%s%s", where,
		 image_place(audit->image, finding->addr, place, sizeof(place)), finding->insn,
		 finding->insn[0] ? ": " : "", message);
	json_text(stdout, text);
}

static void print_result(const struct audit *audit, const struct finding *finding)
{
	printf("{\"ruleId\": \"%s\", \"ruleIndex\": %u, \"level\": \"%s\"",
	       audit_rule(finding->rule, NULL), finding->rule, level(finding));
	printf(", \"message\": {\"text\": ");
	print_sarif_message(audit, finding);
	printf("}, \"locations\": [");
	print_location(audit, finding);
	printf("]");
	if (finding->reason) {
		printf(", \"suppressions\": [{\"kind\": \"external\", \"justification\": ");
		json_text(stdout, finding->reason);
		printf("}]");
	}
	printf("}");
}

void print_sarif(const struct report *report)
{
	const struct audit *audit = report->audit;

	printf("{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n");
	printf(" \"version\": \"2.1.0\",\n");
	printf(" \"runs\": [{\"tool\": {\"driver\": {\"name\": \"pvaudit\", \"rules\": [");
	print_rules();
	printf("]}},\n  \"invocations\": [{\"executionSuccessful\": true, "
	       "\"toolExecutionNotifications\": [");
	for (u32 nr = 0; audit_limit(audit, nr); nr++) {
		printf("%s{\"level\": \"note\", \"message\": {\"text\": ", nr ? ", " : "");
		json_text(stdout, audit_limit(audit, nr));
		printf("}}");
	}
	printf("]}],\n  \"results\": [");
	for (u32 i = 0; i < audit->nr_findings; i++) {
		printf("%s\n   ", i ? "," : "");
		print_result(audit, audit->findings + i);
	}
	printf("]}]}\n");
}
