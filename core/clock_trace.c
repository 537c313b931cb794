// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* `pvops=debug`: how the choice of a clock came about. */
#include <pvops/clock.h>
#include "core.h"

static const char *name_of(u32 bit)
{
	static const char *const names[32] = {
#define FACT_NAME(name, bit, text) [bit] = text,
		PVOPS_CLOCK_FACTS(FACT_NAME)
#undef FACT_NAME
	};

	return bit < PVOPS_NR_KHZ ? pvops_clock_khz_name((enum pvops_khz)bit) :
	       names[bit] ? names[bit] : "?";
}

/* "tsc, invariant, frequency by the host" */
static void list(char *buf, size_t size, u32 facts)
{
	size_t at = 0;

	buf[0] = '\0';
	for (u32 bit = 0; bit < 32; bit++) {
		int len;

		if (!(facts & 1U << bit))
			continue;
		len = pvops_snprintf(buf + at, size - at, "%s%s%s", at ? ", " : "",
				     bit < PVOPS_NR_KHZ ? "frequency " : "", name_of(bit));
		if (len < 0 || (size_t)len >= size - at)
			return;
		at += (size_t)len;
	}
}

static void say_left_out(const struct pvops_clock_row *row, u32 has)
{
	char text[160];

	if (row->all & ~has) {
		list(text, sizeof(text), row->all & ~has);
		pvops_log("debug: clock: not %s (%s): not there: %s", row->name, row->why, text);
	} else if (row->none & has) {
		list(text, sizeof(text), row->none & has);
		pvops_log("debug: clock: not %s (%s): because of %s", row->name, row->why, text);
	} else {
		list(text, sizeof(text), row->any);
		pvops_log("debug: clock: not %s (%s): none of %s", row->name, row->why, text);
	}
}

void pvops_clock_trace(void)
{
	const struct pvops_clock_offered *offer;

	for (u32 nr = 0; (offer = pvops_clock_offered(nr)); nr++) {
		const struct pvops_clock_row *row = pvops_clock_rows;
		struct pvops_clock_choice choice;
		char text[160];

		list(text, sizeof(text), offer->facts.has);
		pvops_log("debug: clock: %s has %s", offer->owner, text);
		pvops_clock_choose(&offer->facts, &choice);
		for (; row->name && row != choice.row; row++)
			say_left_out(row, offer->facts.has);
		pvops_log("debug: clock: %s would take %s; %s", offer->owner, choice.reason,
			  offer->stands ? "better than what was offered before" : "no better");
	}
}
