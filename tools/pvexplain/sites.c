// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Sites one by one, and in groups that look the same to a reader. */
#include <stdlib.h>
#include <string.h>
#include "explain.h"

const char *shape_name(enum pvops_shape shape)
{
	return shape == PVOPS_SHAPE_TABLE ? "left" : pvops_shape_name(shape);
}

const char *kind_name(u32 kind)
{
	static const char *const names[] = {
		[PVOPS_SITE_CALL] = "call", [PVOPS_SITE_GATE] = "gate",
		[PVOPS_SITE_ENTRY] = "entry", [PVOPS_SITE_LEAD] = "lead",
	};

	return kind <= PVOPS_SITE_LEAD ? names[kind] : "?";
}

const u8 *site_bytes(const struct world *world, const struct backend *backend, u32 nr)
{
	const struct image_site *site = world->image->sites + nr;

	if (site->len > PVOPS_SITE_MAX_LEN)
		return NULL;
	return backend ? backend->after + (size_t)nr * PVOPS_SITE_MAX_LEN
		       : image_at(world->image, site->addr, site->len);
}

/* Xen PV's mark of an instruction that it is to emulate: no instruction itself. */
static const u8 forced[] = { 0x0f, 0x0b, 'x', 'e', 'n' };

u32 insn_text(const struct image *image, const u8 *bytes, u64 size, u64 addr, char *text,
	      size_t room)
{
	struct insn insn;

	if (size > sizeof(forced) && !memcmp(bytes, forced, sizeof(forced))) {
		snprintf(text, room, "ud2; .ascii \"xen\"");
		return sizeof(forced);
	}
	if (!insn_decode(bytes, size, addr, image->wide, &insn)) {
		snprintf(text, room, ".byte 0x%02x", bytes[0]);
		return 1;
	}
	if (insn_is_nop(&insn))
		snprintf(text, room, "nop");
	else
		insn_format(image, &insn, text, room);
	return insn.raw.length;
}

const char *site_text(const struct world *world, const struct backend *backend, u32 nr, char *text,
		      size_t size)
{
	const struct image_site *site = world->image->sites + nr;
	const u8 *bytes = site_bytes(world, backend, nr);
	u32 at = 0, len = bytes ? site->len : 0;
	size_t end = 0;

	text[0] = '\0';
	if (len && backend && backend->shapes[nr] == PVOPS_SHAPE_LEAD) {
		snprintf(text, size, "(prefixes of what follows)");
		return text;
	}
	while (at < len && end < size) {
		char one[200];

		at += insn_text(world->image, bytes + at, len - at, site->addr + at, one,
				sizeof(one));
		end += (size_t)snprintf(text + end, size - end, "%s%s", end ? "; " : "", one);
	}
	return text;
}

u32 site_from(const struct image *image, u64 addr)
{
	u32 low = 0, high = image->nr_sites;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (image->sites[mid].addr < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int by_op(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	if (a->op != b->op)
		return a->op < b->op ? -1 : 1;
	return a->kind < b->kind ? -1 : a->kind > b->kind;
}

u32 site_groups(const struct image *image, struct group **groups)
{
	u32 nr = 0, kept = 0;

	*groups = image_alloc(image->nr_sites, sizeof(**groups));
	for (u32 i = 0; i < image->nr_sites; i++) {
		const struct image_site *site = image->sites + i;

		(*groups)[nr++] = (struct group) {
			.op = site->op, .kind = site->kind, .count = 1, .bytes = site->len,
			.first = i,
		};
	}
	qsort(*groups, nr, sizeof(**groups), by_op);
	for (u32 i = 0; i < nr; i++) {
		struct group *group = *groups + i, *last = *groups + kept - 1;

		if (kept && !by_op(last, group)) {
			last->count++;
			last->bytes += group->bytes;
			last->first = group->first < last->first ? group->first : last->first;
		} else {
			(*groups)[kept++] = *group;
		}
	}
	return kept;
}
