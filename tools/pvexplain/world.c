// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The image laid out in this process, and the engine's work on it.
 *
 * Distances are the image's own, so displacements come out as they will be; on i386 the lower 32
 * bits of an address are the image's, too, for what is absolute there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "explain.h"

/* Above all that a sanitizer keeps for itself, below what the system gives out. */
#define ARENA		0x200000000000ULL
/* What belongs to a kernel is within reach of its sites. */
#define REACH		0x80000000ULL

const void *world_pointer(const struct world *world, u64 addr)
{
	return addr ? (const void *)(addr + world->delta) : NULL;
}

u64 world_address(const struct world *world, const void *pointer)
{
	u64 addr = (u64)pointer - world->delta;

	return world->image->wide ? addr : (u32)addr;
}

static bool within_reach(const struct image *image, const struct image_area *area)
{
	u64 site = image->sites[0].record;

	return area->size < REACH &&
	       (area->addr > site ? area->addr - site : site - area->addr) < REACH;
}

static bool lay_out(struct world *world, struct image_error *error)
{
	const struct image *image = world->image;
	u64 end = 0;
	void *at;

	world->start = ~0ULL;
	for (u32 i = 0; i < image->nr_areas; i++) {
		const struct image_area *area = image->areas + i;

		if (!within_reach(image, area))
			continue;
		world->start = area->addr < world->start ? area->addr : world->start;
		end = area->addr + area->size > end ? area->addr + area->size : end;
	}
	world->start &= ~0xfffULL;
	world->span = end - world->start;
	at = (void *)(ARENA + (u32)world->start);
	world->arena = mmap(at, world->span, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
			    -1, 0);
	if (world->arena == MAP_FAILED)
		return image_fail(error, "no room for %llu bytes: %s", world->span,
				  strerror(errno));
	world->delta = (u64)world->arena - world->start;
	for (u32 i = 0; i < image->nr_areas; i++) {
		const struct image_area *area = image->areas + i;

		if (area->data && within_reach(image, area))
			memcpy(world->arena + (area->addr - world->start), area->data, area->size);
	}
	return true;
}

/* What may be patched: as the image says, else all that is executed. */
static void find_text(const struct world *world, u64 *start, u64 *end)
{
	static const char *const names[][2] = {
		{ "pvops_text_start", "pvops_text_end" }, { "_text", "_end" },
	};
	const struct image *image = world->image;

	for (u32 i = 0; i < 2; i++) {
		const struct image_symbol *first = image_symbol(image, names[i][0]);
		const struct image_symbol *last = image_symbol(image, names[i][1]);

		if (first && last && first->addr < last->addr) {
			*start = first->addr;
			*end = last->addr;
			return;
		}
	}
	*start = ~0ULL;
	*end = 0;
	for (u32 i = 0; i < image->nr_areas; i++) {
		const struct image_area *area = image->areas + i;

		if (!area->exec || !within_reach(image, area))
			continue;
		*start = area->addr < *start ? area->addr : *start;
		*end = area->addr + area->size > *end ? area->addr + area->size : *end;
	}
}

static void *alias_map(const void *text, size_t len)
{
	return (void *)text;
}

static void alias_unmap(void *alias, size_t len)
{
}

/* Whose complaints the engine's lines are. */
static const struct world *now_world;
static struct backend *now;

static void take_line(const char *text, size_t len)
{
	static const char before[] = "pvops: site ";
	char line[300], *rest;
	u64 addr;

	now->complaints = image_grow(now->complaints, now->nr_complaints, sizeof(char *));
	snprintf(line, sizeof(line), "%.*s", (int)len - 1, text);
	/* It has our addresses. */
	addr = strtoull(line + strlen(before), &rest, 16);
	len = strlen(rest) + 40;
	now->complaints[now->nr_complaints] = image_alloc(len, 1);
	snprintf(now->complaints[now->nr_complaints++], len, "site 0x%llx%s",
		 world_address(now_world, (const void *)addr), rest);
}

