// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * pvaudit: what a kernel image does past its ops. Exit status: 0 nothing was found, 1 something,
 * 2 the image cannot be looked at.
 */
#include <stdlib.h>
#include <string.h>
#include "note.h"
#include "options.h"
#include "print.h"

static const char usage[] =
"usage: pvaudit [OPTION]... IMAGE\n"
"Find sensitive instructions outside of patch sites, and defects of sites, in a kernel image.\n"
"\n"
"  --host LIST          count an instruction if it differs there: pv, umip, svm, vtx, hvm,\n"
"                       confidential, all (default)\n"
"  --suppressions FILE  findings that are meant, with reasons; may be given several times\n"
"  --sites              print every site, too\n"
"  --brief              findings by kind, not one by one\n"
"  --quiet              the summary alone\n"
"  --json               all of it, for programs\n"
"  --sarif              SARIF 2.1.0, for code-scanning views\n"
"  --strict             unused suppressions, findings that nothing leads to and bytes that are\n"
"                       not understood are failures, too\n"
"  --no-symbols         as if the image had been stripped\n"
"  --note               print the image's pvops note and nothing else\n"
"  --needs LIST         with --note: refuse an image that needs another op family or lacks a\n"
"                       backend: words family:NAME, backend:NAME, abi:NUMBER\n"
"  --list               print the list of sensitive instructions and nothing else\n"
"  --help               this\n"
"\n"
"Exit status: 0 no findings, 1 findings, 2 trouble.\n";

enum {
	OPT_HOST = 256, OPT_SUPPRESSIONS, OPT_SITES, OPT_BRIEF, OPT_QUIET, OPT_JSON, OPT_SARIF,
	OPT_STRICT, OPT_NO_SYMBOLS, OPT_NOTE, OPT_NEEDS, OPT_LIST, OPT_HELP,
};

static const struct option options[] = {
	{ "host", required_argument, NULL, OPT_HOST },
	{ "suppressions", required_argument, NULL, OPT_SUPPRESSIONS },
	{ "sites", no_argument, NULL, OPT_SITES },
	{ "brief", no_argument, NULL, OPT_BRIEF },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "sarif", no_argument, NULL, OPT_SARIF },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "no-symbols", no_argument, NULL, OPT_NO_SYMBOLS },
	{ "note", no_argument, NULL, OPT_NOTE },
	{ "needs", required_argument, NULL, OPT_NEEDS },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "help", no_argument, NULL, OPT_HELP },
	{ },
};

/* What would be left out. --list is of no image, and has no other form. */
static const struct option_clash clashes[] = {
	{ OPTION_BIT(OPT_LIST), ~OPTION_BIT(OPT_LIST) },
	{ OPTION_BIT(OPT_NOTE), OPTION_BIT(OPT_JSON) | OPTION_BIT(OPT_SARIF) |
		OPTION_BIT(OPT_HOST) | OPTION_BIT(OPT_SUPPRESSIONS) | OPTION_BIT(OPT_SITES) |
		OPTION_BIT(OPT_BRIEF) | OPTION_BIT(OPT_QUIET) | OPTION_BIT(OPT_STRICT) },
	{ OPTION_BIT(OPT_JSON), OPTION_BIT(OPT_SARIF) | OPTION_BIT(OPT_BRIEF) |
		OPTION_BIT(OPT_QUIET) },
	{ OPTION_BIT(OPT_SARIF), OPTION_BIT(OPT_SITES) | OPTION_BIT(OPT_BRIEF) |
		OPTION_BIT(OPT_QUIET) },
	{ OPTION_BIT(OPT_BRIEF), OPTION_BIT(OPT_QUIET) },
	{ },
};

/** struct settings - the command line. */
struct settings {
	u32 hosts;
	struct suppressions suppressions;
	struct image_options image;
	struct report report;
	void (*print)(const struct report *report);
	bool strict, note;
	const char *needs;
	const char *path;
};

