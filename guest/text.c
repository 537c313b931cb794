// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * `text` on the command line: the text as it is executed, once it has been patched, for who has
 * said before what it would be (pvexplain). Lines of "guest: text ADDRESS BYTES", in hexadecimal.
 */
#include <pvops/pvops.h>
#include "guest.h"
#include "text.h"

#define A_LINE	64	/* bytes */

extern const u8 pvops_text_start[], pvops_text_end[];

static char digit(u8 value)
{
	return "0123456789abcdef"[value & 15];
}

void text_by_cmdline(const char *cmdline)
{
	char line[2 * A_LINE + 1];
	const u8 *at = pvops_text_start;

	if (!pvops_boot_option(cmdline, "text", NULL, 0))
		return;
	while (at < pvops_text_end) {
		const u8 *from = at;
		u32 n = 0;

		for (; at < pvops_text_end && n < 2 * A_LINE; at++) {
			line[n++] = digit(*at >> 4);
			line[n++] = digit(*at);
		}
		line[n] = '\0';
		kprintf("guest: text %lx %s\n", (unsigned long)from, line);
	}
}
