// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Hostile site tables: whatever the records and the text say, nothing outside is touched. */
#include <stdlib.h>
#include <string.h>
#include <pvops/pvops.h>

static u8 world[4096 + 1024] __attribute__((aligned(4096)));
static const void *table[8];
static const struct pvops_op_row rows[8] = {
	{ .name = "a", .room = 6 }, { .name = "b", .room = 7 }, { .name = "c", .room = 8 },
	{ .name = "d", .room = 9 }, { .name = "e", .room = 6 },
	{ .name = "f", .room = 6, .gate = true }, { .name = "g", .room = 8, .gate = true },
	{ .name = "h", .room = 9 },
};
static u32 saved[128];

static void *alias_map(const void *at, size_t len)
{
	const u8 *p = at;

	/* The engine writes to the text and nowhere else. */
	if (p < world || p + len > world + 4096)
		abort();
	return (void *)(unsigned long)at;
}

static void alias_unmap(void *alias, size_t len)
{
}

static void log_text(const char *text, size_t len)
{
	if (len > 300 || text[len - 1] != '\n')
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct pvops_site *sites = (struct pvops_site *)(world + 4096);
	struct pvops_patch_set set = {
		.sites = sites, .saved = saved, .table = table, .ops = rows,
		.nr_ops = 8, .text = world, .text_end = world + 4096, .alias_map = alias_map,
		.alias_unmap = alias_unmap, .log = log_text,
	};
	struct pvops_form forms[8];
	struct pvops_patch_stats stats = { 0 };
	u32 nr;

	if (size < 16)
		return 0;
	memset(world, 0, sizeof(world));
	memset(saved, 0, sizeof(saved));
	for (int i = 0; i < 8; i++) {
		u8 shape = data[i];

		table[i] = world;
		forms[i] = (struct pvops_form){
			.func = shape & 1 ? world : NULL,
			.kind = shape >> 1 & 7,
			.flags = shape >> 7,
			.code = world + (shape >> 4),
			.end = world + (data[8 + i] & 31),
			.reloc = shape & 8 ? world + (data[8 + i] >> 4) : NULL,
		};
	}
	data += 16;
	size -= 16;
	nr = (u32)(size / 16);
	if (nr > 128)
		nr = 128;
	memcpy(sites, data, nr * 8);
	memcpy(world, data + nr * 8, size - nr * 8 < 4096 ? size - nr * 8 : 4096);
	/* Some records do point into the text, and at a call: else nothing interesting happens. */
	for (u32 i = 0; i < nr; i++) {
		u8 *at = world + (u16)sites[i].offset % 4200;

		if (sites[i].offset & 0x10000)
			sites[i].offset = (s32)(at - (u8 *)&sites[i].offset);
		if (sites[i].offset & 0x20000 && sites[i].op < 8 && at + 9 < world + 4096)
			pvops_plan(&set, sites + i, NULL, 1, at);
	}
	set.nr_sites = nr;
	pvops_patch_sites(&set, NULL, forms, &stats);
	if (stats.failed > nr)
		abort();
	pvops_patch_sites(&set, forms, NULL, NULL);
	return 0;
}