static void print_list(void)
{
	u32 count;
	const struct sensitive *rows = sensitive_rows(&count);

	for (u32 i = 0; i < count; i++)
		printf("%s\t%s\t%s\t%s\t%s\n", rows[i].name, rows[i].classes, rows[i].effects,
		       rows[i].op[0] ? rows[i].op : "-", rows[i].failure);
}

static void trouble(const char *why)
{
	fprintf(stderr, "pvaudit: %s\n", why);
	exit(2);
}

static void take(struct settings *settings, int option)
{
	switch (option) {
	case OPT_HOST:
		settings->hosts = sensitive_hosts(optarg);
		if (!settings->hosts)
			trouble("--host: words are pv umip svm vtx hvm confidential all");
		break;
	case OPT_SUPPRESSIONS:
		if (!suppress_read(&settings->suppressions, optarg))
			exit(2);
		break;
	case OPT_SITES:
		settings->report.sites = true;
		break;
	case OPT_BRIEF:
		settings->report.brief = true;
		break;
	case OPT_QUIET:
		settings->report.quiet = true;
		break;
	case OPT_JSON:
		settings->print = print_json;
		break;
	case OPT_SARIF:
		settings->print = print_sarif;
		break;
	case OPT_STRICT:
		settings->strict = true;
		break;
	case OPT_NO_SYMBOLS:
		settings->image.no_symbols = true;
		break;
	case OPT_NOTE:
		settings->note = true;
		break;
	case OPT_NEEDS:
		settings->needs = optarg;
		break;
	case OPT_LIST:
		break;
	case OPT_HELP:
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		exit(2);
	}
}

static void read_settings(struct settings *settings, int argc, char **argv)
{
	u32 given = 0;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (option != OPT_SUPPRESSIONS &&
		    options_twice("pvaudit", options, given, option))
			exit(2);
		take(settings, option);
		given |= OPTION_BIT(option);
	}
	if (options_clash("pvaudit", options, given, clashes))
		exit(2);
	if (given & OPTION_BIT(OPT_LIST) && optind == argc) {
		print_list();
		exit(0);
	}
	if (given & OPTION_BIT(OPT_LIST))
		trouble("--list: of no image");
	if (optind != argc - 1)
		trouble("one image, please; --help says more");
	if (settings->needs && !settings->note)
		trouble("--needs goes with --note");
	settings->path = argv[optind];
}

static int run(struct settings *settings, const struct image *image)
{
	struct audit audit = { .image = image, .hosts = settings->hosts };
	int status;

	audit.code = code_find(image);
	audit.native = native_find(audit.code);
	audit.source = settings->image.no_symbols ? NULL : source_open(image);
	audit_sites(&audit);
	audit_jumps(&audit);
	audit_early(&audit);
	audit_calls(&audit);
	audit_instructions(&audit);
	audit_waits(&audit);
	suppress_findings(&settings->suppressions, &audit);
	settings->report.audit = &audit;
	settings->report.suppressions = &settings->suppressions;
	settings->print(&settings->report);
	status = audit_counts(&audit) > 0 || (settings->strict && audit.code->nr_unknown);
	for (u32 i = 0; settings->strict && i < settings->suppressions.count; i++)
		status |= !settings->suppressions.rows[i].used;
	for (u32 i = 0; settings->strict && i < audit.nr_findings; i++)
		status |= audit.findings[i].loose && !audit.findings[i].reason;
	source_close(audit.source);
	native_free(audit.native);
	code_free(audit.code);
	free(audit.findings);
	free(audit.native_insns);
	return status;
}

int main(int argc, char **argv)
{
	struct settings settings = {
		.hosts = (1 << NR_HOSTS) - 1, .print = print_text, .image.objects = true,
	};
	struct image_error error;
	struct image *image;
	int status;

	read_settings(&settings, argc, argv);
	image = image_open(settings.path, &settings.image, &error);
	if (!image) {
		fprintf(stderr, "pvaudit: %s: %s\n", settings.path, error.text);
		suppress_free(&settings.suppressions);
		return 2;
	}
	status = settings.note ? note_print(image, settings.needs) : run(&settings, image);
	image_close(image);
	suppress_free(&settings.suppressions);
	return status;
}
