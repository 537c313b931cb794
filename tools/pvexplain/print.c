// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Tables of ops: all backends in short, one in full, two compared. */
#include <stdlib.h>
#include <string.h>
#include "explain.h"

static void print_head(const struct world *world)
{
	const struct image *image = world->image;
	u32 kinds[4] = { 0 };
	u64 bytes = 0;

	for (u32 i = 0; i < image->nr_sites; i++) {
		bytes += image->sites[i].len;
		if (image->sites[i].kind <= PVOPS_SITE_LEAD)
			kinds[image->sites[i].kind]++;
	}
	printf("%s: %u bits, %u ops, %u sites (", image->path, image->wide ? 64 : 32,
	       image->nr_ops, image->nr_sites);
	for (u32 kind = 0; kind <= PVOPS_SITE_LEAD; kind++)
		printf("%s%u %s", kind ? ", " : "", kinds[kind], kind_name(kind));
	printf("), %llu bytes of text, %llu of records\n\n", bytes, image->record_bytes);
}

static void count_shapes(const struct world *world, const struct backend *backend,
			 u32 counts[PVOPS_NR_SHAPES])
{
	memset(counts, 0, PVOPS_NR_SHAPES * sizeof(*counts));
	for (u32 i = 0; i < world->image->nr_sites; i++)
		counts[backend->shapes[i]]++;
}

static u32 own_forms(const struct world *world, const struct backend *backend)
{
	u32 own = 0;

	for (u32 op = 0; op < world->image->nr_ops; op++)
		own += backend->own[op];
	return own;
}

/* What it had to leave comes last, and is none mostly. */
static const u8 in_order[PVOPS_NR_SHAPES] = {
	PVOPS_SHAPE_NOP, PVOPS_SHAPE_INLINE, PVOPS_SHAPE_CALL, PVOPS_SHAPE_JUMP, PVOPS_SHAPE_LEAD,
	PVOPS_SHAPE_UNUSED, PVOPS_SHAPE_TABLE,
};

static void print_backends(const struct world *world, struct backend *const *chosen, u32 nr)
{
	bool at_boot = false;

	printf("%-16s%-12s%10s", "backend", "stands on", "own forms");
	for (u32 shape = 0; shape < PVOPS_NR_SHAPES; shape++)
		printf("%8s", shape_name(in_order[shape]));
	printf("\n");
	for (u32 i = 0; i < nr; i++) {
		const struct backend *backend = chosen[i];
		u32 counts[PVOPS_NR_SHAPES];

		count_shapes(world, backend, counts);
		printf("%-16s%-12s%9u%s", backend->name, backend->base ? backend->base : "-",
		       own_forms(world, backend), backend->at_boot ? "*" : " ");
		for (u32 shape = 0; shape < PVOPS_NR_SHAPES; shape++)
			printf("%8u", counts[in_order[shape]]);
		printf("\n");
		at_boot |= backend->at_boot;
	}
	if (at_boot)
		printf("* its init may set others: this is what the file has. --forms takes what "
		       "a running kernel says.\n");
}

u32 distinct(const struct world *world, struct backend **chosen, u32 nr)
{
	size_t size = (size_t)world->image->nr_sites * PVOPS_SITE_MAX_LEN;
	u32 kept = 0;

	for (u32 i = 0; i < nr; i++) {
		struct backend *backend = chosen[i];
		u32 at = 0;
		size_t len;

		backend->also[0] = '\0';
		while (at < kept && memcmp(chosen[at]->after, backend->after, size))
			at++;
		if (at == kept) {
			chosen[kept++] = backend;
			continue;
		}
		len = strlen(chosen[at]->also);
		snprintf(chosen[at]->also + len, sizeof(chosen[at]->also) - len, "%s%s%s",
			 len ? ", " : "", backend->name, backend->at_boot ? "*" : "");
	}
	return kept;
}

