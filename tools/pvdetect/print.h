/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The findings, for people and for programs. */
#ifndef PVDETECT_PRINT_H
#define PVDETECT_PRINT_H

#include <pvops/clock.h>
#include "machine.h"

/**
 * struct report - all findings.
 * @machine: on which
 * @probe: core's
 * @first, @last: the backends there are
 * @backend: the choice or NULL
 * @verdict: of the choice
 * @facts: of clocks, from CPUID alone
 * @clock: what would be chosen by these
 * @clock_found: whether one would
 * @log: what core said
 */
struct report {
	const struct machine *machine;
	struct pvops_probe probe;
	const struct pvops_backend *const *first, *const *last;
	const struct pvops_backend *backend;
	struct pvops_verdict verdict;
	struct pvops_clock_facts facts;
	struct pvops_clock_choice clock;
	bool clock_found;
	char log[16384];
};

void print_text(const struct report *report);
void print_json(const struct report *report);

#endif /* PVDETECT_PRINT_H */
