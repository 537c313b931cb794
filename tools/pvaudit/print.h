/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What was found, for people, for programs, and for code-scanning views. */
#ifndef PVAUDIT_PRINT_H
#define PVAUDIT_PRINT_H

#include "audit.h"
#include "suppress.h"

/**
 * struct report - what to print.
 * @sites: each site, too
 * @brief: findings by rule and instruction, not one by one
 * @quiet: nothing but the summary
 */
struct report {
	const struct audit *audit;
	const struct suppressions *suppressions;
	bool sites, brief, quiet;
};

void print_text(const struct report *report);
void print_json(const struct report *report);
void print_sarif(const struct report *report);

/** print_effects() - "pv64: #GP, tdx: #VC or #VE": where it differs, of @hosts; returns @text. */
const char *print_effects(const struct audit *audit, const struct sensitive *row, char *text,
			  size_t size);

/** print_message() - a finding in one sentence; returns @text. */
const char *print_message(const struct audit *audit, const struct finding *finding, char *text,
			  size_t size);

#endif /* PVAUDIT_PRINT_H */
