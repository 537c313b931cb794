// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Forms as a running kernel says them: the guest's console, with `forms` on its command line.
 *
 *	pvops: backend NAME (...)
 *	guest: form-at OP KIND FLAGS FUNC CODE END RELOC	one an op; numbers in hexadecimal
 *
 * The backend is NAME@running then, beside the one that the file has.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "explain.h"

#define LINE	400

/* The name, if the line is the one that says it. */
static char *backend_name(const char *line)
{
	static const char before[] = "pvops: backend ";
	const char *name = strstr(line, before), *end;

	if (!name)
		return NULL;
	name += strlen(before);
	end = strchr(name, ' ');
	/* "backend X can run" and others have no bracket there. */
	return end && end[1] == '(' ? strndup(name, (size_t)(end - name)) : NULL;
}

static u32 op_named(const struct image *image, const char *name)
{
	u32 op = 0;

	while (op < image->nr_ops && strcmp(image->ops[op].name, name))
		op++;
	return op;
}

static bool take_form(const struct world *world, struct backend *backend, const char *text)
{
	unsigned long long func, code, end, reloc;
	unsigned int kind, flags;
	char name[64];
	u32 op;

	if (sscanf(text, "%63s %x %x %llx %llx %llx %llx", name, &kind, &flags, &func, &code, &end,
		   &reloc) != 7)
		return false;
	op = op_named(world->image, name);
	if (op == world->image->nr_ops || kind >= PVOPS_NR_FORMS)
		return false;
	backend->forms[op] = forms_check(world, func, code, end, reloc, kind, flags);
	backend->own[op] = true;
	return true;
}

struct backend *forms_said(struct world *world, const char *path, struct image_error *error)
{
	static const char before[] = "guest: form-at ", suffix[] = "@running";
	FILE *file = fopen(path, "r");
	struct backend *backend = NULL;
	char line[LINE], *name = NULL, *said;
	u32 nr = 0;

	if (!file) {
		image_fail(error, "%s: %s", path, strerror(errno));
		return NULL;
	}
	while (fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, before);

		if (!name)
			name = backend_name(line);
		if (!at)
			continue;
		if (!backend)
			backend = forms_add(world, "?");
		if (!take_form(world, backend, at + strlen(before))) {
			backend = NULL;
			break;
		}
		nr++;
	}
	fclose(file);
	if (!backend || !name || nr != world->image->nr_ops) {
		image_fail(error, "%s: not the forms of this image: %u lines that say one, %u ops",
			   path, nr, world->image->nr_ops);
		free(name);
		return NULL;
	}
	said = image_alloc(strlen(name) + sizeof(suffix), 1);
	sprintf(said, "%s%s", name, suffix);
	free(name);
	backend->name = said;
	return backend;
}
