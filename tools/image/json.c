// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Text as JSON has it. */
#include "json.h"

void json_text(FILE *file, const char *text)
{
	putc('"', file);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		/* A page's script would end at "</script". */
		if (c == '"' || c == '\\')
			fprintf(file, "\\%c", c);
		else if (c < ' ' || c >= 0x7f || c == '<')
			fprintf(file, "\\u%04x", c);
		else
			putc(c, file);
	}
	putc('"', file);
}