bool world_make(struct world *world, const struct image *image, struct image_error *error)
{
	u64 start, end, first = ~0ULL;

	*world = (struct world) { .image = image };
	if (!image->nr_sites && !image->nr_symbols)
		return image_fail(error, "no sites are found: it has no symbols (stripped?)");
	if (!image->nr_sites)
		return image_fail(error, "it has no sites");
	if (!image->table)
		return image_fail(error, "no symbol pvops_table says where its sites call");
	if (!lay_out(world, error))
		return false;
	world->led = image_alloc(image->nr_ops, sizeof(*world->led));
	/* What follows the engine believes of its caller. */
	find_text(world, &start, &end);
	if (start < world->start || end - world->start > world->span || start >= end)
		return image_fail(error, "its text is not where its sites are");
	for (u32 i = 0; i < image->nr_sites; i++) {
		const struct image_site *site = image->sites + i;

		first = site->record < first ? site->record : first;
		if (site->op < image->nr_ops && site->kind == PVOPS_SITE_LEAD)
			world->led[site->op] = true;
	}
	if (first % 4 || first < world->start ||
	    first - world->start + image->record_bytes > world->span)
		return image_fail(error, "the records of its sites are not aligned, or elsewhere");
	world->set = (struct pvops_patch_set) {
		.sites = world_pointer(world, first), .nr_sites = image->nr_sites,
		.table = world_pointer(world, image->table),
		.ops = image->ops, .led = world->led, .nr_ops = image->nr_ops,
		.text = world_pointer(world, start), .text_end = world_pointer(world, end),
		.alias_map = alias_map, .alias_unmap = alias_unmap, .log = take_line,
	};
	return forms_read(world, error);
}

/* The bytes of a site, in the arena and in the file; NULL if they are not in both. */
static u8 *site_place(const struct world *world, const struct image_site *site)
{
	if (site->len > PVOPS_SITE_MAX_LEN || !image_at(world->image, site->addr, site->len) ||
	    site->addr - world->start >= world->span ||
	    site->len > world->span - (site->addr - world->start))
		return NULL;
	return world->arena + (site->addr - world->start);
}

/* Of one op; records of none that there is go with the first. */
static bool wanted(const struct pvops_site *site, const void *arg)
{
	u32 op = *(const u32 *)arg;

	return site->op == op || (!op && site->op >= now_world->set.nr_ops);
}

/* The table's slots have 4 bytes, and our pointers 8: op by op, each where its own slot is. */
static void patch_narrow(const struct world *world, struct backend *backend)
{
	struct pvops_patch_set set = world->set;

	set.wanted = wanted;
	for (u32 op = 0; op < set.nr_ops; op++) {
		u64 slot = (u64)world->set.table + 4 * op;

		set.wanted_arg = &op;
		set.table = (const void *const *)slot - op;
		pvops_patch_sites_32(&set, NULL, backend->forms, &backend->stats);
	}
}

/* What the engine says a site is that has been patched; TABLE if it had to leave it. */
static enum pvops_shape shape_now(const struct world *world, const struct backend *backend,
				  const struct image_site *site)
{
	const struct pvops_form *form = backend->forms + site->op;
	const struct pvops_site *record = world_pointer(world, site->record);
	u32 nr = (u32)(record - world->set.sites);
	bool is;

	if (site->op >= world->image->nr_ops)
		return PVOPS_SHAPE_TABLE;
	is = world->image->wide ? pvops_site_is(&world->set, nr, form)
				: pvops_site_is_32(&world->set, nr, form);
	return is ? pvops_site_shape(&world->set, record, form) : PVOPS_SHAPE_TABLE;
}

void world_patch(struct world *world, struct backend *backend)
{
	const struct image *image = world->image;

	now = backend;
	now_world = world;
	backend->after = image_alloc(image->nr_sites, PVOPS_SITE_MAX_LEN);
	backend->shapes = image_alloc(image->nr_sites, 1);
	if (image->wide)
		pvops_patch_sites(&world->set, NULL, backend->forms, &backend->stats);
	else
		patch_narrow(world, backend);
	for (u32 i = 0; i < image->nr_sites; i++) {
		const u8 *place = site_place(world, image->sites + i);

		if (!place)
			continue;
		memcpy(backend->after + (size_t)i * PVOPS_SITE_MAX_LEN, place,
		       image->sites[i].len);
		backend->shapes[i] = (u8)shape_now(world, backend, image->sites + i);
	}
	/* For the next one. */
	for (u32 i = 0; i < image->nr_sites; i++) {
		const struct image_site *site = image->sites + i;
		u8 *place = site_place(world, site);

		if (place)
			memcpy(place, image_at(image, site->addr, site->len), site->len);
	}
}
