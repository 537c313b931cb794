// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Text as JSON has it. */
#include "json.h"

/* How many bytes of UTF-8 the text begins with, of a character beyond ASCII; 0 for others. */
static unsigned int utf8_length(const char *text)
{
	unsigned char first = (unsigned char)text[0];
	unsigned int len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	unsigned int value = first & (0x7fU >> len);

	if (first < 0xc2 || first > 0xf4)
		return 0;
	for (unsigned int i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | ((unsigned int)text[i] & 0x3f);
	}
	/* Written longer than needed, halves of pairs, and what is beyond the last. */
	if ((len == 3 && value < 0x800) || (len == 4 && (value < 0x10000 || value > 0x10ffff)) ||
	    (value >= 0xd800 && value < 0xe000))
		return 0;
	return len;
}

void json_text(FILE *file, const char *text)
{
	putc('"', file);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		unsigned int len = utf8_length(text);

		if (len) {
			fwrite(text, 1, len, file);
			text += len - 1;
			continue;
		}
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
