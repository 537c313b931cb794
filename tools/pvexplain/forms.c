// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The backends of an image and their forms, as they are in the file. */
#include <stdlib.h>
#include <string.h>
#include <pvops/backend.h>
#include "explain.h"

/* struct pvops_form and struct pvops_backend as an image of either width has them. */
struct layout {
	u32 word, form, name, nr_ops, base, forms;
};

static const struct layout wide_layout = { 8, 40, 8, 16, 24, 32 };
static const struct layout narrow_layout = { 4, 20, 8, 12, 16, 20 };

static const struct layout *layout_of(const struct image *image)
{
	return image->wide ? &wide_layout : &narrow_layout;
}

struct pvops_form forms_check(const struct world *world, u64 func, u64 code, u64 end, u64 reloc,
			      u32 kind, u32 flags)
{
	struct pvops_form form = { .kind = (u8)kind, .flags = (u8)flags };

	form.func = world_pointer(world, func);
	/* What has no bytes in the file is no template: the engine says so of NULL. */
	if (kind == PVOPS_FORM_INLINE && end >= code && code >= world->start &&
	    end - world->start <= world->span && image_at(world->image, code, end - code) &&
	    (!reloc || (reloc >= code && reloc <= end))) {
		form.code = world_pointer(world, code);
		form.end = world_pointer(world, end);
		form.reloc = world_pointer(world, reloc);
	}
	return form;
}

static bool read_form(const struct world *world, u64 addr, struct pvops_form *form)
{
	u32 word = layout_of(world->image)->word;
	u64 pointers[4], kind, flags;

	for (u32 i = 0; i < 4; i++)
		if (!image_word(world->image, addr + i * word, word, pointers + i))
			return false;
	if (!image_word(world->image, addr + 4 * word, 1, &kind) ||
	    !image_word(world->image, addr + 4 * word + 1, 1, &flags))
		return false;
	*form = forms_check(world, pointers[0], pointers[1], pointers[2], pointers[3], (u32)kind,
			    (u32)flags);
	return true;
}

struct backend *forms_add(struct world *world, const char *name)
{
	struct backend *backend;

	world->backends = image_grow(world->backends, world->nr_backends, sizeof(*backend));
	backend = world->backends + world->nr_backends++;
	*backend = (struct backend) {
		.name = name,
		.forms = image_alloc(world->image->nr_ops, sizeof(*backend->forms)),
		.own = image_alloc(world->image->nr_ops, sizeof(bool)),
	};
	return backend;
}

/* What of a table is not empty; where nothing is in the file, all is. */
static bool add_forms(const struct world *world, struct backend *backend, u64 addr)
{
	const struct image_area *area = image_area_at(world->image, addr);
	struct pvops_form form;

	if (!area)
		return false;
	backend->at_boot |= area->write;
	for (u32 op = 0; op < world->image->nr_ops && area->data; op++) {
		if (!read_form(world, addr + op * layout_of(world->image)->form, &form))
			return false;
		if (form.kind == PVOPS_FORM_EMPTY)
			continue;
		backend->forms[op] = form;
		backend->own[op] = true;
	}
	return true;
}

struct backend *forms_named(const struct world *world, const char *name)
{
	for (u32 i = 0; i < world->nr_backends; i++)
		if (!strcmp(world->backends[i].name, name))
			return world->backends + i;
	return NULL;
}

static bool read_backend(struct world *world, u64 addr)
{
	const struct layout *layout = layout_of(world->image);
	const struct image *image = world->image;
	u64 abi, name, nr_ops, base_at, forms;
	struct backend *backend;
	const char *text, *base;
	char *name_on;

	if (!image_word(image, addr, 4, &abi) || abi != PVOPS_BACKEND_ABI ||
	    !image_pointer(image, addr + layout->name, &name) ||
	    !image_word(image, addr + layout->nr_ops, 4, &nr_ops) || nr_ops != image->nr_ops ||
	    !image_pointer(image, addr + layout->base, &base_at) ||
	    !image_pointer(image, addr + layout->forms, &forms))
		return false;
	text = image_text(image, name);
	base = base_at ? image_text(image, base_at) : NULL;
	if (!text || (base_at && !base))
		return false;
	/* There may be one of each base by the same name. */
	if (base && forms_named(world, text) && asprintf(&name_on, "%s@%s", text, base) > 0)
		text = name_on;
	backend = forms_add(world, text);
	backend->base = base;
	return add_forms(world, backend, forms);
}

/* The linker set: backends as core finds them. */
static bool read_registered(struct world *world, u64 first, u64 last, struct image_error *error)
{
	u32 word = layout_of(world->image)->word;
	u64 nr = (last - first) / word, addr;

	if (!nr)
		return image_fail(error, "its list of backends is empty");
	for (u64 i = 0; i < nr; i++)
		if (!image_pointer(world->image, first + i * word, &addr) ||
		    !read_backend(world, addr))
			return image_fail(error, "backend %llu of its list makes no sense, or is "
					  "of another ABI", i);
	return true;
}

/* "xen_cpu_forms" is a table of "xen"; NULL for what is none. */
static char *owner(const struct image *image, const struct image_symbol *symbol)
{
	u64 size = (u64)image->nr_ops * layout_of(image)->form;
	size_t len = strlen(symbol->name);

	if (symbol->size != size || len < 7 || strcmp(symbol->name + len - 6, "_forms"))
		return NULL;
	return strndup(symbol->name, strcspn(symbol->name, "_"));
}

/* Linux has no such list: what bare hardware does, and tables that are laid over it. */
static bool read_tables(struct world *world, u64 native, struct image_error *error)
{
	const struct image *image = world->image;
	struct backend *base = forms_add(world, "native");

	if (!add_forms(world, base, native))
		return image_fail(error, "pvops_forms is no table of forms");
	for (u32 i = 0; i < image->nr_symbols; i++) {
		const struct image_symbol *symbol = image->symbols + i;
		char *name = owner(image, symbol);
		struct backend *backend;

		if (!name || symbol->addr == native) {
			free(name);
			continue;
		}
		backend = forms_named(world, name);
		if (backend)
			free(name);
		else
			backend = forms_add(world, name);
		/* It is laid over a table that is written, and single slots are afterwards. */
		backend->at_boot = true;
		if (!add_forms(world, backend, symbol->addr))
			return image_fail(error, "%s is no table of forms", symbol->name);
	}
	for (u32 i = 1; i < world->nr_backends; i++)
		world->backends[i].base = world->backends->name;
	return true;
}

bool forms_read(struct world *world, struct image_error *error)
{
	const struct image *image = world->image;
	const struct image_symbol *first = image_symbol(image, "pvops_backends_start");
	const struct image_symbol *last = image_symbol(image, "pvops_backends_end");
	const struct image_symbol *native = image_symbol(image, "pvops_forms");

	if (first && last && first->addr <= last->addr) {
		if (!read_registered(world, first->addr, last->addr, error))
			return false;
	} else if (native) {
		if (!read_tables(world, native->addr, error))
			return false;
	} else {
		return image_fail(error, "it has no symbols of backends or forms (stripped?)");
	}
	for (u32 i = 0; i < world->nr_backends; i++) {
		struct backend *backend = world->backends + i, *base;

		base = backend->base ? forms_named(world, backend->base) : NULL;
		for (u32 op = 0; base && op < image->nr_ops; op++)
			if (!backend->own[op])
				backend->forms[op] = base->forms[op];
	}
	return true;
}