static void print_complaints(const struct backend *backend)
{
	for (u32 i = 0; i < backend->nr_complaints; i++)
		printf("%s: left as it is: %s\n", backend->name, backend->complaints[i]);
}

void print_matrix(const struct world *world, struct backend *const *chosen, u32 nr)
{
	const struct image *image = world->image;
	struct group *groups;
	u32 nr_groups = site_groups(image, &groups);
	struct backend *columns[nr];

	print_head(world);
	print_backends(world, chosen, nr);
	memcpy(columns, chosen, nr * sizeof(*chosen));
	nr = distinct(world, columns, nr);
	for (u32 i = 0; i < nr; i++)
		if (columns[i]->also[0])
			printf("All as %s, in the file: %s\n", columns[i]->name, columns[i]->also);
	printf("\n%-32s%-6s%6s%8s", "op", "site", "count", "bytes");
	for (u32 i = 0; i < nr; i++)
		printf(" %-9.9s", columns[i]->name);
	printf("\n");
	for (u32 i = 0; i < nr_groups; i++) {
		const struct group *group = groups + i;
		char name[40];

		printf("%-32s%-6s%6u%8u", image_op_name(image, group->op, name, sizeof(name)),
		       kind_name(group->kind), group->count, group->bytes);
		for (u32 j = 0; j < nr; j++)
			printf(" %-9s", shape_name(columns[j]->shapes[group->first]));
		printf("\n");
	}
	free(groups);
	for (u32 i = 0; i < nr; i++)
		print_complaints(columns[i]);
}

static void print_bytes(const struct world *world, const struct backend *backend, u32 nr,
			const char *mark)
{
	const u8 *bytes = site_bytes(world, backend, nr);
	char hex[64], text[512];

	if (bytes)
		printf("    %s %-28s%s\n", mark,
		       insn_hex(bytes, world->image->sites[nr].len, hex, sizeof(hex)),
		       site_text(world, backend, nr, text, sizeof(text)));
}

static void print_group(const struct world *world, const struct group *group)
{
	char name[40];

	printf("%-32s%-6s%6u sites%8u bytes of text%8zu of records",
	       image_op_name(world->image, group->op, name, sizeof(name)), kind_name(group->kind),
	       group->count, group->bytes, group->count * sizeof(struct pvops_site));
}

void print_backend(const struct world *world, const struct backend *backend)
{
	struct group *groups;
	u32 nr_groups = site_groups(world->image, &groups);
	struct backend *chosen = (struct backend *)backend;

	print_head(world);
	print_backends(world, &chosen, 1);
	printf("\n");
	for (u32 i = 0; i < nr_groups; i++) {
		const struct group *group = groups + i;

		print_group(world, group);
		printf("  %s\n", shape_name(backend->shapes[group->first]));
		print_bytes(world, NULL, group->first, "-");
		print_bytes(world, backend, group->first, "+");
	}
	free(groups);
	print_complaints(backend);
}

void print_diff(const struct world *world, const struct backend *a, const struct backend *b)
{
	struct backend *both[] = { (struct backend *)a, (struct backend *)b };
	struct group *groups;
	u32 nr_groups = site_groups(world->image, &groups), same = 0;

	print_head(world);
	print_backends(world, both, 2);
	printf("\n- %s\n+ %s\n", a->name, b->name);
	for (u32 i = 0; i < nr_groups; i++) {
		const struct group *group = groups + i;
		const u8 *one = site_bytes(world, a, group->first);
		const u8 *other = site_bytes(world, b, group->first);

		if (!one || !memcmp(one, other, world->image->sites[group->first].len)) {
			same += group->count;
			continue;
		}
		print_group(world, group);
		printf("  %s -> %s\n", shape_name(a->shapes[group->first]),
		       shape_name(b->shapes[group->first]));
		print_bytes(world, a, group->first, "-");
		print_bytes(world, b, group->first, "+");
	}
	printf("%u of %u sites are the same\n", same, world->image->nr_sites);
	free(groups);
}
