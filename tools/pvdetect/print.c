// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The findings, for people and for programs. */
#include <stdio.h>
#include <string.h>
#include "print.h"

static const char *role_name(enum pvops_role role)
{
	static const char *const names[] = { "native", "guest", "root", "nested" };

	return (unsigned int)role < 4 ? names[role] : "?";
}

/* A signature as text: zeroes at its end are padding. */
static int signature_len(const struct pvops_match *match)
{
	int len = 12;

	while (len && !match->signature[len - 1])
		len--;
	return len;
}

static const struct {
	u32 fact;
	const char *name;
} fact_names[] = {
	{ PVOPS_CLOCK_TSC, "tsc" },
	{ PVOPS_CLOCK_INVARIANT, "invariant" },
	{ PVOPS_CLOCK_UNTRUSTED, "untrusted" },
};

#define NR_FACTS (sizeof(fact_names) / sizeof(fact_names[0]))

/* Does this backend say that it could run? Those with another ABI are not asked. */
static bool asked(const struct report *report, const struct pvops_backend *backend,
		  struct pvops_verdict *verdict)
{
	*verdict = (struct pvops_verdict){ 0 };
	if (backend->abi != PVOPS_BACKEND_ABI || backend->size != sizeof(*backend) ||
	    !backend->detect || !backend->name)
		return false;
	backend->detect(&report->probe, verdict);
	return true;
}

/* Of what core said, the lines that nothing else shows. */
static void print_skipped(const char *log)
{
	const char *end, *found;

	for (; *log; log = end + 1) {
		end = strchr(log, '\n');
		found = strstr(log, " skipped: ");
		if (found && found < end)
			printf("note     %.*s\n", (int)(end - log), log);
	}
}

void print_text(const struct report *report)
{
	struct pvops_verdict verdict;

	printf("machine  %s (%s: %s)\n", report->machine->name, report->machine->kind,
	       report->machine->source);
	printf("boot     %s, hypervisor bit %s\n", machine_boot_names[report->machine->boot],
	       report->probe.hypervisor_bit ? "set" : "clear");
	for (u32 i = 0; i < report->probe.nr_matches; i++) {
		const struct pvops_match *match = report->probe.matches + i;

		printf("face     %08x  %.*s, leaves to %08x\n", match->base, signature_len(match),
		       match->signature, match->max);
	}
	for (const struct pvops_backend *const *at = report->first; at < report->last; at++)
		if (asked(report, *at, &verdict) && verdict.score)
			printf("can run  %-10s score %08x, %s: %s\n", (*at)->name, verdict.score,
			       role_name(verdict.role), verdict.reason);
	print_skipped(report->log);
	printf("clock    %s (by CPUID alone)\n",
	       report->clock_found ? report->clock.reason : "to be measured, or the host's");
	if (report->backend)
		printf("choice   %s, role %s: %s\n", report->backend->name,
		       role_name(report->verdict.role), report->verdict.reason);
	else
		printf("choice   none\n");
}

static void json_string(const char *text, int len)
{
	putchar('"');
	for (int i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c > '~')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void json_field(const char *name, const char *text)
{
	printf("\"%s\": ", name);
	json_string(text, (int)strlen(text));
}

static void json_clock(const struct report *report)
{
	const char *comma = "";

	printf(" \"clock\": {\"facts\": [");
	for (unsigned int i = 0; i < NR_FACTS; i++) {
		if (!(report->facts.has & fact_names[i].fact))
			continue;
		printf("%s\"%s\"", comma, fact_names[i].name);
		comma = ", ";
	}
	printf("], \"khz\": {");
	comma = "";
	for (int by = 0; by < PVOPS_NR_KHZ; by++) {
		if (!report->facts.khz[by])
			continue;
		printf("%s\"%s\": %u", comma, pvops_clock_khz_name((enum pvops_khz)by),
		       report->facts.khz[by]);
		comma = ", ";
	}
	printf("}, ");
	if (report->clock_found)
		json_field("choice", report->clock.reason);
	else
		printf("\"choice\": null");
	puts("},");
}

static void json_log(const char *log)
{
	const char *comma = "", *end;

	printf(" \"log\": [");
	for (; *log; log = end + 1) {
		end = strchr(log, '\n');
		printf("%s\n  ", comma);
		json_string(log, (int)(end - log));
		comma = ",";
	}
	puts("],");
}

void print_json(const struct report *report)
{
	const char *comma = "";
	struct pvops_verdict verdict;

	printf("{");
	json_field("machine", report->machine->name);
	printf(", ");
	json_field("kind", report->machine->kind);
	printf(", ");
	json_field("source", report->machine->source);
	printf(",\n ");
	json_field("boot", machine_boot_names[report->machine->boot]);
	printf(", \"hypervisor_bit\": %s,\n \"matches\": [",
	       report->probe.hypervisor_bit ? "true" : "false");
	for (u32 i = 0; i < report->probe.nr_matches; i++) {
		const struct pvops_match *match = report->probe.matches + i;

		printf("%s\n  {\"base\": \"%08x\", \"max\": \"%08x\", \"signature\": ", comma,
		       match->base, match->max);
		json_string(match->signature, signature_len(match));
		printf("}");
		comma = ",";
	}
	printf("],\n \"backends\": [");
	comma = "";
	for (const struct pvops_backend *const *at = report->first; at < report->last; at++) {
		if (!asked(report, *at, &verdict))
			continue;
		printf("%s\n  {", comma);
		json_field("name", (*at)->name);
		printf(", \"score\": %u, \"role\": \"%s\", ", verdict.score,
		       role_name(verdict.role));
		json_field("reason", verdict.reason);
		printf("}");
		comma = ",";
	}
	puts("],");
	json_clock(report);
	json_log(report->log);
	if (report->backend) {
		printf(" ");
		json_field("choice", report->backend->name);
		printf(", \"role\": \"%s\", ", role_name(report->verdict.role));
		json_field("reason", report->verdict.reason);
		puts("}");
	} else {
		puts(" \"choice\": null}");
	}
}
