// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * From the entry stub to the kernel: the loader's information, checked.
 */
#include <pvops/text.h>
#include "core.h"

/* The one and only; the stack of the boot is too small a place for it. */
static struct pvops_boot boot;

void pvops_boot_enter(const struct pvops_boot_proto *proto, const void *info)
{
	const char *why;

	boot.proto = proto;
	boot.info = info;
	pvops_state.boot = &boot;
	why = proto->parse(&boot);
	if (why)
		pvops_panic("boot %s: %s", proto->name, why);
	pvops_guest_main(&boot);
}

/* Length of the match if the word at @word begins with @name, else 0. */
static size_t match(const char *word, const char *name)
{
	size_t n = 0;

	while (name[n] && word[n] == name[n])
		n++;
	if (name[n])
		return 0;
	/* "nopv" is a whole word; "pvops=" takes the rest of it. */
	return name[n - 1] == '=' || !word[n] || word[n] == ' ' ? n : 0;
}

bool pvops_boot_option(const char *cmdline, const char *name, char *value, size_t size)
{
	size_t len = 0, n;

	if (!*name)
		return false;
	for (const char *word = cmdline; *word; word += !!*word) {
		n = match(word, name);
		if (n) {
			for (word += n; *word && *word != ' ' && len + 1 < size; word++)
				value[len++] = *word;
			if (size)
				value[len] = '\0';
			return true;
		}
		while (*word && *word != ' ')
			word++;
	}
	return false;
}

bool pvops_boot_wish(const char *cmdline, char *name, size_t size)
{
	char words[64], *word = words;
	bool more = pvops_boot_option(cmdline, "pvops=", words, sizeof(words)), debug = false;

	*name = '\0';
	while (more) {
		char *end = word;

		while (*end && *end != ',')
			end++;
		more = *end;
		*end = '\0';
		if (pvops_text_equal(word, "debug"))
			debug = true;
		else if (!*name)
			pvops_snprintf(name, size, "%s", word);
		word = end + 1;
	}
	return debug;
}
