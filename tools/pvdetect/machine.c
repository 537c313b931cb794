// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Files of machines. Header lines are `key: text`, then lines of six hexadecimal words: leaf,
 * subleaf, eax, ebx, ecx, edx. `#` begins a comment.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "machine.h"

#define LINE	512

struct reader {
	const char *path;
	unsigned int line;
	char *error;
	size_t size;
};

__attribute__((format(printf, 2, 3)))
static bool complain(struct reader *reader, const char *fmt, ...)
{
	va_list args;
	int len;

	if (reader->line)
		len = snprintf(reader->error, reader->size, "%s:%u: ", reader->path, reader->line);
	else
		len = snprintf(reader->error, reader->size, "%s: ", reader->path);
	if (len < 0 || (size_t)len >= reader->size)
		return false;
	va_start(args, fmt);
	vsnprintf(reader->error + len, reader->size - (size_t)len, fmt, args);
	va_end(args);
	return false;
}

const char *const machine_boot_names[MACHINE_NR_BOOT] = {
	[MACHINE_HARDWARE] = "hardware",
	[MACHINE_PVH] = "pvh",
	[MACHINE_PVH_DOM0] = "pvh-dom0",
	[MACHINE_XEN_PV] = "xen-pv",
	[MACHINE_XEN_PV_DOM0] = "xen-pv-dom0",
};

static bool set_boot(struct machine *machine, const char *text)
{
	for (unsigned int i = 0; i < MACHINE_NR_BOOT; i++) {
		if (strcmp(text, machine_boot_names[i]))
			continue;
		machine->boot = (enum machine_boot)i;
		return true;
	}
	return false;
}

static bool set_text(struct reader *reader, char *field, const char *text)
{
	if (*field)
		return complain(reader, "said twice");
	if (!*text || strlen(text) >= MACHINE_TEXT)
		return complain(reader, "text is empty or too long");
	strcpy(field, text);
	return true;
}

static bool read_header(struct reader *reader, struct machine *machine, char *line)
{
	char *text = strchr(line, ':');

	*text++ = '\0';
	text += strspn(text, " \t");
	if (machine->nr)
		return complain(reader, "header line behind the leaves");
	if (!strcmp(line, "name"))
		return set_text(reader, machine->name, text);
	if (!strcmp(line, "source"))
		return set_text(reader, machine->source, text);
	if (!strcmp(line, "kind")) {
		if (strcmp(text, "recorded") && strcmp(text, "synthetic") && strcmp(text, "mixed"))
			return complain(reader, "kind is recorded, synthetic or mixed");
		return set_text(reader, machine->kind, text);
	}
	if (!strcmp(line, "boot"))
		return set_boot(machine, text) ||
		       complain(reader, "boot is hardware, pvh, pvh-dom0, xen-pv or "
						"xen-pv-dom0");
	return complain(reader, "no such header line");
}

/* One word of up to eight hexadecimal digits, with blanks in front; NULL if it is not. */
static const char *read_word(const char *text, u32 *word)
{
	u64 value = 0;
	int digits = 0;

	text += strspn(text, " \t");
	for (; isxdigit((unsigned char)*text) && digits < 9; digits++) {
		int c = tolower((unsigned char)*text++);

		value = value << 4 | (u64)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*word = (u32)value;
	return digits && digits < 9 && (!*text || *text == ' ' || *text == '\t') ? text : NULL;
}

static bool read_leaf(struct reader *reader, struct machine *machine, const char *line)
{
	struct machine_leaf *leaf = machine->leaves + machine->nr;
	u32 words[6];

	for (int i = 0; i < 6; i++) {
		line = read_word(line, words + i);
		if (!line)
			return complain(reader, "six hexadecimal words wanted: "
					"leaf subleaf eax ebx ecx edx");
	}
	if (line[strspn(line, " \t")])
		return complain(reader, "more than six words");
	if (machine->nr == MACHINE_LEAVES)
		return complain(reader, "more than %d leaves", MACHINE_LEAVES);
	leaf->leaf = words[0];
	leaf->sub = words[1];
	memcpy(leaf->regs, words + 2, sizeof(leaf->regs));
	for (size_t i = 0; i < machine->nr; i++)
		if (machine->leaves[i].leaf == leaf->leaf && machine->leaves[i].sub == leaf->sub)
			return complain(reader, "leaf %08x %08x is there twice", leaf->leaf,
					leaf->sub);
	machine->nr++;
	return true;
}

static const struct machine_leaf *find(const struct machine *machine, u32 leaf, u32 sub)
{
	for (size_t i = 0; i < machine->nr; i++)
		if (machine->leaves[i].leaf == leaf && machine->leaves[i].sub == sub)
			return machine->leaves + i;
	return NULL;
}

static bool read_lines(struct reader *reader, struct machine *machine, FILE *file)
{
	char line[LINE];

	while (fgets(line, sizeof(line), file)) {
		size_t len = strlen(line);

		reader->line++;
		if (!len || (line[len - 1] != '\n' && !feof(file)))
			return complain(reader, "line too long, or not text");
		while (len && isspace((unsigned char)line[len - 1]))
			line[--len] = '\0';
		for (size_t i = 0; i < len; i++)
			if (!isprint((unsigned char)line[i]) && line[i] != '\t')
				return complain(reader, "not text");
		if (!len || *line == '#')
			continue;
		if (strchr(line, ':') ? !read_header(reader, machine, line) :
		    !read_leaf(reader, machine, line))
			return false;
	}
	reader->line = 0;
	if (ferror(file))
		return complain(reader, "%s", strerror(errno));
	if (!*machine->name || !*machine->source || !*machine->kind)
		return complain(reader, "header needs name, source and kind");
	if (!find(machine, 0, 0) || !find(machine, 1, 0))
		return complain(reader, "leaves 0 and 1 are missing");
	return true;
}

bool machine_read(const char *path, struct machine *machine, char *error, size_t size)
{
	struct reader reader = { .path = path, .error = error, .size = size };
	FILE *file = fopen(path, "r");
	bool good;

	memset(machine, 0, sizeof(*machine));
	if (!file)
		return complain(&reader, "%s", strerror(errno));
	good = read_lines(&reader, machine, file);
	fclose(file);
	return good;
}

void machine_cpuid(const struct machine *machine, u32 regs[4])
{
	u32 leaf = regs[0], sub = regs[2];
	const struct machine_leaf *found;

	if (machine->live) {
		if (machine->boot == MACHINE_HARDWARE)
			asm volatile("cpuid" : "+a"(regs[0]), "=b"(regs[1]), "+c"(regs[2]),
				     "=d"(regs[3]));
		else
			asm volatile("ud2; .ascii \"xen\"; cpuid" : "+a"(regs[0]), "=b"(regs[1]),
				     "+c"(regs[2]), "=d"(regs[3]));
		return;
	}
	memset(regs, 0, 4 * sizeof(*regs));
	found = find(machine, leaf, sub);
	/* Most leaves have no subleaves and do not look at ecx. */
	if (!found && !find(machine, leaf, 1) && !find(machine, leaf, 2))
		found = find(machine, leaf, 0);
	if (found)
		memcpy(regs, found->regs, sizeof(found->regs));
}
