// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A suppressions file: lines of four fields with tabs between them, shell patterns in the first
 * three, @(one|other) too: what, function, file, reason. `#` begins a comment.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include "suppress.h"

/* The next field; tabs may be several. NULL if there is none. */
static char *field(char **rest)
{
	char *start = *rest + strspn(*rest, "\t");
	size_t len = strcspn(start, "\t");

	if (!len)
		return NULL;
	*rest = start + len + (start[len] == '\t');
	start[len] = '\0';
	return start;
}

static bool read_line(struct suppressions *list, const char *path, u32 number, char *line)
{
	struct suppression row = { .path = path, .line = number };
	char *rest = line;

	line[strcspn(line, "\n")] = '\0';
	if (!line[0] || line[0] == '#')
		return true;
	row.what = field(&rest);
	row.function = row.what ? field(&rest) : NULL;
	row.file = row.function ? field(&rest) : NULL;
	row.reason = row.file ? field(&rest) : NULL;
	if (!row.reason || field(&rest)) {
		fprintf(stderr, "pvaudit: %s:%u: not 'what, function, file, reason' with tabs\n",
			path, number);
		return false;
	}
	row.what = strdup(row.what);
	row.function = strdup(row.function);
	row.file = strdup(row.file);
	row.reason = strdup(row.reason);
	list->rows = image_grow(list->rows, list->count, sizeof(*list->rows));
	list->rows[list->count++] = row;
	return true;
}

bool suppress_read(struct suppressions *list, const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	bool good = true;

	if (!file) {
		fprintf(stderr, "pvaudit: %s: %s\n", path, strerror(errno));
		return false;
	}
	for (u32 number = 1; good && getline(&line, &size, file) > 0; number++)
		good = read_line(list, path, number, line);
	if (ferror(file)) {
		fprintf(stderr, "pvaudit: %s: %s\n", path, strerror(errno));
		good = false;
	}
	free(line);
	fclose(file);
	return good;
}

void suppress_free(struct suppressions *list)
{
	for (u32 i = 0; i < list->count; i++) {
		free(list->rows[i].what);
		free(list->rows[i].function);
		free(list->rows[i].file);
		free(list->rows[i].reason);
	}
	free(list->rows);
}

/* The end of a path is enough. */
static bool fits_file(const char *pattern, const char *file)
{
	if (!strcmp(pattern, "*"))
		return true;
	for (; file; file = strchr(file, '/') ? strchr(file, '/') + 1 : NULL)
		if (!fnmatch(pattern, file, FNM_PATHNAME | FNM_EXTMATCH))
			return true;
	return false;
}

static bool fits(const struct suppression *row, const struct finding *finding)
{
	/* A pattern is for instructions; a defect must be called by its name. */
	bool what = finding->row ? !fnmatch(row->what, finding->row->name, FNM_EXTMATCH)
				 : !strcmp(row->what, audit_rule(finding->rule, NULL));

	return what &&
	       !fnmatch(row->function, finding->function ? finding->function : "", FNM_EXTMATCH) &&
	       fits_file(row->file, finding->file);
}

void suppress_findings(struct suppressions *list, struct audit *audit)
{
	for (u32 i = 0; i < audit->nr_findings; i++)
		for (u32 n = 0; n < list->count; n++)
			if (fits(list->rows + n, audit->findings + i)) {
				list->rows[n].used++;
				audit->findings[i].reason = list->rows[n].reason;
				break;
			}
}
